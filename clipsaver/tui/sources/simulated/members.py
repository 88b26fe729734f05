"""The records of a made-up fleet's workers, with what their parts say of themselves."""

from __future__ import annotations

from clipsaver.queue.operating.trees import TaskTree
from clipsaver.queue.operating.workers import Worker, WorkerState
from clipsaver.queue.worker_statistics import (
    Away,
    Combined,
    Connections,
    Discord,
    Heard,
    Leases,
    Limits,
    Pages,
    Process,
    Progress,
    Slots,
    Thumbnails,
    WorkerStatistics,
)
from clipsaver.tui.sources.simulated.history import total_of
from clipsaver.tui.sources.simulated.slots import LIVE
from clipsaver.tui.sources.simulated.state import RULES, Hand, Run
from clipsaver.tui.sources.simulated.working import MESSAGES
from clipsaver.tui.sources.simulated.world import World

_NOT_AWAY = 0.5
"""Seconds: what is over sooner nobody is told."""


def workers(world: World) -> tuple[Worker, ...]:
    """Alive and gone, by name."""
    return tuple(_worker(world, world.hands[name]) for name in sorted(world.hands))


def _worker(world: World, hand: Hand) -> Worker:
    held = world.held_by(hand.name)
    silent_ms = world.now_ms - hand.seen_ms
    if not hand.is_alive(world.now_ms):
        left_ms = max(0, RULES.lease_ms - min(map(world.idle_ms, held), default=0))
        return Worker(
            hand.name,
            WorkerState.GONE,
            len(held),
            takeover_in_ms=left_ms if held else None,
            idle_ms=silent_ms,
        )
    return Worker(
        hand.name,
        hand.state,
        len(held),
        host=hand.host,
        pid=str(hand.pid),
        version=hand.version,
        up_s=(world.now_ms - hand.started_ms) / 1000,
        slots=hand.slots,
        reserved=1,
        running=len(held),
        beat_ms_ago=silent_ms,
        statistics=None if hand.is_silent else _statistics(world, hand, held),
        idle_ms=min(silent_ms, 100 + hand.pid % 400),
    )


def _statistics(world: World, hand: Hand, held: list[Run]) -> WorkerStatistics:
    total = total_of(world, hand)
    done = total.done()
    waiting = sum(run.obstacle is not None for run in held)
    live = sum(run.sketch.type == LIVE for run in held)
    up_s = (world.now_ms - hand.started_ms) / 1000
    answers = {"200": max(0, done.requests - done.refused - done.failures), "403": 1}
    makes = int(done.clips)
    return WorkerStatistics(
        slots=Slots(hand.slots, 1, live, len(held) - live),
        leases=Leases(held=len(held), lost=1),
        outcomes=done.outcomes,
        progress=Progress(len(held), int(up_s), int(up_s)),
        pages=Pages(
            groups=done.commits,
            pages=done.pages,
            messages=done.messages,
            clips=done.clips,
            rows=done.clips * 3,
            commit_seconds=round(done.commits * 0.0031, 3),
            last_commit_ms=round(2.4 + world.now_ms // 5000 % 7 / 5, 2) if done.commits else None,
            waiting=len(held) if "database" in world.away else 0,
            is_away="database" in world.away,
        ),
        runs=Combined(done.outcomes.get("done", 0) * 2, done.outcomes.get("done", 0)),
        scripts=Combined(done.pages // 2, done.pages // 5, 0, 1),
        database=Connections(idle=6, in_use=2, opened=9, dropped=1),
        redis=Connections(idle=3, in_use=1, opened=4),
        http=Connections(idle=2, in_use=4, opened=31, reused=done.requests, repeated=2),
        limits=Limits(
            on_their_way=len(held) - waiting,
            waiting=waiting,
            waits=done.waits,
            waited_s=done.waited_s,
            invalid_requests=3,
        ),
        discord=Discord(
            answers={**answers, "429": done.refused},
            failures=done.failures,
            refusals={"user": done.refused},
            retries=done.failures,
            token_held_for_s=_away_s(world, "token"),
            recent=_recent(world, held),
        ),
        thumbnails=Thumbnails(
            making=2 if held else 0,
            waiting=3 if held else 0,
            made=makes,
            missed={"media_gone": makes // 90, "broken": makes // 140},
            requests=makes * 2,
            bytes_read=makes * 611_000,
        ),
        process=Process(int(hand.memory_mb * 1e6), round(up_s * 0.21, 1), 31 + 3 * len(held)),
        away=Away(redis_s=_away_s(world, "redis"), database_s=_away_s(world, "database")),
        redis_ms=round(0.5 + hand.pid % 7 / 20, 2),
        grace_left_s=_grace_left_s(hand),
    )


def _recent(world: World, held: list[Run]) -> dict[str, tuple[Heard, ...]]:
    """A page each quarter of a second, and a refusal where one is obeyed now."""
    reading = sum(run.rate > 0 for run in held)
    refused = next((run.obstacle for run in held if run.obstacle and run.obstacle.until_ms), None)
    answers = [
        Heard(round(0.25 * ago, 2), 200, 5, (ago * 3 + world.now_ms // 1000) % 5, 0.25 * (ago % 4))
        for ago in range(min(10, 3 * reading), 0, -1)
    ]
    if refused is not None and refused.since_ms is not None:
        ago_s = (world.now_ms - refused.since_ms) / 1000
        asked_s = ((refused.until_ms or 0) - refused.since_ms) / 1000
        answers.append(Heard(round(ago_s, 2), 429, 5, 0, 0.9, round(asked_s, 2), "user"))
    answers.sort(key=lambda one: -one.ago_s)
    return {MESSAGES: tuple(answers[-10:])} if answers else {}


def tree_of(world: World, hand: Hand) -> TaskTree:
    """The tasks that such a worker would have."""
    held = world.held_by(hand.name)
    lines = [
        "cli.run._run: worker/nursery.py:199 _Worker.run, in Event.wait",
        "  helpers, 3 tasks",
        "    worker.orders.Orders.run: it shows this",
        "    worker.progress.Progress.run: worker/progress.py:193 Progress.run, in sleep",
        "    worker.reporting.Heart.run: worker/reporting.py:68 Heart.run, in sleep",
        f"  jobs, {len(held) + 1} tasks" if held else "  jobs, 1 task",
        "    worker.intake.Intake.run: worker/intake.py:120 Intake.run, in Event.wait",
        *map(_task_of, held),
    ]
    return TaskTree(hand.name, world.now_ms, tuple(lines))


def _task_of(run: Run) -> str:
    waits = "discord_rest/limits/shared.py:190 SharedLimits._wait, in Event.wait"
    reads = "trio_io/http_connection.py:200 HttpConnection._read, in SocketStream.receive_some"
    about = f"{run.run_id} [type={run.sketch.type} channel_id={run.sketch.channel_id}]"
    return f"    {about}: {waits if run.obstacle else reads}"


def _grace_left_s(hand: Hand) -> float | None:
    """As of its last heartbeat."""
    if hand.state is not WorkerState.STOPPING:
        return None
    return max(0.0, (hand.grace_until_ms - hand.seen_ms) / 1000)


def _away_s(world: World, what: str) -> float | None:
    since_ms = world.away.get(what)
    away_s = 0.0 if since_ms is None else (world.now_ms - since_ms) / 1000
    return away_s if away_s >= _NOT_AWAY else None
