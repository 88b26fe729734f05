"""What is said of runs: events, counts and failures."""

from __future__ import annotations

from clipsaver.queue.policy import Failure
from clipsaver.tui.sources.simulated.clips import clip_of
from clipsaver.tui.sources.simulated.state import Run
from clipsaver.tui.sources.simulated.world import World

_MOST_CLIPS = 2000


def tell_of(world: World, run: Run, event: str, detail: dict[str, object]) -> None:
    """The event of a run, with what workers say of the job; counted as its holder's outcome."""
    job = run.sketch
    about = {"type": job.type, "guild_id": job.guild_id, "channel_id": job.channel_id}
    counts = {
        "pages": int(run.pages),
        "messages": int(run.pages * run.per_page),
        "clips": int(run.pages * run.per_page * run.density),
    }
    known = {name: value for name, value in {**about, **counts}.items() if value}
    world.tell(event, run.run_id, run.holder, {**known, **detail})
    if hand := world.hands.get(run.holder):
        hand.total.outcomes[event] += 1
        world.tally(hand).outcomes[event] += 1


def note_failure(world: World, run: Run, failure: Failure) -> None:
    """Why it failed and where, as the entry carries it from now on."""
    run.reason, run.error = failure.cause or failure.reason, failure.error
    if hand := world.hands.get(run.holder):
        run.hosts = (*(one for one in run.hosts if one != hand.host), hand.host)[-8:]
        hand.total.failures += 1
        world.tally(hand).failures += 1


def add_posted(world: World, run: Run) -> None:
    """The clip of a live job is there to be looked at."""
    channel = next(
        (one for one in world.channels if str(one.channel_id) == run.sketch.channel_id), None
    )
    if channel is not None:
        world.clips.insert(0, clip_of(channel, world.now_ms, run.first_ms, world.rng))
        del world.clips[_MOST_CLIPS:]


def stage_of(run: Run) -> str:
    """What its last delivery came to."""
    if not run.was_taken:
        return "begin"
    return {"guild": "list", "thumbnail_retry": "thumbnails"}.get(run.sketch.type, "scan")
