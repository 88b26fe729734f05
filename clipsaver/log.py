"""Log events: one per line on stderr, for a person at a terminal or as JSON for a collector.

An event has a name such as `page_committed` and fields; use `structlog.get_logger()` anywhere, and
`structlog.contextvars.bound_contextvars(run=..., channel_id=...)` around what belongs to one job.
Who wants the lines elsewhere, too, hears of them with `heard_by`.
Logging never fails its caller: a full disk behind stderr is no reason to lose a scan.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, Literal, TextIO

import structlog

from clipsaver.masking import mask
from clipsaver.terminal_text import printable

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "console", "json"]
Listener = Callable[[Mapping[str, Any]], None]
"""Is given the fields of each line, plain and masked; from any thread, and must not log."""

_FIRST = ("time", "level", "event")
_DEEPEST = 6
_LARGEST_EXACT = 2**53
_COLOURS = {"debug": "\x1b[2m", "warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[31m"}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_BELOW = ("exception", "tree")
"""Fields of many lines: on a console they follow the line, indented."""
_CHATTY = ("httpx", "httpcore")
"""They log every request at INFO, with its whole address."""
_listeners: list[Listener] = []


def configure_logging(
    level: Level = "info",
    format: Format = "auto",  # noqa: A002 - the key's name in the configuration
    stream: TextIO | None = None,
    *,
    secrets: Iterable[str] = (),
) -> None:
    """Set up structlog, and the standard library's logging for what comes from other libraries.

    `stream` is stderr by default. Of `secrets` nothing is ever written, nor of what looks like one.
    """
    stream = stream or sys.stderr
    known = tuple(secrets)
    console = format == "console" or (format == "auto" and stream.isatty())
    coloured = console and stream.isatty() and not os.environ.get("NO_COLOR")

    def order(_: Any, __: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
        bound = sorted(structlog.contextvars.get_contextvars().items())  # they have no order
        return in_order({**dict(bound), **event}, known)

    def render(_: Any, __: str, fields: MutableMapping[str, Any]) -> str:
        return console_line(fields, coloured=coloured) if console else json_line(fields)

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            order,
            _hand_on,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Lines(stream),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_ToStructlog()], level=level.upper(), force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """For the time of the block it is given each line that is written, from all of the process."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def unfiltered() -> Any:
    """A logger for what somebody has just asked for: no level is too low for it to be written."""
    return structlog.wrap_logger(
        None, wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG)
    )


def _hand_on(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for listener in tuple(_listeners):
        listener(fields)
    return fields


def in_order(event: Mapping[str, Any], secrets: Iterable[str] = ()) -> dict[str, Any]:
    """Time, level and name first, then the fields as they come; everything plain and masked.

    `exc_info` becomes `exception`: the traceback as text, without values of variables.
    """
    fields = dict(event)
    raised = fields.pop("exc_info", None)
    if raised and (text := _traceback(raised)):
        fields["exception"] = text
    ordered = {name: fields.pop(name) for name in _FIRST if name in fields} | fields
    known = tuple(secrets)
    return {name: _plain_value(value, known) for name, value in ordered.items()}


def json_line(fields: Mapping[str, Any]) -> str:
    """One JSON object; ASCII, so that no text can break the line or the stream's encoding."""
    return json.dumps(fields)


def console_line(fields: Mapping[str, Any], *, coloured: bool) -> str:
    """`time level event key=value …`; a traceback or a tree follows below, indented."""
    rest = dict(fields)
    time, level, event = (printable(str(rest.pop(name, ""))) for name in _FIRST)
    below = [line for name in _BELOW for line in _lines(rest.pop(name, ""))]
    level_shown, event_shown = f"{level:<7}", event
    if coloured:
        level_shown = f"{_COLOURS.get(level, '')}{level_shown}{_PLAIN}"
        event_shown = f"{_BOLD}{event}{_PLAIN}"
    pairs = (f"{printable(name)}={_console_value(value)}" for name, value in rest.items())
    line = " ".join((time, level_shown, event_shown, *pairs))
    return "\n".join((line, *(f"    {printable(each)}" for each in below)))


def _lines(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else str(value).splitlines()


def _console_value(value: Any) -> str:
    if isinstance(value, str):
        shown = printable(value)
        ambiguous = not shown or any(sign in shown for sign in ' ="')
        return json.dumps(shown, ensure_ascii=False) if ambiguous else shown
    return printable(json.dumps(value, ensure_ascii=False))


def _plain_value(value: Any, secrets: tuple[str, ...], depth: int = 0) -> Any:
    """The value out of JSON's types, with secrets masked wherever in it they are."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):  # a snowflake as a JSON number would be rounded by its readers
        return value if abs(value) <= _LARGEST_EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth < _DEEPEST:
        if isinstance(value, Mapping):
            return {
                mask(str(name), secrets): _plain_value(each, secrets, depth + 1)
                for name, each in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [_plain_value(each, secrets, depth + 1) for each in value]
    return mask(str(value), secrets)


def _traceback(raised: Any) -> str:
    """The text for what `exc_info` may be: True, an exception or the triple of `sys.exc_info`."""
    if isinstance(raised, BaseException):
        error: BaseException | None = raised
    else:
        error = raised[1] if isinstance(raised, tuple) else sys.exc_info()[1]
    return "".join(traceback.format_exception(error)).rstrip() if error else ""


class _Lines:
    """Writes finished lines, each whole even when threads log at once."""

    _lock = threading.Lock()

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def _write(self, line: str) -> None:
        try:
            with self._lock:
                self._stream.write(line + "\n")
                self._stream.flush()
        except (OSError, ValueError):  # disk full, reader gone, stream closed
            pass

    debug = info = warning = error = critical = exception = log = msg = _write


class _ToStructlog(logging.Handler):
    """Hands records of other libraries over, so that there is one format and one mask."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # the arguments do not fit the format: theirs to mend
            message = str(record.msg)
        logger = structlog.get_logger()
        fields: dict[str, Any] = {"logger": record.name}
        if record.exc_info:
            fields["exc_info"] = record.exc_info
        # structlog knows the five levels only; others count as the one below them.
        level = min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL)
        logger.log(level, message, **fields)
