"""One run, from the first server to the last check."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis
import trio

from chaos.checks import DIARY, check_all, lost_runs
from chaos.faults import Hand, stop_worker
from chaos.headway import STALLED_S, Done, Headway
from chaos.plan import Fault, Kind, Plan
from chaos.producer import Producer
from chaos.stage import STREAM, Settings, Stage, Worker, open_stage
from chaos.watch import Watched, chronicle, insist, others_have_room
from chaos.work import Recipe, Work, guilds_for, work_on

_READY_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.2
_JOBS_BEFORE_S = 0.2
_ROOM_WITHIN_S = 60.0


@dataclass(slots=True)
class Outcome:
    """What came of one run."""

    seed: int
    jobs: int
    watched: Watched = field(default_factory=Watched)
    violations: list[str] = field(default_factory=list)
    duration_s: float = 0.0
    """From the first push to the last end."""
    server_kills: int = 0
    cuts: int = 0
    answers_lost: int = 0
    pushes_in_doubt: int = 0
    lost_by_redis: int = 0
    """Jobs that were acknowledged and lost, and pushed again; only with `everysec`."""
    folder: Path | None = None
    """Where logs and configurations are kept, if the run failed."""


async def play(
    seed: int, plan: Plan, settings: Settings, *, jobs: int, keep: bool = False
) -> Outcome:
    """Carries out the plan under the load of so many jobs, then checks everything."""
    outcome = Outcome(seed, jobs)
    folder = _short_folder()
    recipe = Recipe(seed, guilds_for(jobs), int(time.time()))
    work = await trio.to_thread.run_sync(work_on, recipe.world(), seed, jobs)
    try:
        async with open_stage(folder, recipe, settings) as stage:
            await _run(stage, plan, work, outcome)
    except BaseException:
        keep = True
        raise
    finally:
        if keep or outcome.violations:
            outcome.folder = folder
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _short_folder() -> Path:
    """One in which sockets have short paths, and which the account of root's PostgreSQL passes."""
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-chaos-", dir="/tmp"))
    folder.chmod(0o711)
    return folder


async def _run(stage: Stage, plan: Plan, work: Work, outcome: Outcome) -> None:
    watched = outcome.watched
    watched.zero_s = time.time() - trio.current_time()
    producer = Producer(stage)
    producer.take(work.tasks, faults=len(plan.faults))
    await _begin(stage)
    began = trio.current_time()
    async with trio.open_nursery() as watching:
        watching.start_soon(_keep_up, stage)
        async with trio.open_nursery() as pushing:
            pushing.start_soon(producer.run)
            await _carry_out(Hand(stage, watched, watching), plan.faults, producer.release)
        problem = await _all_done(stage)
        if not problem and stage.settings.fsync == "everysec":
            problem = await _mend(stage, producer, outcome)
        outcome.violations += [problem] if problem else []
        outcome.duration_s = trio.current_time() - began
        watching.cancel_scope.cancel()
    async with trio.open_nursery() as nursery:
        for worker in stage.workers:
            nursery.start_soon(stop_worker, worker, watched)
    (stage.folder / "logs" / "chaos.log").write_text(chronicle(watched, began))
    outcome.pushes_in_doubt = producer.in_doubt
    links = [link for worker in stage.workers for link in worker.links.values()]
    outcome.cuts, outcome.answers_lost = sum(x.cuts for x in links), sum(x.lost for x in links)
    outcome.server_kills = sum(server.kills for server in stage.servers.values())
    outcome.violations += await trio.to_thread.run_sync(
        check_all, stage, work, producer.acknowledged, watched
    )


async def _mend(stage: Stage, producer: Producer, outcome: Outcome) -> str | None:
    """Pushes again what a Redis that syncs once a second has lost, as its producers would.

    `guild` jobs as well: what they had added may be among it.
    """
    lost = await trio.to_thread.run_sync(lost_runs, stage, producer.acknowledged)
    outcome.lost_by_redis = len(lost)
    surveys = [task for task in producer.acknowledged.values() if task.job["type"] == "guild"]
    await producer.push([*producer.forget(lost), *surveys])
    return await _all_done(stage)


