"""What a wish over a made-up fleet means, and what it would do."""

from __future__ import annotations

from dataclasses import dataclass, field

from clipsaver.errors import BadJob
from clipsaver.jobs import channel_of
from clipsaver.tui.sources import facts
from clipsaver.tui.sources.new_job import job_of
from clipsaver.tui.sources.simulated.bodies import newest_first
from clipsaver.tui.sources.simulated.clips import Clip
from clipsaver.tui.sources.simulated.entries import entry_of, key_of
from clipsaver.tui.sources.simulated.letters import Letter
from clipsaver.tui.sources.simulated.members import workers
from clipsaver.tui.sources.simulated.source import no_database, no_redis
from clipsaver.tui.sources.simulated.state import Hand, Run, Spot
from clipsaver.tui.sources.simulated.world import World
from clipsaver.tui.sources.wishes import Deed, Preview, Wish

OF_LETTERS = frozenset({Deed.RETRY, Deed.DROP_LETTER})
OF_WORKERS = frozenset({Deed.PAUSE, Deed.RESUME, Deed.DRAIN})
_IN_DATABASE = frozenset({Deed.CANCEL, Deed.BURY, Deed.DROP_ENTRY, Deed.REMAKE})


@dataclass(slots=True)
class Found:
    """The things that are meant; of each wish but one list is used."""

    runs: list[Run] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    hands: list[Hand] = field(default_factory=list)
    clips: list[Clip] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Keys that are nobody's any more."""

    @property
    def count(self) -> int:
        return len(self.runs) + len(self.letters) + len(self.hands) + len(self.clips)


def check_reach(world: World, wish: Wish) -> None:
    """Raises RedisUnavailable or DatabaseUnavailable where the deed needs what is away."""
    if "redis" in world.away and wish.deed is not Deed.REMAKE:
        raise no_redis()
    if "database" in world.away and wish.deed in _IN_DATABASE and "undo" not in wish.options:
        raise no_database()


def find(world: World, wish: Wish) -> Found:
    """What the keys of the wish name, each once and in their order."""
    found = Found()
    for key in dict.fromkeys(wish.keys):
        before = found.count
        if wish.deed in OF_LETTERS:
            found.letters += _letters(world, key)
        elif wish.deed in OF_WORKERS:
            found.hands += [one for one in _alive(world) if one.name == key]
        elif wish.deed is Deed.REMAKE:
            found.clips += [one for one in world.clips if one.stored.clip_id == key]
        elif wish.deed is Deed.RELEASE_WORKER:
            found.runs += world.held_by(key)
        else:
            found.runs += _runs(world, wish, key)
        if found.count == before:
            found.missing.append(key)
    return found


def preview(world: World, wish: Wish) -> Preview:
    """What would be done. Raises what `check_reach` raises."""
    check_reach(world, wish)
    found = find(world, wish)
    if wish.deed is Deed.NEW_JOB:
        return _of_new_job(world, wish)
    if wish.deed in OF_LETTERS:
        letters = [one.letter for one in found.letters]
        old = {one.letter.letter_id for one in found.letters if one.is_superseded}
        return facts.of_letters(wish, letters, old, found.missing)
    if wish.deed in OF_WORKERS:
        meant = {one.name for one in found.hands}
        records = [one for one in workers(world) if one.name in meant]
        others = sum(one.name not in meant for one in world.workers_that_take())
        return facts.of_workers(wish, records, others, found.missing)
    if wish.deed is Deed.REMAKE:
        rows = [one.row_at(world.now_ms) for one in found.clips]
        return facts.of_clips(wish, rows, found.missing)
    return facts.of_entries(wish, [entry_of(world, run) for run in found.runs], found.missing)


def _of_new_job(world: World, wish: Wish) -> Preview:
    try:
        channel_id = channel_of(job_of(wish.options))
    except BadJob:
        channel_id = None  # the preview says what is wrong
    known = next((one for one in world.channels if one.channel_id == channel_id), None)
    ahead = sum(run.spot in (Spot.LINE, Spot.UNREAD) for run in world.runs.values())
    return facts.of_new_job(
        wish,
        where=f"{known.guild} #{known.name}" if known else "",
        messages=known.messages if known else None,
        ahead=ahead,
    )


def _runs(world: World, wish: Wish, key: str) -> list[Run]:
    if "undo" in wish.options:  # the keys are those of letters; what is begun is not taken back
        retried = (one for one, old in world.retried.items() if old.letter.letter_id == key)
        runs = (world.runs.get(one) for one in retried)
        return [run for run in runs if run is not None and not run.was_taken]
    return [run for run in world.runs.values() if key in (run.run_id, key_of(run))]


def _letters(world: World, key: str) -> list[Letter]:
    """A letter by its id or run id, or all of a group."""
    return [
        one
        for one in newest_first(world.letters)
        if key in (one.letter.letter_id, one.letter.run_id, one.letter.group)
    ]


def _alive(world: World) -> list[Hand]:
    return [hand for hand in world.hands.values() if world.is_alive(hand)]
