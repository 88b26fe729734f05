"""The hour before the start of a made-up fleet: what was done in each minute, and what was left."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Collection

from clipsaver.queue.series import Minute
from clipsaver.tui.sources.simulated.state import Hand, Run, Spot, Tally
from clipsaver.tui.sources.simulated.world import KEPT_MINUTES, World


def write_history(world: World, workers: Collection[Hand]) -> None:
    """Two hours of work, with a slow morning, a bad quarter of an hour and its retries."""
    now = world.now_ms // 60_000
    begun = world.now_ms / 1000 % 60 / 60
    names = [hand.name for hand in workers]
    for ago in range(KEPT_MINUTES, -1, -1):
        dice = random.Random(f"{world.seed}:{ago}")
        level = 0.62 + 0.33 * math.sin((KEPT_MINUTES - ago) / 9.5) * dice.uniform(0.8, 1.0)
        minute = {name: _of_a_minute(dice, level / len(names), ago) for name in names}
        if ago == 0:
            for tally in minute.values():
                _shorten(tally, begun)
        world.minutes[now - ago] = minute
        for hand in workers:
            hand.total.add(minute[hand.name])
        swing = 9.0 * math.sin(ago / 7.0) * min(1.0, ago / 8)
        world.depths[now - ago] = max(0, round(world.size - 0.9 * min(ago, 12) + swing))


def _of_a_minute(dice: random.Random, share: float, ago: int) -> Tally:
    pages = 44.0 * 60 * share * dice.uniform(0.85, 1.1)
    is_bad = 33 <= ago <= 38
    return Tally(
        Counter(
            done=dice.randint(2, 7),
            retry=dice.randint(2, 6) if is_bad else int(dice.random() < 0.2),
            slice=dice.randint(0, 3),
            wait=dice.randint(0, 2),
            dead=int(ago in (34, 36)),
        ),
        pages=pages,
        messages=pages * 98.0,
        clips=pages * dice.uniform(0.02, 0.07),
        refused=dice.randint(1, 3) if ago in (21, 52) else 0,
        failures=dice.randint(3, 8) if is_bad else 0,
        waits=dice.randint(4, 14),
        waited_s=dice.uniform(2.0, 30.0),
    )


def _shorten(tally: Tally, share: float) -> None:
    """As much of a minute as has passed."""
    tally.outcomes = Counter({name: int(n * share) for name, n in tally.outcomes.items()})
    tally.pages, tally.messages, tally.clips = (
        tally.pages * share,
        tally.messages * share,
        tally.clips * share,
    )
    tally.waited_s *= share


def minutes(world: World, count: int) -> tuple[Minute, ...]:
    """The last minutes, the running one last, with what was read since it was last written."""
    now = world.now_ms // 60_000
    wanted = range(now - count + 1, now + 1)
    found = [
        Minute(one * 60, {name: tally.done() for name, tally in world.minutes.get(one, {}).items()})
        for one in wanted
    ]
    running = {
        hand.name: _with_unwritten(world, hand, world.minutes.get(now, {}).get(hand.name))
        for hand in world.hands.values()
    }
    done = {name: tally.done() for name, tally in running.items()}
    found[-1] = Minute(now * 60, {name: one for name, one in done.items() if one.requests})
    return tuple(found)


def depths(world: World, count: int) -> tuple[int | None, ...]:
    """What was left at the end of each of these minutes, and now."""
    now = world.now_ms // 60_000
    known = [world.depths.get(one) for one in range(now - count + 1, now)]
    return (*known, len(world.runs))


def total_of(world: World, hand: Hand) -> Tally:
    """All that a worker did since its start."""
    return _with_unwritten(world, hand, hand.total)


def _with_unwritten(world: World, hand: Hand, written: Tally | None) -> Tally:
    tally = Tally()
    if written is not None:
        tally.add(written)
    for run in world.runs.values():
        if run.spot is Spot.HELD and run.holder == hand.name and run.rate:
            tally.read(_unwritten(run, world.now_ms), run)
    return tally


def _unwritten(run: Run, now_ms: int) -> float:
    return run.pages_at(now_ms) - run.pages
