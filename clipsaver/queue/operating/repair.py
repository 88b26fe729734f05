"""Mends what a lost Redis, or a failover that lost a moment, has taken from the stream.

The database knows which runs are not over. Those whose entry is neither on the stream nor delayed
go back under their run ids; the fence and the row see to it that one which is there twice after
all is done once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from clipsaver.queue.entries import Carried, encode_carried, parse_entry
from clipsaver.queue.intake import WAITING
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.lua import run
from clipsaver.queue.operating.places import delayed_entry
from clipsaver.redis_calls.scripts import Value
from clipsaver.redis_calls.unavailable import GroupMissing

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Lost:
    """A run that is to be put back."""

    run_id: str
    job: str
    """As JSON."""
    attempts: int

    @property
    def first_id(self) -> str:
        """The id of its first entry."""
        return self.run_id.rpartition("/")[2]

    def carried(self) -> Carried:
        """What its new entry carries."""
        first_at = int(self.first_id.partition("-")[0])
        return Carried(run=self.run_id, attempts=self.attempts, first_at=first_at)


async def runs_present(link: Link) -> set[str]:
    """The runs that have an entry.

    Entries move while one looks: to the end of the stream, and between it and the delayed set. So
    the stream's new end is read once more after the set.
    """
    runs, end = await _on_stream(link, "-")
    first = 0
    while rows := await link.command(
        "ZRANGE", link.names.delayed, first, first + _PAGE - 1, "WITHSCORES"
    ):
        stream = link.names.stream
        runs |= {delayed_entry(stream, member, due).entry.run_id for member, due in rows}
        first += _PAGE
    return runs | (await _on_stream(link, end))[0]


async def put_back(link: Link, act: Act, lost: Sequence[Lost]) -> list[str]:
    """Puts runs back whose entry is nowhere, some hundred at most; returns which.

    Makes the stream and its group where they are missing. May be repeated.
    """
    if not lost:
        return []
    names = link.names
    keys: list[Value] = [names.stream, names.events, names.audit, names.delayed]
    arguments: list[Value] = [*act.words("queue repair"), names.group]
    for one in lost:
        keys.append(names.job(one.run_id))
        arguments += [one.run_id, one.first_id, encode_carried(one.carried()), one.job]
    positions = await run(link, "repair", keys, arguments)
    return [lost[int(position) - 1].run_id for position in positions]


async def ghosts_in_line(link: Link, *, remove: bool) -> int:
    """How many places in line are those of entries that do not wait any more; may remove them."""
    names = link.names
    count = 0
    for line in (names.line, names.live):
        cursor = b"0"
        while True:
            cursor, rows = await link.command("ZSCAN", line, cursor, "COUNT", _PAGE)
            count += await _ghosts(link, [row[0] for row in rows], remove=remove)
            if int(cursor) == 0:
                break
    return count


async def _ghosts(link: Link, ids: Collection[bytes], *, remove: bool) -> int:
    if not ids:
        return 0
    names = link.names
    fixed: list[Value] = [names.group, WAITING, "0" if remove else "1"]
    keys = [names.stream, names.line, names.live]
    try:
        return int(await run(link, "mend_line", keys, [*fixed, *ids]))
    except GroupMissing:
        return 0


async def _on_stream(link: Link, begin: str) -> tuple[set[str], str]:
    """The runs from there on, and where to go on later."""
    runs: set[str] = set()
    while rows := await run(link, "run_ids", [link.names.stream], [begin, _PAGE]):
        for entry_id, carried in rows:
            fields = {b"cs": carried} if carried else {}
            runs.add(parse_entry(link.names.stream, entry_id, fields).run_id)
        begin = f"({rows[-1][0].decode()}"
    return runs, begin
