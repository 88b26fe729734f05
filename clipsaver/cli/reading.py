"""Reads entries of the stream page by page, for the commands that show them or change them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence

from clipsaver.config import Config
from clipsaver.queue.link import Link
from clipsaver.queue.operating import pending
from clipsaver.queue.operating.find import find
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.places import Part
from clipsaver.queue.operating.verdicts import Rules
from clipsaver.terminal_text import printable


def rules_of(config: Config) -> Rules:
    """What the verdicts go by."""
    return Rules(
        lease_ms=round(config.redis.lease_seconds * 1000),
        max_attempts=config.retry.max_attempts,
        max_deliveries=config.retry.max_deliveries,
    )


async def each(
    link: Link,
    rules: Rules,
    is_meant: Callable[[PendingEntry], bool],
    do: Callable[[PendingEntry], None],
    *,
    parts: Collection[Part] = tuple(Part),
    limit: int = 0,
) -> bool:
    """Does it with the first `limit` entries that are meant (0 = all); returns whether there are
    more."""
    cursor, count = None, 0
    while True:
        page = await pending.read_page(link, rules, cursor, parts=parts)
        for one in filter(is_meant, page.entries):
            if limit and count == limit:
                return True
            do(one)
            count += 1
        if page.next is None:
            return False
        cursor = page.next


async def named(
    link: Link, rules: Rules, names: Sequence[str]
) -> tuple[list[PendingEntry], list[str]]:
    """The entries that go by these names, each once, and the names by which none goes; says so."""
    found: dict[tuple[str, str | None], PendingEntry] = {}
    missing = []
    for name in dict.fromkeys(names):
        entries = await find(link, rules, name)
        found.update({(one.run_id, one.entry_id): one for one in entries})
        if not entries:
            missing.append(name)
            sys.stderr.write(
                f"nothing that is held, waits or is delayed has the name {printable(name)}\n"
            )
    return list(found.values()), missing
