"""The short form of `make chaos`: each fault once, on two workers."""

from __future__ import annotations

from collections import Counter

from chaos.plan import Kind, make_plan
from chaos.play import play
from chaos.report import summary
from chaos.stage import Settings

SEED, JOBS = 322, 180
"""One of the seeds whose faults are over soonest, in a third less time than most: each comes all
the same, the freeze twice as long as a lease."""
SETTINGS = Settings(workers=2, lease_s=3.0, concurrency=16, fsync="always")


async def test_whatever_dies_nothing_is_lost_and_nothing_is_done_twice() -> None:
    plan = make_plan(SEED, workers=2, lease_s=SETTINGS.lease_s, rounds=1, brief=True)
    outcome = await play(SEED, plan, SETTINGS, jobs=JOBS)
    assert outcome.violations == [], summary(outcome, SETTINGS)
    assert outcome.watched.faults == Counter(Kind)
