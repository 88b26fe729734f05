"""Ends jobs: first in the database, which decides, and then on the stream.

A crash between the two leaves an entry whose run is over: whoever takes it finds that out and
only settles it, or sends it to the dead letters where it was to be buried.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from clipsaver.database.cancelling import bury_runs, cancel_runs
from clipsaver.errors import BadJob
from clipsaver.jobs import AnyJob
from clipsaver.operating.connecting import Connections
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.bury import Buried, epitaph
from clipsaver.queue.operating.bury import Fate as BuryFate
from clipsaver.queue.operating.bury import bury as bury_entries
from clipsaver.queue.operating.cancel import Fate, take_away
from clipsaver.queue.operating.cancel import drop as take_and_copy
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.verdicts import Place
from clipsaver.records import RunState

_CHUNK = 100

Fates = dict[str, str]
"""What came of it, by run: a `cancel.Fate`, or the state in which the run had ended before."""


async def cancel(
    link: Link, database: Connections, act: Act, entries: Sequence[PendingEntry]
) -> Fates:
    """Cancels the runs of these entries, however many; may be repeated.

    Raises RedisUnavailable and DatabaseUnavailable: those of whole chunks before it are cancelled.
    """
    end = _Ending(take_away, f"cancelled by {act.who}")
    return await end.all_of(link, database, act, entries)


async def drop(
    link: Link, database: Connections, act: Act, entries: Sequence[PendingEntry]
) -> Fates:
    """The same, and the audit keeps a copy of each entry for 30 days."""
    end = _Ending(take_and_copy, f"dropped by {act.who}")
    return await end.all_of(link, database, act, entries)


async def bury(
    link: Link, database: Connections, act: Act, entries: Sequence[PendingEntry]
) -> tuple[list[Buried], Fates]:
    """Sends these entries to the dead letters, however many; may be repeated.

    Returns what came of each, and apart from them the runs that had ended before, with how. One
    whose body was deleted is no letter, and its run is left as it is. Raises RedisUnavailable and
    DatabaseUnavailable: those of whole chunks before it are buried.
    """
    there: list[PendingEntry] = []
    buried: list[Buried] = []
    for one in entries:
        if one.verdict.place is Place.GONE:
            buried.append(Buried(one.run_id, BuryFate.GONE))
        else:
            there.append(one)
    over: Fates = {}
    for start in range(0, len(there), _CHUNK):
        chunk = there[start : start + _CHUNK]
        async with database.connection() as connection:
            states = await bury_runs(connection, _readable(chunk), epitaph(act))
        ended = {one: state for one, state in states.items() if state is not RunState.FAILED}
        over |= {run_id: state.value for run_id, state in ended.items()}
        meant = [one for one in chunk if one.run_id not in ended]
        buried += await bury_entries(link, act, meant)
    return buried, over


@dataclass(frozen=True, slots=True)
class _Ending:
    """How entries leave the stream, and what the rows of their runs say of it."""

    take: Callable[[Link, Act, Sequence[PendingEntry]], Awaitable[list[Fate]]]
    message: str

    async def all_of(
        self, link: Link, database: Connections, act: Act, entries: Sequence[PendingEntry]
    ) -> Fates:
        fates: Fates = {}
        message = self.message + (f": {act.why}" if act.why else "")
        for start in range(0, len(entries), _CHUNK):
            chunk = entries[start : start + _CHUNK]
            async with database.connection() as connection:
                states = await cancel_runs(connection, _readable(chunk), message)
            over = {one: state for one, state in states.items() if state is not RunState.CANCELLED}
            meant = [one for one in chunk if one.run_id not in over]
            taken = await self.take(link, act, meant)
            fates |= {run_id: state.value for run_id, state in over.items()}
            fates |= {one.run_id: fate.value for one, fate in zip(meant, taken, strict=True)}
        return fates


def _readable(entries: Sequence[PendingEntry]) -> dict[str, AnyJob]:
    """The jobs that can be read; one that cannot never begins, so that no run is to be ended."""
    jobs: dict[str, AnyJob] = {}
    for one in entries:
        try:
            jobs[one.run_id] = one.entry.decoded()
        except BadJob:
            continue
    return jobs
