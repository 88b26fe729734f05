"""Retrying and dropping dead letters, and undoing a retry.

A retried letter begins a run of its own. The row of the run that died says FAILED and stays so: a
run that is over is never done again, whoever redelivers it, and to reopen it would take one step
over two stores. What it had read is covered and is not read again; attempts and deliveries count
anew. The new entry says in `cs` which run it is a retry of, and so does whatever becomes of it.

For a while the letter is kept beside it as it was, so that a retry that was a mistake can be undone
before a worker begins with it.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from clipsaver.errors import RedisUnavailable
from clipsaver.queue.link import Link
from clipsaver.queue.operating import lua
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.dead_letters.dead import check_ids
from clipsaver.queue.produce import run_id_of
from clipsaver.redis_calls.scripts import Value
from clipsaver.redis_calls.unavailable import GroupMissing

_BEGINNING = 63
"""Last byte that is read of a kept letter: the entry of its retry is before it."""
_CHUNK = 100
"""Letters that one script moves; the server does nothing else meanwhile."""


class Fate(enum.Enum):
    """What became of a letter that was to be retried or dropped."""

    RETRIED = "retried"
    DROPPED = "dropped"
    GONE = "gone"
    """Somebody had retried or dropped it before."""
    CUT = "cut"
    """It stays: of its job only the beginning was kept."""
    UNDONE = "undone"
    """It is a letter again, as before its retry."""
    BEGUN = "begun"
    """A worker has taken its retry: that goes on."""


@dataclass(frozen=True, slots=True)
class Handled:
    """One letter of an action."""

    letter_id: str
    fate: Fate
    run_id: str | None = None
    """The run that its retry begins."""
    now_id: str | None = None
    """Of one whose retry was undone: its id now."""


UNDO_S = 600
"""For how long a retry can be undone."""


async def retry(link: Link, letter_ids: Sequence[str], act: Act) -> list[Handled]:
    """Move letters to the end of the stream, each to begin a run of its own; in order.

    May be repeated, by anybody: a letter is moved once. Raises RedisUnavailable, which says how
    many were surely handled, and UsageError for what is no id.
    """
    names = link.names
    fixed = [names.stream, names.dead, names.events, names.audit]

    async def do(chunk: Sequence[str]) -> list[Handled]:
        keys = [*fixed, *map(names.retried, chunk)]
        words = [*act.words("dead retry"), UNDO_S * 1000, *chunk]
        fates = await lua.run(link, "retry", keys, words)
        return [
            Handled(one, Fate(fate.decode()), run_id_of(link, entry[0].decode()) if entry else None)
            for one, (fate, *entry) in zip(chunk, fates, strict=True)
        ]

    return await _in_chunks(letter_ids, do)


async def drop(link: Link, letter_ids: Sequence[str], act: Act) -> list[Handled]:
    """Delete letters for good; in order. May be repeated, and raises what `retry` does."""
    names = link.names

    async def do(chunk: Sequence[str]) -> list[Handled]:
        words = [*act.words("dead drop"), *chunk]
        fates = await lua.run(link, "drop", [names.dead, names.events, names.audit], words)
        return [
            Handled(one, Fate(fate.decode())) for one, (fate,) in zip(chunk, fates, strict=True)
        ]

    return await _in_chunks(letter_ids, do)


async def retries_of(link: Link, letter_ids: Sequence[str]) -> dict[str, str]:
    """The runs that retries of these letters began, of those that can be undone still, by letter.

    Whether a worker has begun with one shows when it is undone. Raises UsageError for what is no
    id.
    """
    check_ids(letter_ids)
    if not letter_ids:
        return {}
    reads = [("GETRANGE", link.names.retried(one), 0, _BEGINNING) for one in letter_ids]
    kept = zip(letter_ids, await link.together(reads), strict=True)
    return {one: run_id_of(link, _entry_in(begun)) for one, begun in kept if begun}


async def undo_retry(link: Link, letter_ids: Sequence[str], act: Act) -> list[Handled]:
    """Make letters of retried ones again that no worker has begun with; in order.

    Each is as it was but for its id, which is new. May be repeated, and raises what `retry` does.
    """
    names = link.names
    fixed = [names.stream, names.dead, names.events, names.audit, names.line, names.live]

    async def do(chunk: Sequence[str]) -> list[Handled]:
        runs = await retries_of(link, chunk)
        keys: list[Value] = list(fixed)
        words: list[Value] = [*act.words("dead undo"), names.group]
        for one, run_id in runs.items():
            keys += [names.retried(one), names.job(run_id)]
            words += [one, run_id.rpartition("/")[2]]
        try:
            replies = await lua.run(link, "undo_retry", keys, words) if runs else []
        except GroupMissing:
            replies = [(b"gone",) for _ in runs]
        told = dict(zip(runs, replies, strict=True))
        return [_undone(one, *told.get(one, (b"gone",))) for one in chunk]

    return await _in_chunks(letter_ids, do)


def _undone(letter_id: str, fate: bytes, now_id: bytes | None = None) -> Handled:
    return Handled(letter_id, Fate(fate.decode()), now_id=now_id.decode() if now_id else None)


def _entry_in(begun: bytes) -> str:
    """The id that stands first in the JSON of what is kept: `["1769428198123-0",…`."""
    return begun.split(b'"', 2)[1].decode()


async def _in_chunks(
    letter_ids: Sequence[str], do: Callable[[Sequence[str]], Awaitable[list[Handled]]]
) -> list[Handled]:
    check_ids(letter_ids)
    handled: list[Handled] = []
    for start in range(0, len(letter_ids), _CHUNK):
        chunk = letter_ids[start : start + _CHUNK]
        try:
            handled += await do(chunk)
        except RedisUnavailable as error:
            raise RedisUnavailable(
                f"{error}; of {len(letter_ids):,} letters the first {len(handled):,} were handled, "
                f"the next {len(chunk):,} may have been; ask for the same again, and what was done "
                "is passed over"
            ) from error
    return handled
