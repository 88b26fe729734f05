"""A run that asked for a purge carries it out, and its row says how far that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from clipsaver.database import purge_runs, runs
from clipsaver.queue import policy
from clipsaver.queue.policy import Outcome
from clipsaver.records import Purge, PurgeStage, RunProgress
from clipsaver.worker.leases import Held
from clipsaver.worker.pauses import Pauses
from clipsaver.worker.place import Workplace
from clipsaver.worker.privacy.driving import drive, share_done

STORAGE, PICTURES = "storage", "pictures"
"""What a job waits for whose rows are gone: a storage that deletes nothing now, and pictures that
were being made."""
_LOOK_AGAIN_S = 15.0
"""Meanwhile whoever can goes on with it."""

Tell = Callable[[RunProgress, float], None]
Made = tuple[Outcome, runs.Failure | None]
"""What came of a delivery, and what to note with it where it is done."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """One delivery of a run whose work is a purge."""

    place: Workplace
    held: Held
    pauses: Pauses
    done: Callable[[], RunProgress]
    """What the run has done up to now."""
    tell: Tell
    """Hears of what the purge does."""

    @property
    def run_id(self) -> str:
        return self.held.lease.run_id

    async def carry(self, purge: Purge, *, note: runs.Failure | None = None) -> Made:
        """Goes on with the purge until it is over, which it is with this note, or to a pause.

        While files of it cannot be deleted the run waits: nothing else waits for these. Raises
        LeaseLost, and what the database raises.
        """
        is_paused = False

        async def after_step(now: Purge) -> bool:
            nonlocal is_paused
            await self._got_on(now)
            is_paused = await self.pauses.is_to_pause()
            return is_paused

        purge = await drive(self.place, purge, after_step=after_step)
        await self._got_on(purge)
        if purge.stage is PurgeStage.DONE:
            return policy.Done(), note
        if is_paused:
            return self.pauses.outcome, None
        delay_s = self.place.rng.uniform(0.5, 1.0) * _LOOK_AGAIN_S
        if purge.error is None:
            return policy.Wait(delay_s, PICTURES), None
        return policy.Wait(delay_s, STORAGE), runs.Failure(STORAGE, purge.error)

    async def _got_on(self, purge: Purge) -> None:
        lease, clips = self.held.lease, purge.deleted.clips
        await self.place.with_database(
            lambda c: purge_runs.record_deleted(c, lease.run_id, lease.fence, clips)
        )
        done = self.done()
        changes = replace(done.changes, deleted=max(done.changes.deleted, clips))
        self.tell(replace(done, changes=changes), share_done(purge))
