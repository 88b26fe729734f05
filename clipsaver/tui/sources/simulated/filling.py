"""The entries that a made-up fleet begins with, in every place that there is."""

from __future__ import annotations

import msgspec

from clipsaver.queue.operating.sketch import sketch
from clipsaver.queue.progress import Obstacle
from clipsaver.tui.sources.simulated.cast import DEAD_WORKERS, STRANGE, UNKNOWN_CHANNEL, Channel
from clipsaver.tui.sources.simulated.state import RULES, Hand, Run, Spot
from clipsaver.tui.sources.simulated.upkeep import Upkeep
from clipsaver.tui.sources.simulated.working import MESSAGES, Working
from clipsaver.tui.sources.simulated.world import World

_KINDS = (
    *("batch", "batch", "batch", "thumbnail_retry", "purge_channel", "batch"),
    *("rescan", "batch", "guild", "batch", "batch", "batch"),
)
_SHARES = (0.62, 0.18, 0.97, 0.4, 0.0, 0.33, 0.08, 0.51, 0.74, 0.86, 0.27, 0.05)
_PURGE, _DELETED = 4, 7
_ORPHANED = 3
_OBSTACLES = (
    # Failed attempts, seconds until it is due, and what it waits for, or none where it failed.
    (2, 12.0, ""),
    (RULES.max_attempts - 1, 40.0, ""),
    (4, 95.0, ""),
    (0, 3.0, "channel_busy"),
    (0, 200.0, "rate_limited"),
    (0, 17.0, "channel_busy"),
)


def scans_of(rows: int) -> int:
    """Scans that each of three workers has room for."""
    return max(4, rows // 10)


def fill(working: Working, upkeep: Upkeep, rows: int) -> None:
    """So many runs: the oldest first, as their entries were pushed."""
    world = working.world
    held, delayed, unread = 3 * scans_of(rows), max(6, rows // 12), max(3, rows // 20)
    # What is put off waits for a channel that is held; the others have channels of their own.
    channels = iter((*world.channels[:delayed], *world.channels[held:]))
    for number in range(delayed):
        _delay(working, _push(upkeep, next(channels), 2000 - number, "batch"), number)
    for number in range(_ORPHANED):
        channel = world.channels[-1 - number]
        _orphan(world, _push(upkeep, channel, 900 - 11 * number, "batch"), number)
    alive = [hand for hand in world.hands.values() if not hand.is_dead]
    for number in range(held):
        kind = _KINDS[number % len(_KINDS)]
        run = _push(upkeep, world.channels[number], 880 - 7 * number * 12 / held, kind)
        _hold(world, run, alive[number % len(alive)], number)
    waiting = rows - held - delayed - unread - _ORPHANED
    for number in range(waiting):
        run = _push(upkeep, next(channels), 90 - 80 * number / waiting, "batch")
        run.spot = Spot.LINE
        world.line.append(run.run_id)
    for number in range(unread):
        channel = UNKNOWN_CHANNEL if number == 0 else next(channels)
        _push(upkeep, channel, 6 - 5 * number / unread, "batch")


def set_going(working: Working) -> None:
    """From now on they get on by themselves."""
    world = working.world
    for number, run in enumerate(world.at(Spot.HELD)):
        run.mark_ms = world.now_ms
        if world.hands[run.holder].is_dead:
            continue
        working.go(run)
        if run.sketch.type == "purge_channel" and number < len(_KINDS):
            working.hold_up(run, "bucket", f"{MESSAGES} {run.sketch.channel_id}", 3.2)
    for run in world.at(Spot.DELAYED):
        working.plan_due(run)
    for run in world.at(Spot.UNREAD):
        working.plan_read(run)


def make_strange(world: World) -> None:
    """What a producer or another version may have written."""
    for number, run in enumerate(world.runs.values()):
        words = STRANGE[number % len(STRANGE)]
        run.reason = run.reason and words
        run.error = run.error and f"{words}: {words}"
        job = msgspec.json.decode(run.job)
        job["job_id"] = words
        if run.spot in (Spot.LINE, Spot.UNREAD):
            job |= {"type": words, "guild_id": words, "channel_id": words}
        run.job = msgspec.json.encode(job) if number % 9 else b"\xff{not JSON \x1b[2J"
        if run.spot is not Spot.HELD:
            run.sketch = sketch(run.job)
        if run.obstacle is not None:
            old = run.obstacle
            run.obstacle = Obstacle(words, words, old.since_ms, old.until_ms)


def _push(upkeep: Upkeep, channel: Channel, ago_s: float, kind: str) -> Run:
    world = upkeep.world
    world.now_ms = world.began_ms - round(ago_s * 1000) - world.rng.randrange(400)
    return upkeep.push_new(channel, kind)


def _hold(world: World, run: Run, hand: Hand, number: int) -> None:
    run.spot, run.holder, run.was_taken, run.deliveries = Spot.HELD, hand.name, True, 1
    run.pages = run.pages_at_take = _SHARES[number % len(_SHARES)] * run.to_read
    run.since_ms = world.now_ms + 20_000
    run.has_body = number != _DELETED


def _orphan(world: World, run: Run, number: int) -> None:
    """Of a worker that is gone: one to be taken over now, one soon, one to be buried then."""
    name, _, _ = DEAD_WORKERS[0 if number == 0 else 1]
    run.spot, run.holder, run.was_taken = Spot.HELD, name, True
    run.deliveries = RULES.max_deliveries if number == 2 else 2
    run.pages = run.pages_at_take = 0.3 * run.to_read
    run.since_ms = world.now_ms + 20_000


def _delay(working: Working, run: Run, number: int) -> None:
    attempts, due_s, obstacle = _OBSTACLES[number % len(_OBSTACLES)]
    began_ms = working.world.began_ms
    run.spot, run.was_taken, run.attempts = Spot.DELAYED, True, attempts
    run.due_ms = began_ms + round((due_s + number // len(_OBSTACLES) * 7) * 1000)
    run.has_failed = not obstacle
    run.since_ms = began_ms - 30_000
    if obstacle:
        run.waits, run.reason = 1 + number % 3, obstacle
        run.obstacle = Obstacle(obstacle, "", run.since_ms)
    else:
        run.reason, run.hosts = "discord_unavailable", ("host-a", "host-b")
        run.error = "Discord could not answer in 5 attempts (HTTP 502)"
    run.pages = 0.1 * number % 1 * run.to_read
