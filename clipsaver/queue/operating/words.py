"""Verdicts and lengths of time in words. Pure."""

from __future__ import annotations

from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.verdicts import Place


def span(ms: float) -> str:
    """`0.3 s`, `12 s`, `5 min`, `3 h`, `4 days`."""
    seconds = max(0.0, ms / 1000)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    for size, most, unit in ((1, 120, "s"), (60, 120, "min"), (3600, 48, "h")):
        if seconds / size < most:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"


def what_comes(one: PendingEntry) -> str:
    """What happens next to an entry, such as `its worker is gone; taken over in 12 s`."""
    verdict = one.verdict
    words = _where(one, verdict.in_ms or 0)
    if verdict.is_poison:
        holds = verdict.place in (Place.HELD, Place.LATE)
        return f"{words}; {'is' if holds else 'then'} buried as poison"
    return f"{words}; last try" if verdict.is_last_try else words


def _where(one: PendingEntry, in_ms: int) -> str:
    when = f"in {span(in_ms)}" if in_ms > 0 else "now"
    match one.verdict.place:
        case Place.HELD:
            waits = one.status.waits_for if one.status else None
            return f"held, waits for {waits}" if waits else "held"
        case Place.LATE:
            return f"lease late, runs out {when}"
        case Place.ORPHANED:
            return f"its worker is gone; taken over {when}"
        case Place.TAKEOVER:
            return f"lease ran out {span(-in_ms)} ago; the next free slot takes it over"
        case Place.WAITING:
            return f"in line, place {one.line:,}" if one.line else "waits for a free slot"
        case Place.UNREAD:
            return "not read yet; waits for a free slot"
        case Place.RETRY:
            why = f": {one.reason}" if one.reason else ""
            return f"retry {when}{why}"
        case Place.PUT_OFF:
            why = f", waits for {one.reason}" if one.reason else ""
            return f"goes on {when}{why}"
        case Place.GONE:
            return "deleted from the stream by somebody; the job is lost"
