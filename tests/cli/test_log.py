"""Log lines: their order, their two formats, and what is never in them."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.log import (
    configure_logging,
    console_line,
    heard_by,
    in_order,
    json_line,
    unfiltered,
)

TOKEN = ".".join(("MTk4NjIyNDgzNDcxOTI1MjQ4", "Cl2FMQ", "ZnCjm1XVW7vRze4b7Cq4se7kKWs"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Logging is global: leave it as it was found."""
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    monkeypatch.delenv("NO_COLOR", raising=False)
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:], root.level = kept


def logged(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


# --- the lines ---


def test_json_has_time_level_and_event_first_then_context_then_fields() -> None:
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    with structlog.contextvars.bound_contextvars(run="s/1-0", channel=5):
        structlog.get_logger().info("page_committed", clips=3, took=0.5, known=None)
    (line,) = logged(stream)
    assert list(line) == ["time", "level", "event", "channel", "run", "clips", "took", "known"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", str(line.pop("time")))
    assert line == {
        "level": "info",
        "event": "page_committed",
        "run": "s/1-0",
        "channel": 5,
        "clips": 3,
        "took": 0.5,
        "known": None,
    }


def test_console_quotes_what_would_be_ambiguous() -> None:
    fields = in_order(
        {
            "event": "e",
            "level": "info",
            "time": "t",
            "a": "x",
            "b": "x y",
            "c": "",
            "d": 'q"',
            "e": [1],
        }
    )
    assert console_line(fields, coloured=False) == r't info    e a=x b="x y" c="" d="q\"" e=[1]'


def test_strangers_text_cannot_steer_the_terminal_or_break_the_line() -> None:
    evil = "a\x1b[2J\nlevel=error\u202eb"
    fields = in_order({"event": evil, "level": "info", "time": "t", "name": evil, "list": [evil]})
    line = console_line(fields, coloured=False)
    assert not any(sign in line for sign in "\x1b\n\u202e")
    assert json_line(fields).isascii()
    assert "\n" not in json_line(fields)


def test_ids_stay_exact_and_floats_stay_json() -> None:
    snowflake = 1_234_567_890_123_456_789
    fields = in_order({"event": "e", "id": snowflake, "n": 2**53, "x": float("nan"), "ok": True})
    assert json.loads(json_line(fields), parse_constant=pytest.fail) == {
        "event": "e",
        "id": str(snowflake),
        "n": 2**53,
        "x": "nan",
        "ok": True,
    }


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=10,  # what is larger is mostly thrown away while it is made
)


@given(st.dictionaries(st.text(min_size=1), plain))
def test_anything_can_be_logged_on_one_line(fields: dict[str, object]) -> None:
    fields.pop("exc_info", None)
    fields.pop("exception", None)
    ordered = in_order({"event": "e", **fields})
    json.loads(json_line(ordered), parse_constant=pytest.fail)
    assert len(console_line(ordered, coloured=False).splitlines()) == 1


def test_a_value_that_holds_itself_ends() -> None:
    loop: list[object] = []
    loop.append(loop)
    assert "[...]" in json_line(in_order({"event": "e", "loop": loop}))


# --- which format and which level ---


@pytest.mark.parametrize(
    ("format_", "stream", "is_json"),
    [
        ("auto", io.StringIO, True),
        ("auto", Terminal, False),
        ("json", Terminal, True),
        ("console", io.StringIO, False),
    ],
)
def test_auto_is_console_on_a_terminal_only(format_, stream, is_json) -> None:
    target = stream()
    configure_logging("info", format_, target)
    structlog.get_logger().info("e")
    assert target.getvalue().startswith("{") is is_json


def test_colours_on_a_terminal_unless_unwanted(monkeypatch: pytest.MonkeyPatch) -> None:
    coloured, unwanted, file = Terminal(), Terminal(), io.StringIO()
    for stream, no_color, format_ in (
        (coloured, "", "auto"),
        (unwanted, "1", "auto"),
        (file, "", "console"),
    ):
        monkeypatch.setenv("NO_COLOR", no_color)
        configure_logging("info", format_, stream)
        structlog.get_logger().warning("e")
    assert "\x1b[33m" in coloured.getvalue()
    assert "\x1b" not in unwanted.getvalue() + file.getvalue()


def test_less_important_events_are_left_out() -> None:
    stream = io.StringIO()
    configure_logging("warning", "json", stream)
    log = structlog.get_logger()
    for event in ("debug", "info", "warning", "error"):
        getattr(log, event)(event)
    assert [line["event"] for line in logged(stream)] == ["warning", "error"]


# --- secrets ---


def test_no_secret_gets_into_any_part_of_a_line() -> None:
    stream = io.StringIO()
    configure_logging("info", "json", stream, secrets=["hunter2"])
    try:
        int(f"hunter2 {TOKEN}")
    except ValueError as error:
        structlog.get_logger().exception(
            "hunter2 Bot " + TOKEN,
            error=error,
            headers={"Authorization": f"Bot {TOKEN}", "hunter2": 1},
            urls=("redis://:pw12@h", "https://cdn/x?ex=1&is=2&hm=3&w=4"),
        )
    text = stream.getvalue()
    assert "ValueError" in text
    assert not any(secret in text for secret in ("hunter2", TOKEN, "pw12", "hm=3", "ex=1", "is=2"))
    assert "w=4" in text


# --- tracebacks and other libraries ---


def failing() -> Exception:
    try:
        1 / 0  # noqa: B018 - it is the failure
    except ZeroDivisionError as error:
        return error


def test_a_traceback_is_a_field_in_json_and_below_the_line_on_a_console() -> None:
    in_json, on_console = io.StringIO(), io.StringIO()
    configure_logging("info", "json", in_json)
    structlog.get_logger().error("e", exc_info=failing())
    configure_logging("info", "console", on_console)
    structlog.get_logger().error("e", exc_info=failing())
    (line,) = logged(in_json)
    assert str(line["exception"]).startswith("Traceback")
    first, *below = on_console.getvalue().splitlines()
    assert first.endswith("error   e")
    assert below[0] == "    Traceback (most recent call last):"
    assert below[-1] == "    ZeroDivisionError: division by zero"


def test_exc_info_without_an_exception_is_no_field() -> None:
    assert in_order({"event": "e", "exc_info": True}) == {"event": "e"}


def test_other_libraries_log_in_the_same_format() -> None:
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    error = failing()
    logging.getLogger("some.library").warning(
        "for %s", "password=abc", exc_info=(type(error), error, error.__traceback__)
    )
    logging.getLogger("some.library").log(25, "between two levels")
    logging.getLogger("some.library").info("%d does not fit", "x")
    first, second, third = logged(stream)
    assert (first["event"], first["level"]) == ("for password=••••", "warning")
    assert first["logger"] == "some.library"
    assert "ZeroDivisionError" in str(first["exception"])
    assert (second["event"], second["level"]) == ("between two levels", "info")
    assert third["event"] == "%d does not fit"


@pytest.mark.parametrize("name", ["httpx", "httpcore", "httpcore.connection"])
def test_http_libraries_are_heard_from_warnings_on(name: str) -> None:
    stream = io.StringIO()
    configure_logging("debug", "json", stream)
    logging.getLogger(name).info("HTTP Request: GET https://…")
    logging.getLogger(name).warning("odd")
    assert [line["event"] for line in logged(stream)] == ["odd"]


# --- a stream that is gone ---


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_logging_never_fails_its_caller() -> None:
    closed = io.StringIO()
    closed.close()
    for stream in (FullDisk(), closed):
        configure_logging("info", "json", stream)
        structlog.get_logger().info("e")
        logging.getLogger("x").warning("e")


def test_configuring_again_replaces_what_was() -> None:
    first, second = io.StringIO(), io.StringIO()
    log = structlog.get_logger()
    configure_logging("info", "json", first)
    log.info("one")
    configure_logging("info", "json", second)
    log.info("two")
    logging.getLogger("x").warning("three")
    assert [line["event"] for line in logged(first)] == ["one"]
    assert [line["event"] for line in logged(second)] == ["two", "three"]


# --- who else hears the lines ---


def test_a_listener_is_given_the_lines_as_they_are_written_and_no_more() -> None:
    stream, heard = io.StringIO(), []
    configure_logging("info", "json", stream, secrets=["hunter2"])
    with heard_by(heard.append), structlog.contextvars.bound_contextvars(run="s/1-0"):
        structlog.get_logger().info("e", why="hunter2")
        structlog.get_logger().debug("less important")
        logging.getLogger("x").warning("from elsewhere")
    structlog.get_logger().info("later")
    assert heard == logged(stream)[:2]
    assert (heard[0]["run"], heard[0]["why"]) == ("s/1-0", "••••")


def test_what_was_asked_for_is_written_at_any_level() -> None:
    stream = io.StringIO()
    configure_logging("error", "json", stream)
    structlog.get_logger().info("not asked for")
    unfiltered().info("task_tree", tree=["main", "  child"])
    (line,) = logged(stream)
    assert (line["event"], line["level"], line["tree"]) == (
        "task_tree",
        "info",
        ["main", "  child"],
    )


def test_a_tree_is_below_the_line_on_a_console() -> None:
    fields = in_order({"event": "task_tree", "tree": ["main", "  chi\x1b[2Jld"], "a": 1})
    assert console_line(fields, coloured=False).splitlines()[1:] == ["    main", "      child"]
