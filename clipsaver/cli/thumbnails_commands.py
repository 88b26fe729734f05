"""Does what `clipsaver thumbnails` was asked for: look, or choose, show, ask and have made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import trio

from clipsaver.cli.confirming import confirm
from clipsaver.cli.opening import open_stream, open_tables
from clipsaver.cli.tables import terminal_width
from clipsaver.cli.thumbnails_asked import Asked
from clipsaver.cli.thumbnails_text import (
    action_json,
    clips_lines,
    done_lines,
    standing_json,
    standing_lines,
)
from clipsaver.config import Config
from clipsaver.database import Database
from clipsaver.database.migrations import check_usable
from clipsaver.database.thumbnails.looking import (
    ShownClip,
    clips_chosen,
    clips_named,
    fates_of_named,
)
from clipsaver.database.thumbnails.states import AT_ONCE, NamedAgain, count_chosen
from clipsaver.errors import ClipsaverError, ExitCode
from clipsaver.operating.thumbnails import ask_for_chosen, ask_for_clips, standing
from clipsaver.queue.operating.audit import Act, note, who
from clipsaver.terminal_text import printable

_EXAMPLES = 10
"""Clips that are shown before an action."""
_AUDIT_S = 10.0
"""The stream may take so long; a server of its own has to start."""
_MOST_ON_RECORD = 1000
"""Ids that the audit is told."""


async def show_status(config: Config, *, as_json: bool) -> int:
    """How far they are."""
    async with open_tables(config) as database:
        await _check(database)
        now = await standing(database)
    is_enabled = config.thumbnails.enabled
    if as_json:
        _write([standing_json(now, is_enabled=is_enabled)])
    else:
        _write(standing_lines(now, terminal_width(), is_enabled=is_enabled))
    return ExitCode.DONE


async def act(config: Config, asked: Asked) -> int:
    """Asks for clips again, after a question; exit 1 where one that was named is not there."""
    async with open_tables(config) as database:
        await _check(database)
        async with database.connection() as connection:
            (now,) = await _row(connection, "select now()")
        asked = asked.since(now)
        count, shown, named = await _meant(database, asked)
        is_missing = bool(named.deleted or named.unknown)
        if asked.dry_run:
            _tell_meant(asked, count, shown, named)
            return ExitCode.JOB_FAILED if is_missing else ExitCode.DONE
        on_record: bool | None = None
        if count:
            if count > 1 and not asked.is_confirmed:
                _write(clips_lines(asked.action, count, shown, named, None), sys.stderr)
            confirm(count, f"{asked.action} them", is_confirmed=asked.is_confirmed)
            on_record = await _put_on_record(config, asked, count, named)
            count, named = await _ask(database, asked, count)
    if asked.as_json:
        _write([action_json(asked.action, count, named, on_record=on_record)])
    else:
        _write(done_lines(asked.action, count, named, is_enabled=config.thumbnails.enabled))
    return ExitCode.JOB_FAILED if is_missing else ExitCode.DONE


async def _meant(database: Database, asked: Asked) -> tuple[int, list[ShownClip], NamedAgain]:
    """How many clips, some of them, and what became of names."""
    async with database.connection() as connection:
        if asked.clips:
            named = await fates_of_named(connection, asked.clips, with_ready=asked.with_ready)
            shown = await clips_named(connection, named.asked[:_EXAMPLES])
            return len(named.asked), shown, named
        found = await count_chosen(connection, asked.chosen)
        count = found if asked.limit is None else min(found, asked.limit)
        shown = await clips_chosen(connection, asked.chosen, limit=min(count, _EXAMPLES))
        return count, shown, NamedAgain()


async def _ask(database: Database, asked: Asked, count: int) -> tuple[int, NamedAgain]:
    if asked.clips:
        named = await ask_for_clips(database, asked.clips, with_ready=asked.with_ready)
        return len(named.asked), named
    with _progress(count) as tell:
        done = await ask_for_chosen(database, asked.chosen, most=asked.limit, tell=tell)
    return done, NamedAgain()


async def _put_on_record(config: Config, asked: Asked, count: int, named: NamedAgain) -> bool:
    """Whether it is; that the stream is away is no reason not to do it."""
    act = Act(who(), what=asked.words, why=asked.why)
    problem = f"no answer in {_AUDIT_S:.0f} s"
    try:
        with trio.move_on_after(_AUDIT_S):
            async with open_stream(config) as link:
                ids = named.asked[:_MOST_ON_RECORD]
                await note(link, act, f"thumbnails {asked.action}", count=count, ids=ids)
                return True
    except ClipsaverError as error:
        problem = str(error)
    sys.stderr.write(f"done without a record in the audit: {printable(problem)}\n")
    return False


def _tell_meant(asked: Asked, count: int, shown: list[ShownClip], named: NamedAgain) -> None:
    if asked.as_json:
        _write([action_json(asked.action, count, named, dry_run=True, examples=shown)])
        return
    lines = clips_lines(asked.action, count, shown, named, terminal_width())
    _write([*lines, "nothing was changed (--dry-run)"])


@contextmanager
def _progress(count: int) -> Iterator[Callable[[int], None]]:
    """How many of them, on a terminal, where they take more than a moment."""
    if count <= AT_ONCE or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress

    with Progress(BarColumn(), MofNCompleteColumn(), console=Console(stderr=True)) as bar:
        line = bar.add_task("", total=count)
        yield lambda done: bar.update(line, completed=done)


async def _check(database: Database) -> None:
    async with database.connection() as connection:
        await check_usable(connection, database.schema)


async def _row(connection: Any, query: str) -> tuple[datetime]:
    row: tuple[datetime] = await (await connection.execute(query)).fetchone()
    return row


def _write(lines: Iterable[str], into: Any = None) -> None:
    stream = into or sys.stdout
    stream.writelines(f"{line}\n" for line in lines)
    stream.flush()
