"""What each deed of the operator changes in a made-up fleet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from clipsaver.jobs import encode
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.bury import epitaph
from clipsaver.queue.operating.dead_letters.letter import BURIED
from clipsaver.queue.operating.workers import WorkerState
from clipsaver.queue.policy import Failure
from clipsaver.tui.sources.new_job import job_of
from clipsaver.tui.sources.outcomes import took_back
from clipsaver.tui.sources.simulated.cast import OPERATOR
from clipsaver.tui.sources.simulated.finding import Found
from clipsaver.tui.sources.simulated.scenes import Begun
from clipsaver.tui.sources.simulated.state import Run, Spot
from clipsaver.tui.sources.wishes import Deed, Wish

_STATES = {
    Deed.PAUSE: WorkerState.PAUSED,
    Deed.RESUME: WorkerState.RUNNING,
    Deed.DRAIN: WorkerState.DRAINING,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, to how many things."""

    verb: str
    count: int
    tail: str = ""
    """Words behind the things."""
    undo: Wish | None = None
    words: str = ""
    """The whole sentence, where it is not the verb and so many of what the wish is about."""


class Deeds:
    """Each puts itself on record."""

    def __init__(self, begun: Begun) -> None:
        self._world = begun.world
        self._working = begun.working
        self._upkeep = begun.upkeep
        self._ways: Mapping[Deed, Callable[[Wish, Found], Outcome]] = {
            Deed.NEW_JOB: self._push,
            Deed.CANCEL: self._cancel,
            Deed.RELEASE: self._release,
            Deed.RELEASE_WORKER: self._release,
            Deed.BURY: self._bury,
            Deed.DROP_ENTRY: self._drop_entry,
            Deed.RETRY: self._retry,
            Deed.DROP_LETTER: self._drop_letter,
            Deed.PAUSE: self._order,
            Deed.RESUME: self._order,
            Deed.DRAIN: self._order,
            Deed.REMAKE: self._remake,
        }

    def do(self, wish: Wish, found: Found) -> Outcome:
        """Do it to what was found."""
        return self._ways[wish.deed](wish, found)

    def _push(self, wish: Wish, _: Found) -> Outcome:
        job = job_of(wish.options)
        named = getattr(job, "channel_id", None)
        channel = next((one for one in self._world.channels if str(one.channel_id) == named), None)
        run = self._upkeep.push_job(encode(job), channel)
        self._working.plan_read(run)
        self._world.note("push", run.sketch.type, wish.why, [run.run_id])
        return Outcome("pushed", 1, f": {run.run_id}")

    def _cancel(self, wish: Wish, found: Found) -> Outcome:
        for run in found.runs:
            self._end(wish, run, "cancelled")
        self._note("cancel", wish, [run.run_id for run in found.runs])
        return Outcome("cancelled", len(found.runs))

    def _end(self, wish: Wish, run: Run, verb: str) -> None:
        why = f": {wish.why}" if wish.why else ""
        self._working.stop(run)
        self._world.tell("cancelled", run.run_id, OPERATOR)
        self._working.leave(run, "cancelled", f"{verb} by {OPERATOR}{why}", "cancelled")

    def _release(self, wish: Wish, found: Found) -> Outcome:
        held = [run for run in found.runs if run.spot is Spot.HELD and run.has_body]
        for run in held:
            self._working.stop(run)
            self._working.free(run)
            self._world.tell("released", run.run_id, OPERATOR)
        self._note("pending release", wish, [run.entry_id for run in held])
        return Outcome("released", len(held))

    def _bury(self, wish: Wish, found: Found) -> Outcome:
        if "undo" in wish.options:
            return self._undo_retry(wish, found)
        whole = [run for run in found.runs if run.has_body]
        for run in whole:
            failure = Failure(BURIED, epitaph(Act(OPERATOR, why=wish.why)), BURIED)
            self._working.bury(run, failure, by=OPERATOR)
        self._note("pending bury", wish, [run.run_id for run in whole])
        return Outcome("buried", len(whole))

    def _undo_retry(self, wish: Wish, found: Found) -> Outcome:
        """The letters lie where they lay, under new ids."""
        world = self._world
        there = {one.letter.letter_id for run, one in world.retried.items() if run in world.runs}
        begun = sum(key in there for key in found.missing)
        words = took_back(len(found.runs), begun, len(found.missing) - begun)
        for run in found.runs:
            old = world.retried.pop(run.run_id)
            letter_id = world.new_id()
            world.letters[letter_id] = replace(old, letter=replace(old.letter, letter_id=letter_id))
            world.tell("cancelled", run.run_id, OPERATOR)
            self._working.forget(run)
        self._note("dead undo", wish, [run.run_id for run in found.runs])
        return Outcome("took back", len(found.runs), words=words)

    def _drop_entry(self, wish: Wish, found: Found) -> Outcome:
        copies = []
        for run in found.runs:
            self._end(wish, run, "dropped")
            job = run.job.decode("utf-8", "surrogateescape") if run.has_body else ""
            copies.append([run.run_id, "job", job])
        self._note("pending drop", wish, [run.run_id for run in found.runs], copies)
        return Outcome("dropped", len(found.runs))

    def _retry(self, wish: Wish, found: Found) -> Outcome:
        whole = [one for one in found.letters if not one.letter.is_cut]
        for one in whole:
            old = one.letter
            channel = next(
                (at for at in self._world.channels if str(at.channel_id) == old.channel_id), None
            )
            run = self._upkeep.push_job(one.run.job, channel)
            run.retry_of, run.retries = old.run_id, old.carried.retries + 1
            run.doom = one.run.doom
            self._working.plan_read(run)
            del self._world.letters[old.letter_id]
            self._world.tell("retried", old.run_id, OPERATOR, {"as": run.run_id})
            self._world.retried[run.run_id] = one
        ids = tuple(one.letter.letter_id for one in whole)
        self._note("dead retry", wish, ids)
        undo = Wish(Deed.BURY, ids, {"undo": Deed.RETRY.value}, "undo") if ids else None
        return Outcome("retried", len(whole), undo=undo)

    def _drop_letter(self, wish: Wish, found: Found) -> Outcome:
        for one in found.letters:
            del self._world.letters[one.letter.letter_id]
            self._world.tell("dropped", one.letter.run_id, OPERATOR)
        self._note("dead drop", wish, [one.letter.letter_id for one in found.letters])
        return Outcome("dropped", len(found.letters))

    def _order(self, wish: Wish, found: Found) -> Outcome:
        state = _STATES[wish.deed]
        for hand in found.hands:
            hand.state = state
            detail = {"level": "info", "event": "worker_ordered", "order": wish.deed.value}
            self._world.tell("log", worker=hand.name, detail=detail)
        action = wish.deed.value.partition(".")[2]
        self._note(f"workers {action}", wish, [hand.name for hand in found.hands])
        return Outcome("ordered", len(found.hands), f" to {action}")

    def _remake(self, wish: Wish, found: Found) -> Outcome:
        for clip in found.clips:
            clip.ask_for_another(self._world.now_ms)
        self._note("thumbnails remake", wish, [one.stored.clip_id for one in found.clips])
        return Outcome("asked for", len(found.clips))

    def _note(
        self, action: str, wish: Wish, ids: Sequence[str], copies: Sequence[Sequence[str]] = ()
    ) -> None:
        if ids:
            self._world.note(action, " ".join(wish.keys)[:1000], wish.why, ids, copies)
