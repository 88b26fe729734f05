"""What goes on by itself in a made-up fleet: heartbeats, renewals, takeovers, minutes, new jobs."""

from __future__ import annotations

from functools import partial

import msgspec

from clipsaver.errors import BadJob
from clipsaver.jobs import decode
from clipsaver.queue.operating.sketch import sketch
from clipsaver.queue.operating.workers import WorkerState
from clipsaver.snowflake import MAX_ID
from clipsaver.tui.sources.simulated.cast import Channel
from clipsaver.tui.sources.simulated.log_lines import log_line
from clipsaver.tui.sources.simulated.slots import LIVE, THUMBNAILS
from clipsaver.tui.sources.simulated.state import RULES, Hand, Run, Spot
from clipsaver.tui.sources.simulated.working import Working
from clipsaver.tui.sources.simulated.world import World, run_id_of

_BEAT_S = 5.0
_RENEW_S = RULES.lease_ms / 3000
_LATE = 0.06
"""How likely a renewal is to be missed, as by a loop that was busy."""


class Upkeep:
    """Each duty plans its next turn; all of them begin with `begin`."""

    def __init__(self, world: World, working: Working) -> None:
        self.world = world
        self.working = working

    def begin(self) -> None:
        """The duties of the whole; those of a worker begin with `serve`."""
        world = self.world
        # A moment before it turns: what was read by then is still that minute's.
        world.later(59.999 - world.now_ms / 1000 % 60, self._turn_minute)
        world.later(2.5, self._sweep)
        world.later(1.0, self._refill)
        world.later(8.0, self._post)
        world.later(5.0, self._log)

    def serve(self, hand: Hand) -> None:
        """A worker beats and renews from now on, in the rhythm of its last times."""
        life = hand.life
        since_s = (self.world.now_ms - hand.seen_ms) / 1000
        self.world.later(max(0.0, _BEAT_S - since_s), partial(self._beat, hand, life))
        since_s = (self.world.now_ms - hand.renewed_ms) / 1000
        # Who is late already comes soon.
        delay_s = _RENEW_S - since_s if since_s < _RENEW_S else 3.0
        self.world.later(delay_s, partial(self._renew, hand, life))

    def _beat(self, hand: Hand, life: int) -> None:
        if hand.life != life or hand.is_dead:
            return
        if "redis" not in self.world.away:
            hand.seen_ms = self.world.now_ms
            if hand.state is WorkerState.DRAINING and not self.world.held_by(hand.name):
                self.leave(hand)
                return
        hand.memory_mb = min(210.0, max(120.0, hand.memory_mb + self.world.rng.uniform(-3, 3)))
        self.world.later(_BEAT_S, partial(self._beat, hand, life))

    def leave(self, hand: Hand) -> None:
        """It has done what it had, and ends."""
        hand.is_dead, hand.life, hand.seen_ms = True, hand.life + 1, 0
        self.world.tell("worker_stopped", worker=hand.name)

    def _renew(self, hand: Hand, life: int) -> None:
        if hand.life != life or hand.is_dead:
            return
        delay_s = _RENEW_S
        if "redis" in self.world.away:
            delay_s = 1.0
        elif self.world.rng.random() < _LATE:
            delay_s = 0.8 * _RENEW_S
        else:
            hand.renewed_ms = self.world.now_ms
        self.world.later(delay_s, partial(self._renew, hand, life))

    def _sweep(self) -> None:
        """Whose lease ran out waits in line again."""
        world = self.world
        world.later(5.0, self._sweep)
        takers = [hand.name for hand in world.hands.values() if not hand.is_dead]
        if not takers or "redis" in world.away or world.now_ms < world.quiet_until_ms:
            return
        for run in world.at(Spot.HELD):
            silent_ms = world.idle_ms(run)
            if silent_ms < RULES.lease_ms:
                continue
            holder = run.holder
            detail = {
                "by": takers[0],
                "deliveries": run.deliveries,
                "silent_ms": silent_ms,
            }
            self.working.stop(run)
            if run.has_body:
                self.working.free(run)
                world.tell("reclaimed", run.run_id, holder, detail)
            else:
                self.working.forget(run)
        self.working.dispatch()

    def _turn_minute(self) -> None:
        world = self.world
        world.later(60.0, self._turn_minute)
        for run in world.at(Spot.HELD):
            self.working.settle(run)
        world.depths[world.now_ms // 60_000] = len(world.runs)
        world.forget_old()

    def _refill(self) -> None:
        """Producers push another job where some have ended."""
        world = self.world
        world.later(world.rng.uniform(2.0, 5.0), self._refill)
        if "redis" not in world.away and len(world.runs) < world.size:
            few = world.rng.random() < 0.8
            limit = 1000 * world.rng.randint(2, 50) if few else None
            self.working.plan_read(self.push_new(self._idle_channel(), limit=limit))

    def _idle_channel(self) -> Channel:
        """Mostly one that no other run is about; else they wait for each other."""
        taken = {run.sketch.channel_id for run in self.world.runs.values()}
        idle = [one for one in self.world.channels if str(one.channel_id) not in taken]
        is_busy = not idle or self.world.rng.random() < 0.1
        return self.world.rng.choice(self.world.channels if is_busy else idle)

    def _post(self) -> None:
        """Somebody posts a clip: a live job, which is done within moments."""
        world = self.world
        world.later(world.rng.uniform(9.0, 25.0), self._post)
        if world.size and "redis" not in world.away and world.workers_that_take():
            self.working.plan_read(self.push_new(world.rng.choice(world.channels), LIVE))

    def _log(self) -> None:
        """A worker has something to say."""
        world = self.world
        world.later(world.rng.uniform(6.0, 20.0), self._log)
        alive = [name for name, hand in world.hands.items() if not hand.is_dead]
        if "redis" in world.away or not alive:
            return
        name = world.rng.choice(alive)
        run = world.rng.choice(world.held_by(name) or [None])
        detail = log_line(world.rng, world.now_ms, run)
        about = run.run_id if run and "attempt" in detail else ""
        world.tell("log", about, name, detail)

    def push_new(self, channel: Channel, kind: str = "batch", **fields: object) -> Run:
        """A new job on the stream, not read yet."""
        ids = {"guild_id": str(channel.guild_id)}
        if kind != "guild":
            ids["channel_id"] = str(channel.channel_id)
        own: dict[str, object] = {}
        match kind:
            case "message":
                own = {"message_ids": [str(self.world.now_ms << 22)]}
            case "thumbnail_retry":
                own = {"clip_ids": [f"{channel.channel_id}-{number}" for number in range(20)]}
            case "batch":
                own = {"limit": None}
        return self.push_job(msgspec.json.encode({"type": kind, **ids, **own, **fields}), channel)

    def push_job(self, job: bytes, channel: Channel | None) -> Run:
        """The same of a job as it is written; a channel that nobody knows has some pages."""
        world = self.world
        entry_id = world.new_id()
        said = sketch(job)
        per_page = world.rng.uniform(96.5, 99.5)
        limit = limit_of(job)
        pages = min(channel.messages if channel else 20_000, limit or MAX_ID) / per_page
        if said.type == THUMBNAILS:
            per_page, pages = 1.0, 20.0
        elif said.type not in ("batch", "rescan"):
            pages = 1.0 if said.type == LIVE else world.rng.uniform(8.0, 60.0)
        run = Run(
            run_id=run_id_of(entry_id),
            first_ms=world.now_ms,
            entry_id=entry_id,
            job=job,
            sketch=said,
            per_page=per_page,
            to_read=pages,
            density=world.rng.uniform(0.0002, 0.0008),
            spot=Spot.UNREAD,
            since_ms=world.now_ms,
        )
        world.runs[run.run_id] = run
        return run


def limit_of(job: bytes) -> int | None:
    """Messages that a batch job may read; None = all, or it is another job, or none at all."""
    try:
        return getattr(decode(job), "limit", None)
    except BadJob:
        return None
