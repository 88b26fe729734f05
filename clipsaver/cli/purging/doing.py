"""Does what a purge was asked for: choose, count, show, ask, delete, and prove it."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import trio

from clipsaver.cli.confirming import confirm
from clipsaver.cli.failures import leaves_of
from clipsaver.cli.json_text import json_text
from clipsaver.cli.opening import open_tables
from clipsaver.cli.purging import words
from clipsaver.cli.purging.asked import Asked
from clipsaver.cli.purging.document import purge_json, would_json
from clipsaver.cli.purging.meant import Meant, open_purges, what_is_meant
from clipsaver.cli.purging.recording import put_on_record
from clipsaver.cli.purging.view import counted, watching
from clipsaver.config import Config, storage_of
from clipsaver.database import Database
from clipsaver.database.migrations import check_usable
from clipsaver.database.opt_outs import known_marks, opted_out, read_marks
from clipsaver.database.purging.purges import ask_purge, let_go
from clipsaver.errors import ClipsaverError, ExitCode
from clipsaver.purging.driving import carry_out
from clipsaver.queue.operating.audit import who
from clipsaver.records.purges import Purge, PurgeCounts, PurgeStage, PurgeTarget
from clipsaver.thumbnails.storage import open_to_delete
from clipsaver.thumbnails.storage.access import access_of

_PARTING_S = 2.0
"""For how long who interrupts it has to wait at most."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What was known before anything was changed."""

    meant: Meant
    counts: PurgeCounts
    going_on: Purge | None
    """An open purge of the same target."""
    was_opted_out: bool | None
    """None where it is not about a person."""


async def purge(config: Config, asked: Asked) -> int:
    """Returns an exit code; raises UsageError, DatabaseUnavailable and SchemaError."""
    async with open_tables(config) as database:
        before = await _look(config, database, asked)
        if asked.dry_run:
            _tell_dry_run(before, asked)
            return ExitCode.DONE
        what = words.named(before.meant)
        going_on = before.going_on
        if going_on is not None:
            _say([words.goes_on(going_on, what)])
        # While its files wait others may have been told to store new things there.
        if going_on is None or not going_on.stage.holds_up_jobs:
            _say(_would_go(before))
            _confirm(before, asked)
        asked_for = await _ask(config, database, asked, before)
        if not asked.waits:
            _tell_written_down(asked_for, what, asked)
            return ExitCode.DONE
        done = await carry(config, database, asked_for, before.meant.target, what)
        _write(done.document() if asked.as_json else done.lines())
        return done.exit_code


async def _look(config: Config, database: Database, asked: Asked) -> _Before:
    async with database.connection() as conn:
        await check_usable(conn, database.schema)
        meant = await what_is_meant(conn, asked)
        target = meant.target
        going_on = next((one for one in await open_purges(conn) if one.target == target), None)
        was_opted_out = None
        if target.author_id is not None:
            marks = await known_marks(conn, config.privacy.key)
            wanted = [] if marks is None else [marks.of(target.author_id, target.guild_id)]
            was_opted_out = bool(await opted_out(conn, wanted))
    return _Before(meant, await counted(database, target), going_on, was_opted_out)


def _would_go(before: _Before) -> list[str]:
    return words.would_go(before.meant, before.counts, was_opted_out=bool(before.was_opted_out))


def _tell_dry_run(before: _Before, asked: Asked) -> None:
    if asked.as_json:
        told = would_json(
            before.meant, before.counts, before.going_on, was_opted_out=before.was_opted_out
        )
        _write([json_text(told)])
        return
    lines = _would_go(before)
    if before.going_on is not None:
        lines.append(words.goes_on(before.going_on, words.named(before.meant)))
    _write([*lines, "nothing was changed (--dry-run)"])


def _confirm(before: _Before, asked: Asked) -> None:
    """By the number of clips. Where nothing is stored nothing is lost, and nobody is asked."""
    counts = before.counts
    confirm(
        counts.clips or counts.messages or counts.pictures,
        words.question(before.meant.target),
        is_confirmed=asked.is_confirmed,
        asks_from=1,
    )


async def _ask(config: Config, database: Database, asked: Asked, before: _Before) -> Purge:
    """Writes it down; from then on it will be carried out, whoever does it."""
    target = before.meant.target
    asked_at = await put_on_record(
        config,
        asked.command,
        target,
        count=before.counts.clips,
        why=asked.why,
        without="a record in the audit; which jobs were pushed before is told by the database's "
        "clock",
    )
    async with database.connection() as conn:
        mark = None
        if target.author_id is not None:
            marks = await read_marks(conn, config.privacy.key)
            mark = marks.of(target.author_id, target.guild_id)
        return await ask_purge(conn, target, asked_by="command", asked_at=asked_at, mark=mark)


@dataclass(frozen=True, slots=True)
class Carried:
    """A purge after this command has done what it can."""

    purge: Purge
    target: PurgeTarget
    what: str
    left: PurgeCounts
    seconds: float

    @property
    def exit_code(self) -> ExitCode:
        if self.purge.error is not None:
            return ExitCode.UNREACHABLE
        is_over = self.purge.stage is PurgeStage.DONE and not words.is_any_left(self.left)
        return ExitCode.DONE if is_over else ExitCode.JOB_FAILED

    def facts(self) -> dict[str, Any]:
        told = purge_json(self.purge, target=self.target, left=self.left)
        return told | {"seconds": round(self.seconds, 3)}

    def document(self) -> list[str]:
        return [json_text(self.facts())]

    def lines(self) -> list[str]:
        lines = words.proof(self.purge, self.what, self.left, self.seconds)
        if self.purge.stage is not PurgeStage.DONE:
            lines.append(words.left_alone(self.purge))
        return lines


async def carry(
    config: Config, database: Database, purge: Purge, target: PurgeTarget, what: str
) -> Carried:
    """Carries it out, with progress; whoever interrupts that is told what becomes of it."""
    began_at, driver = trio.current_time(), f"{who()}-{secrets.token_hex(4)}"
    with _told_what_becomes_of(purge):
        try:
            with watching() as view:
                done = await carry_out(
                    database,
                    lambda: open_to_delete(storage_of(config), access_of(config.s3)),
                    purge,
                    driver=driver,
                    dice=secrets.SystemRandom().random,
                    after_step=view.step,
                )
        except BaseException as error:
            if any(isinstance(one, KeyboardInterrupt) for one in leaves_of(error)):
                with trio.move_on_after(_PARTING_S, shield=True):
                    await _leave(database, purge, driver)
            raise
    left = await counted(database, target)
    return Carried(done, target, what, left, trio.current_time() - began_at)


async def _leave(database: Database, purge: Purge, driver: str) -> None:
    """Workers go on with it now, not only once nobody was at it for a minute: jobs wait for it."""
    with suppress(ClipsaverError):
        async with database.connection() as conn:
            await let_go(conn, purge.purge_id, driver=driver)


@contextmanager
def _told_what_becomes_of(purge: Purge) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        if any(isinstance(one, KeyboardInterrupt | ClipsaverError) for one in leaves_of(error)):
            _say([words.left_alone(purge)])
        raise


def _tell_written_down(purge: Purge, what: str, asked: Asked) -> None:
    told = json_text(purge_json(purge)) if asked.as_json else words.written_down(purge, what)
    _write([told])


def _say(lines: Sequence[str]) -> None:
    sys.stderr.writelines(f"{line}\n" for line in lines)
    sys.stderr.flush()


def _write(lines: Sequence[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()
