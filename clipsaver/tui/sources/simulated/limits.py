"""Discord's limits as a made-up fleet meets them."""

from __future__ import annotations

from math import ceil

from clipsaver.discord_rest.limits.permits import Turn, Why
from clipsaver.discord_rest.limits.view import (
    Bucket,
    Invalid,
    LearntView,
    LimitsView,
    Refused,
    Waiter,
)
from clipsaver.tui.sources.seen import STRIP_PARTS
from clipsaver.tui.sources.simulated.slots import LIVE
from clipsaver.tui.sources.simulated.state import Run, Spot
from clipsaver.tui.sources.simulated.working import MESSAGES, TOKEN_WAIT_S
from clipsaver.tui.sources.simulated.world import World

ALLOWANCE = 50.0
_LIMIT, _WINDOW_S = 5, 1.0
_REFRESH = "POST /attachments/refresh-urls"
_OF_LIMITS = frozenset({Why.BUCKET.value, Why.ASKED.value, Why.PACE.value, Why.CHANNEL.value})


def requests_per_s(world: World) -> int:
    """Sent in the last second, by all workers."""
    rates = sum(run.rate for run in world.runs.values() if run.spot is Spot.HELD)
    wobble = (world.now_ms // 1000 * 7919 + world.seed) % 5 - 2
    return max(0, min(int(ALLOWANCE), round(rates) + (wobble if rates else 0)))


def waiters(world: World) -> list[Waiter]:
    """Requests that wait for a limit: who goes first comes first."""
    found = []
    for run in world.runs.values():
        it = run.obstacle
        if run.spot is not Spot.HELD or it is None or it.name not in _OF_LIMITS:
            continue
        until_ms = it.until_ms or world.now_ms
        found.append(
            Waiter(
                worker=run.holder,
                request=f"GET /channels/{run.sketch.channel_id}/messages?limit=100",
                turn=Turn.LIVE if run.sketch.type == LIVE else Turn.BACKFILL,
                for_s=(world.now_ms - (it.since_ms or world.now_ms)) / 1000,
                left_s=max(0.0, (until_ms - world.now_ms) / 1000),
                why=Why(it.name),
            )
        )
    return sorted(found, key=lambda one: (one.turn, -one.for_s))


def view(world: World) -> LimitsView:
    """All of it, as of now."""
    rejected_ms = world.away.get("token")
    held_for_s = -1.0 if rejected_ms is None else (world.now_ms - rejected_ms) / 1000
    waiting = waiters(world)
    reading = [run for run in world.at(Spot.HELD) if run.sketch.channel_id]
    buckets = [_bucket(world, run) for run in reading]
    used = world.now_ms // 1000 % 3
    if world.runs:
        buckets.append(Bucket([_REFRESH], "", used, 50, 1.0, is_learnt=False, free_in_s=0.0,
                              why=Why.BUCKET, strip=[used] * STRIP_PARTS))  # fmt: skip
    return LimitsView(
        known=True,
        rate=ALLOWANCE,
        sent=requests_per_s(world),
        on_their_way=sum(run.rate > 0 for run in reading),
        buckets=sorted(buckets, key=lambda one: (-one.free_in_s, -one.used / one.limit, one.major)),
        learnt=_learnt(world) if world.runs else [],
        waiting=waiting,
        invalid=[Invalid("host-a", 3, 0.0), Invalid("host-b", 1, 0.0)] if world.runs else [],
        held_for_s=held_for_s,
        trial_in_s=0.0 if held_for_s < 0 else TOKEN_WAIT_S - held_for_s % TOKEN_WAIT_S,
        closed_for_s=0.0,
        closed_why="",
    )


def _bucket(world: World, run: Run) -> Bucket:
    it = run.obstacle
    is_empty = it is not None and it.name in (Why.BUCKET, Why.ASKED)
    free_in_s = max(0.0, ((it.until_ms or 0) - world.now_ms) / 1000) if it and is_empty else 0.0
    moving = min(_LIMIT - 1, round(run.rate * _WINDOW_S + world.now_ms // 500 % 3 / 2))
    is_learnt = (world.seed + len(run.run_id) + run.first_ms) % 7 == 0
    return Bucket(
        routes=[MESSAGES, "GET /channels/{channel.id}/messages/{message.id}"],
        major=run.sketch.channel_id or "",
        used=_LIMIT if free_in_s else (moving if run.rate else 0),
        limit=_LIMIT,
        window_s=_WINDOW_S,
        is_learnt=is_learnt,
        free_in_s=free_in_s,
        why=Why(it.name) if it and is_empty else Why.BUCKET,
        refused=_refused(world, run),
        strip=_strip(world, run, moving),
    )


def _refused(world: World, run: Run) -> Refused | None:
    """Where Discord has asked for a wait, and now and then where a window was shared."""
    it = run.obstacle
    if it is not None and it.name == Why.ASKED and it.since_ms is not None:
        asked_s = max(0.0, ((it.until_ms or world.now_ms) - it.since_ms) / 1000)
        return Refused("user", (world.now_ms - it.since_ms) / 1000, asked_s, float(ceil(asked_s)))
    ago_s = (world.now_ms - run.first_ms) / 1000
    if run.first_ms % 5 == 0 and ago_s < 3600:
        return Refused("shared", ago_s / 2, 4.2, 3.0)
    return None


def _strip(world: World, run: Run, moving: int) -> list[int]:
    """Since it was taken so many in each part; before, nothing."""
    part_ms = 60_000 // STRIP_PARTS
    taken = (world.now_ms - run.since_ms) // part_ms
    now = world.now_ms // part_ms
    return [
        max(0, 2 * moving - (now - ago) * 7919 % 3) if ago <= taken else 0
        for ago in range(STRIP_PARTS - 1, -1, -1)
    ]


def _learnt(world: World) -> list[LearntView]:
    left_s = 300.0 - world.now_ms / 1000 % 300
    return [
        LearntView("GET /guilds/{guild.id}/threads/active", 10, 10.0, left_s),
        LearntView(MESSAGES, _LIMIT, _WINDOW_S, left_s / 2),
    ]
