"""Servers that are away, workers that die, a bucket that is empty."""

from __future__ import annotations

from clipsaver.errors import AccessDenied
from clipsaver.queue.operating.workers import WorkerState
from clipsaver.queue.progress import Obstacle
from clipsaver.tui.sources.simulated.cast import WORKERS
from clipsaver.tui.sources.simulated.state import RULES, Hand, Spot
from clipsaver.tui.sources.simulated.upkeep import Upkeep
from clipsaver.tui.sources.simulated.working import MESSAGES, Working
from clipsaver.tui.sources.simulated.world import World

_ROUND_S = 150.0
"""The script of the demo begins again after so long."""


class Faults:
    """What goes wrong, at once where nothing else is said; tests call it, and the demo's script."""

    def __init__(self, world: World, working: Working, upkeep: Upkeep) -> None:
        self.world = world
        self.working = working
        self.upkeep = upkeep

    def goes_away(self, what: str, for_s: float | None = None) -> None:
        """`redis` or `database` does not serve, for so long, or until `is_back`."""
        if what in self.world.away:
            return
        self.world.away[what] = self.world.now_ms
        for run in self.world.at(Spot.HELD):
            self.working.stop(run)
            run.obstacle = Obstacle(what, "", self.world.now_ms)
        if for_s is not None:
            self.world.later(for_s, lambda: self.is_back(what))

    def is_back(self, what: str) -> None:
        """It serves again; nobody's lease is taken over for a while, as in workers."""
        world = self.world
        if world.away.pop(what, None) is None or world.away:
            return
        if what == "redis":
            world.quiet_until_ms = world.now_ms + RULES.lease_ms
            for hand in world.hands.values():
                if not hand.is_dead:
                    hand.renewed_ms = hand.seen_ms = world.now_ms
        for run in world.at(Spot.HELD):
            hand = world.hands[run.holder]
            if not hand.is_dead:
                self.working.goes_on(run)
        self.working.dispatch()

    def dies(self, name: str) -> None:
        """A worker is killed: what it holds stands still until the leases have run out."""
        hand = self.world.hands[name]
        hand.is_dead, hand.life = True, hand.life + 1
        for run in self.world.held_by(name):
            self.working.stop(run)

    def stops(self, name: str, grace_s: float = 12.0) -> None:
        """A worker is told to end: it hands back what is not done in time."""
        hand, life = self.world.hands[name], self.world.hands[name].life
        if hand.is_dead:
            return
        hand.state = WorkerState.STOPPING
        hand.grace_until_ms = self.world.now_ms + round(grace_s * 1000)
        hand.seen_ms = self.world.now_ms
        self.world.later(grace_s, lambda: self._ends(hand, life))

    def _ends(self, hand: Hand, life: int) -> None:
        if hand.life != life:
            return
        for run in self.world.held_by(hand.name):
            self.working.stop(run)
            self.world.tell("handed_back", run.run_id, hand.name)
            self.working.free(run)
        self.upkeep.leave(hand)
        self.working.dispatch()

    def starts(self, name: str) -> None:
        """A worker of that name is started, with new counts."""
        world, old = self.world, self.world.hands[name]
        if not old.is_dead:
            return
        hand = Hand(
            name,
            old.host,
            old.pid + 7,
            old.slots,
            world.now_ms,
            world.now_ms,
            world.now_ms,
            old.version,
            life=old.life + 1,
        )
        world.hands[name] = hand
        world.tell("worker_started", worker=name, detail={"host": hand.host, "pid": str(hand.pid)})
        self.upkeep.serve(hand)
        self.working.dispatch()

    def empties_a_bucket(self, for_s: float = 6.0) -> None:
        """What reads the busiest channel, and one more, wait for a limit of Discord's."""
        running = [run for run in self.world.at(Spot.HELD) if run.rate and run.sketch.channel_id]
        for run in running[:2]:
            self.working.hold_up(run, "bucket", f"{MESSAGES} {run.sketch.channel_id}", for_s)

    def denies_a_channel(self) -> None:
        """The bot has lost its right to read a channel: a dead letter."""
        running = [run for run in self.world.at(Spot.HELD) if run.rate]
        if running:
            run = running[-1]
            self.working.stop(run)
            route = f"GET /channels/{run.sketch.channel_id}/messages"
            words = "the bot may not see this channel"
            run.doom = AccessDenied(words, route=route, status=403, code=50001)
            self.working.fail(run, run.doom)

    def follow_script(self) -> None:
        """One fault after the other, over and over."""
        name = WORKERS[-1][0]
        for at_s, fault in (
            (12.0, self.empties_a_bucket),
            (24.0, lambda: self.dies(name)),
            (64.0, self.denies_a_channel),
            (72.0, lambda: self.starts(name)),
            (86.0, lambda: self.goes_away("redis", 14.0)),
            (122.0, lambda: self.goes_away("database", 10.0)),
            (134.0, lambda: self.stops(name)),
            (148.0, lambda: self.starts(name)),
            (_ROUND_S, self.follow_script),
        ):
            self.world.later(at_s, fault)
