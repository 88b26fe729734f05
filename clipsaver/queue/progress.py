"""What running jobs have done so far, for those who watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clipsaver.queue.lease import Lease
from clipsaver.queue.link import Link
from clipsaver.records import GuildCounts, RunProgress
from clipsaver.redis_calls.scripts import Value


@dataclass(frozen=True, slots=True)
class Report:
    """The latest of one run; an earlier one that was not sent yet is out of date."""

    lease: Lease
    progress: RunProgress
    share: float | None = None
    """How much of the work is done, 0 to 1; None where that cannot be told."""
    waits_for: str = ""
    """What it waits for now, such as `discord`; empty = nothing."""
    counts: GuildCounts | None = None
    """Of a guild job."""


async def write(link: Link, reports: Sequence[Report]) -> int:
    """Write the reports in one round trip; returns how many were still of their run's delivery."""
    if not reports:
        return 0
    arguments: list[Value] = []
    for report in reports:
        fields = facts(report)
        arguments += [report.lease.fence, len(fields), *fields]
    keys = [link.names.job(report.lease.run_id) for report in reports]
    return int(await link.run("progress", keys, arguments))


def facts(report: Report) -> list[Value]:
    """Field and value pairs of the run's hash."""
    done = report.progress
    fields: list[Value] = ["pages", done.pages, "messages", done.messages, "clips", done.clips]
    changes = done.changes
    fields += ["added", changes.added, "restored", changes.restored, "deleted", changes.deleted]
    fields += ["share", "" if report.share is None else f"{report.share:.4f}"]
    fields += ["waits_for", report.waits_for]
    if (counts := report.counts) is not None:
        fields += ["channels", counts.channels, "unreadable", counts.unreadable]
        fields += ["jobs", counts.jobs]
    return fields