async def _begin(stage: Stage) -> None:
    """All workers at once on an empty database; one of them is killed as it migrates."""
    for worker in stage.workers:
        await stage.start_worker(worker)
    first = stage.workers[0]
    await trio.sleep(0.4)
    await first.kill()
    await stage.start_worker(first)
    with trio.fail_after(_READY_WITHIN_S):
        for worker in stage.workers:
            await _ready(worker)

    def keep_diary() -> None:
        with stage.database() as connection:
            connection.execute(DIARY)

    await trio.to_thread.run_sync(keep_diary)


async def _ready(worker: Worker) -> None:
    while worker.consumer is None:  # noqa: ASYNC110 - a log
        await trio.sleep(_LOOK_EVERY_S)


async def _keep_up(stage: Stage) -> None:
    while True:
        await stage.replace_ended()
        await trio.sleep(_LOOK_EVERY_S)


async def _carry_out(hand: Hand, faults: Sequence[Fault], release: Callable[[], None]) -> None:
    """All in time, each soon after new jobs.

    A kill that is timed waits until nothing else has been wrong for a lease, and what comes after
    it waits for it. A server that was killed takes as long to come back as it takes, so a plan can
    only say when something is to happen at the earliest.
    """
    began, late_s = trio.current_time(), 0.0
    lease_s = hand.stage.settings.lease_s
    waiting = list(faults)
    release()
    while waiting:
        async with trio.open_nursery() as nursery:
            while waiting and waiting[0].kind is not Kind.TIMED_KILL:
                fault = waiting.pop(0)
                await _soon_after_new_jobs(began + late_s + fault.at_s, release)
                nursery.start_soon(hand.carry_out, fault)
        if waiting:
            fault = waiting.pop(0)
            if len(waiting) + 1 < len(faults):
                await trio.sleep(lease_s + 0.5)
            await _soon_after_new_jobs(began + late_s + fault.at_s, release)
            # In hand of the victim, and no more than others have places for.
            await _room(hand.stage)
            await hand.carry_out(fault)
            late_s = max(late_s, trio.current_time() - began - fault.at_s)


async def _room(stage: Stage) -> None:
    """Waits, not for ever, until a worker that dies leaves others with places for its jobs."""
    with trio.move_on_after(_ROOM_WITHIN_S):
        while not await others_have_room(stage):  # noqa: ASYNC110 - in Redis
            await trio.sleep(_LOOK_EVERY_S)


async def _soon_after_new_jobs(at: float, release: Callable[[], None]) -> None:
    """So that workers have something in their hands."""
    await trio.sleep_until(at - _JOBS_BEFORE_S)
    release()
    await trio.sleep_until(at)


async def _all_done(stage: Stage) -> str | None:
    """Waits until nothing is left; says what is, if nothing has got on for long."""
    headway = Headway(trio.current_time())
    while True:
        entries, delayed = await insist(stage, _left)
        if not entries + delayed:
            return None
        done = await trio.to_thread.run_sync(_done, stage)
        if headway.look(trio.current_time(), entries + delayed, done) > STALLED_S:
            return (
                f"no job ended and no page was read for {STALLED_S:g} s, with {entries} entries "
                f"on the stream and {delayed} delayed"
            )
        await trio.sleep(_LOOK_EVERY_S)


def _left(client: redis.Redis) -> tuple[int, int]:
    return int(client.xlen(STREAM)), int(client.zcard(f"{{{STREAM}}}:delayed"))


def _done(stage: Stage) -> Done | None:
    """None while PostgreSQL does not tell."""
    try:
        with stage.database() as connection:
            row = connection.execute(
                "select count(ended_at), coalesce(sum(pages), 0) from clipsaver.runs"
            ).fetchone()
    except psycopg.OperationalError:
        return None
    return Done(*map(int, row)) if row else None
