"""Ends jobs: first in the database, which decides, and then on the stream.

A crash between the two leaves an entry whose run is over: whoever takes it finds that out and
only settles it.
"""

from __future__ import annotations

from collections.abc import Sequence

from clipsaver.database.cancelling import cancel_runs
from clipsaver.errors import BadJob
from clipsaver.jobs import AnyJob
from clipsaver.operating.connecting import Connections
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.cancel import take_away
from clipsaver.queue.operating.pending import PendingEntry
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
    fates: Fates = {}
    for start in range(0, len(entries), _CHUNK):
        fates |= await _cancel_chunk(link, database, act, entries[start : start + _CHUNK])
    return fates


async def _cancel_chunk(
    link: Link, database: Connections, act: Act, entries: Sequence[PendingEntry]
) -> Fates:
    readable: dict[str, AnyJob] = {}
    for one in entries:
        try:
            readable[one.run_id] = one.entry.decoded()
        except BadJob:
            continue  # it never begins, so there is nothing to end but its entry
    message = f"cancelled by {act.who}" + (f": {act.why}" if act.why else "")
    async with database.connection() as connection:
        states = await cancel_runs(connection, readable, message)
    over = {run_id: state for run_id, state in states.items() if state is not RunState.CANCELLED}
    meant = [one for one in entries if one.run_id not in over]
    fates = await take_away(link, act, meant)
    return {
        **{run_id: state.value for run_id, state in over.items()},
        **{one.run_id: fate.value for one, fate in zip(meant, fates, strict=True)},
    }
