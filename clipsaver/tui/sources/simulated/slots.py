"""Who may take which entry next in a made-up fleet."""

from __future__ import annotations

from clipsaver.errors import BadJob
from clipsaver.jobs import EXCLUSIVE_TYPES, decode
from clipsaver.tui.sources.simulated.state import Hand, Run, Spot
from clipsaver.tui.sources.simulated.world import World

THUMBNAILS = "thumbnail_retry"
"""The type of jobs that are about clips: what is a page of others is one clip of them."""
LIVE = "message"
"""The type of jobs for which each worker keeps a slot."""


def emptiest(world: World, *, is_live: bool) -> Hand | None:
    """Who has the most free slots: of all, or that one of each which is for live jobs only."""
    taking = world.workers_that_take()
    room = {hand.name: 1 if is_live else hand.slots - 1 for hand in taking}
    for run in world.runs.values():
        if run.holder in room:
            room[run.holder] -= (run.sketch.type == LIVE) == is_live
    most = max(room.values(), default=0)
    return next((hand for hand in taking if room[hand.name] == most), None) if most > 0 else None


def live_in_line(world: World) -> Run | None:
    """The first live job that waits."""
    runs = (world.runs[one] for one in world.line)
    return next((run for run in runs if run.sketch.type == LIVE), None)


def holder_of_channel(world: World, run: Run) -> str | None:
    """The run that has its channel, if another has it."""
    channel_id = run.sketch.channel_id
    if run.sketch.type not in EXCLUSIVE_TYPES or channel_id is None:
        return None
    others = (one for one in world.runs.values() if one is not run and one.spot is Spot.HELD)
    held = (one for one in others if one.sketch.channel_id == channel_id)
    return next((one.run_id for one in held if one.sketch.type in EXCLUSIVE_TYPES), None)


def unreadable(run: Run) -> BadJob | None:
    """What is wrong with a job that is none of the contract; a body that is gone is found later."""
    try:
        decode(run.job)
    except BadJob as error:
        return error if run.has_body else None
    return None
