"""How a made-up fleet begins."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from clipsaver import __version__
from clipsaver.queue import policy
from clipsaver.queue.operating.workers import WorkerState
from clipsaver.queue.progress import Obstacle
from clipsaver.tui.sources.simulated import filling, past
from clipsaver.tui.sources.simulated.cast import (
    DEAD_WORKERS,
    STRANGE,
    WORKERS,
    channels,
    strange_channels,
)
from clipsaver.tui.sources.simulated.clips import clips_of_past
from clipsaver.tui.sources.simulated.faults import Faults
from clipsaver.tui.sources.simulated.history import write_history
from clipsaver.tui.sources.simulated.state import Hand, Spot
from clipsaver.tui.sources.simulated.upkeep import Upkeep
from clipsaver.tui.sources.simulated.working import TOKEN_WAIT_S, Working
from clipsaver.tui.sources.simulated.world import World

FEWEST_ROWS = 31
_LATER_VERSION = "9.0.0"


class Scene(enum.StrEnum):
    """What there is to see."""

    DEMO = "demo"
    """Busy, with one fault after the other."""
    BUSY = "busy"
    EMPTY = "empty"
    """No jobs, and workers that wait for some."""
    STRANGE = "strange"
    """Busy, with names and texts that are a trial to a screen."""
    REDIS_AWAY = "redis_away"
    DATABASE_AWAY = "database_away"
    NO_WORKER = "no_worker"
    """All are gone, and their leases have run out."""
    TOKEN_REJECTED = "token_rejected"  # noqa: S105 -- what has happened to one
    VERSIONS_DIFFER = "versions_differ"
    """Workers are of another version, and tell what this one does not know."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A world with all that changes it."""

    world: World
    working: Working
    upkeep: Upkeep
    faults: Faults


def begin(scene: Scene, seed: int, began_ms: int, rows: int = FEWEST_ROWS) -> Begun:
    """The world of the scene, with about so many rows of pending entries; at least 31."""
    rows = max(rows, FEWEST_ROWS)
    count = rows + 20
    known = strange_channels(count) if scene is Scene.STRANGE else channels(count)
    world = World(seed, began_ms, known)
    working = Working(world)
    upkeep = Upkeep(world, working)
    begun = Begun(world, working, upkeep, Faults(world, working, upkeep))
    _hire(world, slots=filling.scans_of(rows) + 1, is_strange=scene is Scene.STRANGE)
    if scene is not Scene.EMPTY:
        _lose_two(world)
        _live(begun, scene, rows)
        world.clips = clips_of_past(
            world.channels, began_ms, seed, max(120, rows), is_strange=scene is Scene.STRANGE
        )
        world.clips_found = 184_211.0
    world.now_ms = began_ms
    upkeep.begin()
    for hand in world.hands.values():
        if not hand.is_dead:
            upkeep.serve(hand)
    if (spoil := _SPOILED.get(scene)) is not None:
        spoil(begun)
    return begun


def _live(begun: Begun, scene: Scene, rows: int) -> None:
    """All that is there in a scene that is not empty."""
    world = begun.world
    world.size = rows
    is_plain = rows == FEWEST_ROWS and scene is not Scene.DEMO
    past.write_letters(world, 4 if is_plain else max(14, rows), causes=4 if is_plain else 6)
    past.write_events(world, max(60, rows))
    past.write_audit(world)
    if scene is Scene.STRANGE:
        past.write_strange_letters(world)
    filling.fill(begun.working, begun.upkeep, rows)
    world.now_ms = world.began_ms
    write_history(world, [hand for hand in world.hands.values() if not hand.is_dead])
    filling.set_going(begun.working)
    if scene is Scene.STRANGE:
        filling.make_strange(world)


def _hire(world: World, *, slots: int, is_strange: bool) -> None:
    """Three workers, one of which is late, and two that are gone."""
    now, names = world.began_ms, iter(STRANGE[1:])
    for number, (name, host, pid) in enumerate(WORKERS):
        hand = Hand(
            next(names) if is_strange else name,
            host,
            pid,
            slots,
            started_ms=now - 11_520_000 + 3_000_000 * number,
            seen_ms=now - (1_400, 9_000, 3_100)[number],
            renewed_ms=now - (3_100, 17_000, 6_400)[number],
            version=__version__,
        )
        world.hands[hand.name], world.now_ms = hand, hand.started_ms
        world.tell("worker_started", worker=hand.name, detail={"host": host, "pid": str(pid)})


def _lose_two(world: World) -> None:
    now = world.began_ms
    for (name, host, pid), silent_ms, idle_ms in zip(
        DEAD_WORKERS, (44_000, 21_000), (31_500, 17_800), strict=True
    ):
        world.hands[name] = Hand(
            name,
            host,
            pid,
            slots=5,
            started_ms=now - 9_000_000,
            seen_ms=now - silent_ms,
            renewed_ms=now - idle_ms,
            version=__version__,
            is_dead=True,
        )


def _without_server(begun: Begun, *, what: str, for_s: float) -> None:
    begun.faults.goes_away(what)
    begun.world.away[what] -= round(for_s * 1000)
    for run in begun.world.at(Spot.HELD):
        run.obstacle = Obstacle(what, "", begun.world.away[what])


def _without_worker(begun: Begun) -> None:
    world = begun.world
    for hand in world.hands.values():
        begun.faults.dies(hand.name)
        hand.seen_ms, hand.renewed_ms = world.now_ms - 62_000, world.now_ms - 58_000
    for run in world.at(Spot.HELD):
        run.since_ms = min(run.since_ms, world.now_ms - 60_000)


def _without_token(begun: Begun) -> None:
    world = begun.world
    world.away["token"] = world.now_ms - 40_000
    for run in world.at(Spot.HELD):
        if not world.hands[run.holder].is_dead:
            begun.working.stop(run)
            wait_s = TOKEN_WAIT_S * world.rng.uniform(1.0, 1.1) - 40
            begun.working.put_off(run, policy.Wait(wait_s, "token_rejected"))


def _of_another_version(begun: Begun) -> None:
    hands = [hand for hand in begun.world.hands.values() if not hand.is_dead]
    for hand in hands[1:]:
        hand.version = _LATER_VERSION
    hands[-1].state, hands[-1].is_silent = WorkerState.UNKNOWN, True
    _tell_the_unknown(begun)


def _tell_the_unknown(begun: Begun) -> None:
    """Events that only a later version knows."""
    world = begun.world
    held = [run for run in world.at(Spot.HELD) if world.hands[run.holder].version == _LATER_VERSION]
    run = world.rng.choice(held or [None])
    detail = {"fold": {"depth": 3, "kept": [1, 2]}, "mood": None, "since": "yesterday"}
    name = world.rng.choice(("page_folded", "lease_lent", "worker_dreams"))
    world.tell(name, run.run_id if run else "", run.holder if run else "", detail)
    world.later(7.0, partial(_tell_the_unknown, begun))


_SPOILED: Mapping[Scene, Callable[[Begun], None]] = {
    Scene.DEMO: lambda begun: begun.faults.follow_script(),
    Scene.REDIS_AWAY: partial(_without_server, what="redis", for_s=14.0),
    Scene.DATABASE_AWAY: partial(_without_server, what="database", for_s=23.0),
    Scene.NO_WORKER: _without_worker,
    Scene.TOKEN_REJECTED: _without_token,
    Scene.VERSIONS_DIFFER: _of_another_version,
}
