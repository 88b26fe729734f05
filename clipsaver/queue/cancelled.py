"""How workers hear of runs that somebody has cancelled.

A wake that gets lost costs time and nothing else: the fence of a cancelled run is closed, so its
holder learns of it at its next page or renewal.
"""

from __future__ import annotations

from dataclasses import dataclass

from clipsaver.queue.link import Link

FROM_THE_FIRST = "0-0"
"""A run that ended long ago is held by nobody, so it does no harm to hear of it again."""

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Heard:
    """Runs that were cancelled, and where to listen on."""

    runs: tuple[str, ...]
    cursor: str


async def hear_of_cancelled(link: Link, cursor: str, *, block_ms: int) -> Heard:
    """Runs cancelled since `cursor`, a page of them; waits up to `block_ms` for the first, on a
    connection of its own. Where there are more the next call brings them at once."""
    names = link.names
    words = ("COUNT", _PAGE, "BLOCK", max(1, block_ms), "STREAMS", names.cancel, cursor)
    found = await link.command("XREAD", *words)
    rows = [row for batch in (found or {}).values() for part in batch for row in part]
    runs = tuple(fields.get(b"run", b"").decode("utf-8", "replace") for _, fields in rows)
    return Heard(runs, rows[-1][0].decode() if rows else cursor)
