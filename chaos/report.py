"""What a run prints."""

from __future__ import annotations

from chaos.logs import RECOVERY_SLACK_S
from chaos.plan import Kind
from chaos.play import Outcome
from chaos.stage import Settings
from chaos.watch import Recovery, quiet_recoveries


def slowest(recoveries: list[Recovery]) -> str:
    """The longest, or that there was none."""
    return f"{max(one.took_s for one in recoveries):.2f} s" if recoveries else "none"


def summary(outcome: Outcome, settings: Settings) -> str:
    """All figures of a run, and each thing that is wrong."""
    watched, faults = outcome.watched, outcome.watched.faults
    quiet = quiet_recoveries(watched, settings.lease_s)
    limit_s = settings.lease_s + RECOVERY_SLACK_S
    lines = [
        f"seed {outcome.seed}: {outcome.jobs:,} jobs, {settings.workers} workers, lease "
        f"{settings.lease_s:g} s, appendfsync {settings.fsync}",
        "  faults      " + ", ".join(f"{kind} {faults[kind]}" for kind in Kind if faults[kind]),
        f"  workers     {watched.kills} killed",
        f"  servers     {outcome.server_kills} killed and started again",
        f"  connections {outcome.cuts:,} cut, {outcome.answers_lost:,} of them with an answer on "
        "its way",
        f"  freezes     {watched.freezes} in which others took over, {len(watched.lost)} runs",
        f"  recoveries  {len(watched.recoveries)} entries of killed workers; slowest "
        f"{slowest(quiet)} of {len(quiet)} in quiet and with room elsewhere (at most "
        f"{limit_s:g} s), {slowest(watched.recoveries)} of all",
        f"  stops       {len(watched.stops)}, the slowest "
        f"{max((one.took_s for one in watched.stops), default=0):.1f} s",
        f"  pushes      {outcome.pushes_in_doubt} in doubt, and pushed again",
        f"  duration    {outcome.duration_s:.1f} s, {outcome.jobs / outcome.duration_s:.0f} jobs a "
        "second",
    ]
    if outcome.lost_by_redis:
        lines.append(f"  lost        {outcome.lost_by_redis} acknowledged by Redis, pushed again")
    if outcome.violations:
        lines += ["  WRONG"] + [f"    {one}" for one in outcome.violations]
        lines.append(f"  logs        {outcome.folder}")
    else:
        lines.append("  everything is as it has to be")
    return "\n".join(lines)
