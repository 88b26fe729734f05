"""What a made-up fleet had been through before one looked: letters, ended runs, events, audit."""

from __future__ import annotations

import msgspec

from clipsaver.errors import (
    AccessDenied,
    BadJob,
    DataRejected,
    DiscordUnavailable,
    MissingHistoryPermission,
    NotFound,
)
from clipsaver.queue import policy
from clipsaver.queue.operating.audit import AuditEvent
from clipsaver.queue.operating.sketch import sketch
from clipsaver.tui.sources.simulated.cast import STRANGE, Channel
from clipsaver.tui.sources.simulated.letters import letter_of
from clipsaver.tui.sources.simulated.log_lines import log_line
from clipsaver.tui.sources.simulated.state import BACKOFF_S, RULES, Ended, Run, Spot
from clipsaver.tui.sources.simulated.world import World, run_id_of

_MANY = {"type": "message", "guild_id": "773017744128933919", "channel_id": "773017744682582047"}


def run_of_past(world: World, channel: Channel, ago_s: float, kind: str = "batch") -> Run:
    """A run that began so long ago and was held by some worker; it is on no list."""
    world.now_ms = world.began_ms - round(ago_s * 1000) - world.rng.randrange(900)
    entry_id = world.new_id()
    ids = {"guild_id": str(channel.guild_id), "channel_id": str(channel.channel_id)}
    job = msgspec.json.encode({"type": kind, **ids, "limit": 2000})
    was_there = [hand for hand in world.hands.values() if ago_s > 60 or not hand.is_dead]
    holder = world.rng.choice(was_there)
    return Run(
        run_id=run_id_of(entry_id),
        first_ms=world.now_ms,
        entry_id=entry_id,
        job=job,
        sketch=sketch(job),
        per_page=98.0,
        to_read=21.0,
        density=0.02,
        spot=Spot.HELD,
        since_ms=world.now_ms,
        holder=holder.name,
        hosts=(holder.host,),
        was_taken=True,
        deliveries=1,
        pages=world.rng.uniform(1.0, 21.0),
        mark_ms=world.now_ms,
    )


def _causes(channel: Channel) -> tuple[tuple[str, Exception, int], ...]:
    """Kind of job, what it died of, and the attempts before."""
    route = f"GET /channels/{channel.channel_id}/messages"
    return (
        (
            "batch",
            DiscordUnavailable("Discord could not answer in 5 attempts", route=route, status=502),
            RULES.max_attempts - 1,
        ),
        ("batch", NotFound("there is no such channel", route=route, status=404, code=10003), 0),
        (
            "rescan",
            MissingHistoryPermission("the channel can be seen but not its history", route=route),
            0,
        ),
        ("message", BadJob("$.message_ids[3]", "expected an id: a string of digits"), 0),
        ("batch", DataRejected("invalid byte sequence for encoding UTF8: 0x00"), 0),
        ("batch", AccessDenied("the bot may not see this channel", route=route, status=403), 0),
    )


def write_letters(world: World, count: int, *, causes: int) -> None:
    """So many dead letters of so many causes, the oldest two hours old."""
    ages = [7860 - 7500 * number / max(1, count - 1) for number in range(count)]
    for number, ago_s in enumerate(ages):
        channel = world.channels[(number * 4 + 3) % len(world.channels)]
        # The first cause has most of them.
        cause = number % causes if number % 2 or number < causes else 0
        kind, error, attempts = _causes(channel)[cause]
        run = run_of_past(world, channel, ago_s, kind)
        run.attempts = attempts
        if isinstance(error, BadJob):
            run.job = msgspec.json.encode(_MANY | {"message_ids": ["1", "2", "3", "four"]})
            run.sketch = sketch(run.job)
        outcome = policy.decide(
            error,
            attempts=attempts,
            max_attempts=RULES.max_attempts,
            backoff_s=BACKOFF_S,
            rng=world.rng,
        )
        assert isinstance(outcome, policy.Dead)
        run.doom = None if cause == 0 else error  # what was in the way of the first is gone by now
        letter_id = world.new_id()
        is_superseded = cause == 0 and number > 0
        world.letters[letter_id] = letter_of(
            run, outcome.failure, letter_id, stage="scan", is_superseded=is_superseded
        )


def write_strange_letters(world: World) -> None:
    """Letters with what people write into streams."""
    for number, text in enumerate(STRANGE):
        run = run_of_past(world, world.channels[number % len(world.channels)], 300 - number)
        words = text.encode("utf-8", "replace").decode()
        run.job = msgspec.json.encode(
            {"type": words[:40], "guild_id": words, "channel_id": words, "job_id": words}
        )
        if number == 0:
            run.job += b" " * 300_000  # only its beginning is kept
        run.sketch, run.hosts = sketch(run.job), (words[:30],)
        failure = policy.Failure(words[:60], f"{words}: {words * 3}", f"{number:012x}")
        letter_id = world.new_id()
        world.letters[letter_id] = letter_of(
            run, failure, letter_id, stage=words[:20], fields={b"from": words.encode()}
        )


def write_events(world: World, count: int) -> None:
    """The last quarter of an hour, and how the runs in it ended; then what operators did."""
    for number in range(count):
        ago_s = 900.0 * ((count - number) / count) ** 1.5  # the latest are moments old
        channel = world.rng.choice(world.channels)
        run = run_of_past(world, channel, ago_s)
        kind = world.rng.choices(("done", "slice", "retry", "log"), (10, 3, 2, 3))[0]
        about = {"type": run.sketch.type, "channel_id": run.sketch.channel_id}
        counts = {"pages": int(run.pages), "messages": int(run.pages * 98)}
        detail: dict[str, object] = {**about, **counts}
        if kind == "log":
            detail = log_line(world.rng, world.now_ms, run)
        elif kind == "retry":
            detail |= {
                "reason": "discord_unavailable",
                "error": "Discord could not answer in 5 attempts (HTTP 502)",
                "attempts": 1,
                "delay_s": 1.4,
            }
        elif kind == "done":
            state = "cancelled" if number % 11 == 7 else "done"
            world.ended.appendleft(Ended(run, state, world.now_ms, run.holder))
        world.tell(kind, run.run_id, run.holder, detail)


def write_audit(world: World) -> None:
    """What people did to it lately."""
    for ago_s, action, who, what, why, ids in (
        (5400, "thumbnails remake", "ines@ops-1", "--channel=1424914917202464798", "new sizes", 41),
        (1260, "workers drain", "alice@ops-1", "w-9", "kernel update", 1),
        (640, "dead drop", "ines@ops-1", "--reason=bad_job", "producer was mended", 12),
        (130, "dead retry", "alice@ops-1", "--all --type=batch", "Discord is well again", 3),
    ):
        at_ms = world.began_ms - ago_s * 1000
        event_id = f"{at_ms}-0"
        names = tuple(f"{at_ms - 1000 * number}-0" for number in range(1, min(ids, 4)))
        world.audit.append(AuditEvent(event_id, action, who, why, what, f"{ago_s:08x}", ids, names))
