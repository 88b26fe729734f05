"""What of a filter a source can be asked for, so that it searches further than it shows. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from clipsaver.tui.filters import Filter
from clipsaver.tui.sources.seen import ClipsBody, DeadBody, JobsBody, LogsBody, PendingBody, Seen
from clipsaver.tui.sources.wanted import View, Wanted


def bounded(
    wanted: Wanted, by: Filter, *, is_grouped: bool, workers: Collection[str] = ()
) -> Wanted:
    """The same look, narrowed by what the filter says outright; the rest is filtered again.

    `workers` are those that are known: filters are in any case, and names at the source are not.
    """
    match wanted.view:
        case View.PENDING:
            idle = by.least("idle")
            return replace(
                wanted,
                idle_over_ms=None if idle is None else round(idle),
                worker=_known(by.equals("consumer"), workers),
                types=_types(by),
            )
        case View.JOBS:
            return replace(wanted, worker=_known(by.equals("worker"), workers), types=_types(by))
        case View.DEAD:
            return replace(wanted, is_grouped=is_grouped, types=_types(by))
        case View.CLIPS:
            return replace(
                wanted,
                guild_id=_number(by, "guild"),
                channel_id=_number(by, "channel_id"),
                author_id=_number(by, "author_id"),
            )
        case View.LOGS:
            return replace(
                wanted, run_id=by.equals("run"), worker=_known(by.equals("who"), workers)
            )
        case _:
            return wanted


def searched(seen: Seen) -> str:
    """How far the list goes, where there is more than was asked for; empty = it is all there is."""
    body, dead = seen.body, seen.common.dead
    if isinstance(body, DeadBody) and body.looked_at < dead:
        return f"of the newest {body.looked_at:,} of {dead:,}"
    if isinstance(body, PendingBody) and body.is_more:
        return f"of the first {body.looked_at:,}"
    if isinstance(body, ClipsBody) and body.is_more:
        return f"of the newest {len(body.clips):,}"
    if isinstance(body, LogsBody) and body.is_more:
        return f"of the newest {len(body.events):,}"
    if isinstance(body, JobsBody) and body.is_more:
        return f"of the first {len(body.rows):,}"
    return ""


def _types(by: Filter) -> frozenset[str]:
    kind = by.equals("kind")
    return frozenset({kind.lower()}) if kind else frozenset()


def _known(name: str | None, names: Collection[str]) -> str | None:
    folded = name.casefold() if name else ""
    return next((one for one in names if one.casefold() == folded), None)


def _number(by: Filter, field: str) -> int | None:
    text = by.equals(field) or ""
    return int(text) if text.isascii() and text.isdigit() else None
