"""How long statements took, by PostgreSQL's own log.

A connection whose URL is from `logged` has what it executes written into the server's log, with
its name and the time from there, not as a client sees it: waiting for locks and for the disk
included, waiting for the network not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

_PREFIX = "%p|%a| "
_LINE = re.compile(
    r"(?P<pid>\d+)\|(?P<who>[^|]*)\| LOG:  duration: (?P<ms>[\d.]+) ms"
    r"  (?P<step>parse|bind|execute|statement)\b[^:]*: (?P<text>.*)"
)
_FAILED = re.compile(r"\d+\|(?P<who>[^|]*)\| ERROR:  (?P<words>.*)")
_TEXT_LINES = 12
"""Of a statement's text that are kept."""


@dataclass(frozen=True)
class Statement:
    """One that was executed."""

    who: str
    """The connection's name."""
    ms: float
    """With its being parsed and planned."""
    text: str
    """How it begins, in one line."""


def prepare(database_url: str) -> None:
    """Has the server write lines that `read` understands."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"alter system set log_line_prefix = '{_PREFIX}'")
        connection.execute("alter system set log_parameter_max_length = 0")
        connection.execute("select pg_reload_conf()")


def logged(database_url: str, who: str, *, from_ms: float = 0) -> str:
    """The URL for a connection of that name, of which all is logged that takes so long."""
    options = quote(f"-c log_min_duration_statement={from_ms:g}")
    return f"{database_url}&application_name={who}&options={options}"


def read(log: Path, since: int) -> Iterator[Statement]:
    """All statements from that place in the file on."""
    ahead: dict[str, float] = {}
    for match, text in _entries(log, since):
        ms = ahead.pop(match["pid"], 0.0) + float(match["ms"])
        if match["step"] in ("parse", "bind"):
            ahead[match["pid"]] = ms
        else:
            yield Statement(match["who"], ms, " ".join(text.split()))


def _entries(log: Path, since: int) -> Iterator[tuple[re.Match[str], str]]:
    found: re.Match[str] | None = None
    lines: list[str] = []
    with log.open("rb") as file:
        file.seek(since)
        for raw in file:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            if line.startswith("\t"):
                if len(lines) < _TEXT_LINES:
                    lines.append(line)
                continue
            if found is not None:
                yield found, " ".join(lines)
            found = _LINE.match(line)
            lines = [found["text"]] if found else []
    if found is not None:
        yield found, " ".join(lines)


def failed(log: Path, since: int) -> list[str]:
    """What the server refused since then, with the name of the connection that asked."""
    found = []
    with log.open("rb") as file:
        file.seek(since)
        for raw in file:
            match = _FAILED.match(raw.decode("utf-8", "replace"))
            if match:
                found.append(f"{match['who']}: {match['words'].strip()}")
    return found


def slowest(statements: Sequence[Statement]) -> Statement:
    """The one that took longest; there has to be one."""
    return max(statements, key=lambda one: one.ms)
