"""Whether the workers did as they have to, by their logs and by what was watched.

Each check gives sentences, one for each thing that is wrong.
"""

from __future__ import annotations

from datetime import datetime

from chaos.stage import GRACE_S, Stage, read_log
from chaos.stops import late
from chaos.telling import told
from chaos.thefts import BEGINNING, LOSSES, TAKEOVER, Told, hasty, losses
from chaos.watch import Watched, quiet_recoveries, unsaid

RECOVERY_SLACK_S = 2.0


def workers(stage: Stage, watched: Watched) -> list[str]:
    """Workers ended only when they were told to, said what they lost, and recovered in time."""
    logs = {log.name: read_log(log) for worker in stage.workers for log in worker.logs}
    lines = [(name, line) for name, all_lines in logs.items() for line in all_lines]
    slow = [
        f"{one.took_s:.2f} s"
        for one in quiet_recoveries(watched, stage.settings.lease_s)
        if one.took_s > stage.settings.lease_s + RECOVERY_SLACK_S
    ]
    never = _NEVER if stage.settings.fsync == "always" else _NEVER - _OF_A_LOSS
    return [
        *told("workers ended by themselves",
              [f"{worker.log.name} before, with {code}" for worker, code in stage.ended]),
        *told("stops", [*watched.bad_stops, *late(watched.stops, watched.troubles, GRACE_S)]),
        *told("lost a lease as they slept and did not say so",
              [f"{one.log}: {one.run}" for one in unsaid(watched.lost, logs)]),
        *told("logged what is no event", [name for name, line in lines if not line["event"]]),
        *told("logged an error of ours", [
            f"{name}: {line['event']}" for name, line in lines
            if "exception" in line or line.get("reason") == "internal_error"
            or line["event"] in never]),
        *told("recoveries took longer than a lease and 2 s", slow),
    ]  # fmt: skip


def thefts(stage: Stage, watched: Watched) -> list[str]:
    """Nobody took a living worker's jobs, least of all when Valkey was back."""
    lines = [
        Told(
            worker.number, log.name, line["event"],
            datetime.fromisoformat(line["time"]).timestamp() - watched.zero_s, line.get("run", ""),
        )
        for worker in stage.workers for log in worker.logs for line in read_log(log)
        if line["event"] in LOSSES | {TAKEOVER, BEGINNING}
    ]  # fmt: skip
    # A Redis that lost something makes who held it lose it, too.
    is_durable = stage.settings.fsync == "always"
    lost = losses(lines, watched.absences) if is_durable else ()
    lease_s = stage.settings.lease_s
    return [
        *told("lost what they held, though neither frozen nor cut off", lost),
        *told("took over within a lease after an outage",
              hasty(lines, watched.absences, watched.outages, lease_s)),
    ]  # fmt: skip


_NEVER = {"job_retried", "job_dead", "stream_lost", "jobs_restored", "entry_deleted"}
"""Events that no fault of the plan gives a reason for."""
_OF_A_LOSS = {"stream_lost", "jobs_restored", "entry_deleted"}
"""Those that a Redis gives a reason for which lost what it had acknowledged."""
