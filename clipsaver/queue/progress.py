"""What running jobs have done so far, for those who watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clipsaver.queue.lease import Lease
from clipsaver.queue.link import Link
from clipsaver.records import GuildCounts, RunProgress
from clipsaver.redis_calls.scripts import Value


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What a job waits for before it can go on."""

    name: str
    """Stable, such as `discord`, `database` or `pace`."""
    of: str = ""
    """Which one of these: the route and channel of a limit, say; empty where there is but one."""
    since_ms: int | None = None
    """Unix time."""
    until_ms: int | None = None
    """Unix time; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class Report:
    """The latest of one run; an earlier one that was not sent yet is out of date."""

    lease: Lease
    progress: RunProgress | None
    """None before this delivery knows what earlier ones did: what they told stays."""
    share: float | None = None
    """How much of the work is done, 0 to 1; None where that cannot be told."""
    stage: str = ""
    """What it is at: begin, scan, search, list or thumbnails."""
    rate: float | None = None
    """Messages a second, lately."""
    eta_ms: int | None = None
    """Unix time at which it is done if it goes on like this."""
    obstacle: Obstacle | None = None
    counts: GuildCounts | None = None
    """Of a guild job."""


async def write(link: Link, reports: Sequence[Report]) -> int:
    """Write the reports in one round trip; returns how many were still of their run's delivery."""
    if not reports:
        return 0
    arguments: list[Value] = []
    for report in reports:
        fields = [*facts(report), *_passing(report)]
        arguments += [report.lease.fence, len(fields), *fields]
    keys = [link.names.job(report.lease.run_id) for report in reports]
    return int(await link.run("progress", keys, arguments))


def facts(report: Report) -> list[Value]:
    """Field and value pairs of the run's hash that stay true when the delivery is over."""
    fields: list[Value] = ["stage", report.stage]
    if (done := report.progress) is not None:
        changes = done.changes
        fields += ["pages", done.pages, "messages", done.messages, "clips", done.clips]
        fields += ["added", changes.added, "restored", changes.restored, "deleted", changes.deleted]
        if changes.by_search:
            fields += ["by_search", changes.by_search]
    if report.share is not None:
        fields += ["share", f"{report.share:.4f}"]
    if (counts := report.counts) is not None:
        fields += ["channels", counts.channels, "unreadable", counts.unreadable]
        fields += ["jobs", counts.jobs]
    return fields


def _passing(report: Report) -> list[Value]:
    """Those that the scripts take away at the end of the delivery (see `PASSING` in held.lua)."""
    obstacle = report.obstacle or Obstacle("")
    return [
        "rate",
        "" if report.rate is None else f"{report.rate:.2f}",
        "eta_at",
        _or_nothing(report.eta_ms),
        "waits_for",
        obstacle.name,
        "waits_of",
        obstacle.of,
        "waits_since",
        _or_nothing(obstacle.since_ms),
        "waits_until",
        _or_nothing(obstacle.until_ms),
    ]


def _or_nothing(number: int | None) -> Value:
    return "" if number is None else number
