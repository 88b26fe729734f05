"""Entries that a person names, for the commands that change them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from clipsaver.queue.link import Link
from clipsaver.queue.operating import find
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.verdicts import Rules
from clipsaver.terminal_text import printable


async def named(
    link: Link, rules: Rules, names: Sequence[str]
) -> tuple[list[PendingEntry], list[str]]:
    """As `find.named`; says by which names none goes."""
    found, missing = await find.named(link, rules, names)
    for name in missing:
        sys.stderr.write(
            f"nothing that is held, waits or is delayed has the name {printable(name)}\n"
        )
    return found, missing
