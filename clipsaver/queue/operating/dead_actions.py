"""Retrying and dropping dead letters.

A retried letter begins a run of its own. The row of the run that died says FAILED and stays so: a
run that is over is never done again, whoever redelivers it, and to reopen it would take one step
over two stores. What it had read is covered and is not read again; attempts and deliveries count
anew. The new entry says in `cs` which run it is a retry of, and so does whatever becomes of it.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from clipsaver.errors import RedisUnavailable
from clipsaver.queue.link import Link
from clipsaver.queue.operating import lua
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.dead import check_ids
from clipsaver.queue.produce import run_id_of
from clipsaver.redis_calls.scripts import Value

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


@dataclass(frozen=True, slots=True)
class Handled:
    """One letter of an action."""

    letter_id: str
    fate: Fate
    run_id: str | None = None
    """The run that its retry begins."""


async def retry(link: Link, letter_ids: Sequence[str], act: Act) -> list[Handled]:
    """Move letters to the end of the stream, each to begin a run of its own; in order.

    May be repeated, by anybody: a letter is moved once. Raises RedisUnavailable, which says how
    many were surely handled, and UsageError for what is no id.
    """
    names = link.names
    keys = [names.stream, names.dead, names.events, names.audit]
    return await _handle(link, "retry", keys, letter_ids, act)


async def drop(link: Link, letter_ids: Sequence[str], act: Act) -> list[Handled]:
    """Delete letters for good; in order. May be repeated, and raises what `retry` does."""
    names = link.names
    return await _handle(link, "drop", [names.dead, names.events, names.audit], letter_ids, act)


async def _handle(
    link: Link, name: str, keys: Sequence[Value], letter_ids: Sequence[str], act: Act
) -> list[Handled]:
    check_ids(letter_ids)
    handled: list[Handled] = []
    for start in range(0, len(letter_ids), _CHUNK):
        chunk = letter_ids[start : start + _CHUNK]
        try:
            fates = await lua.run(link, name, keys, [*act.words(f"dead {name}"), *chunk])
        except RedisUnavailable as error:
            raise RedisUnavailable(
                f"{error}; of {len(letter_ids):,} letters the first {len(handled):,} were handled, "
                f"the next {len(chunk):,} may have been; ask for the same again, and what was done "
                "is passed over"
            ) from error
        for letter_id, (fate, *entry_ids) in zip(chunk, fates, strict=True):
            run_id = run_id_of(link, entry_ids[0].decode()) if entry_ids else None
            handled.append(Handled(letter_id, Fate(fate.decode()), run_id))
    return handled
