"""The plan of faults, which follows from its seed alone."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from chaos.plan import Kind, make_plan

LEASE_S = 3.0


def test_a_seed_gives_the_same_plan_again() -> None:
    one, same, other = (make_plan(s, workers=4, lease_s=LEASE_S, rounds=3) for s in (7, 7, 8))
    assert one == same
    assert one != other


@pytest.mark.parametrize("seed", range(20))
def test_each_round_has_every_fault(seed: int) -> None:
    plan = make_plan(seed, workers=4, lease_s=LEASE_S, rounds=2)
    size = len(plan.faults) // 2
    for round_ in (plan.faults[:size], plan.faults[size:]):
        assert {fault.kind for fault in round_} == set(Kind)
    assert {fault.worker for fault in plan.faults} <= set(range(4))
    assert plan.ends_s >= max(fault.at_s + fault.lasts_s for fault in plan.faults) - 0.01


def test_a_brief_round_has_every_fault_once() -> None:
    plan = make_plan(1, workers=2, lease_s=LEASE_S, rounds=1, brief=True)
    assert Counter(fault.kind for fault in plan.faults) == Counter(Kind)
    assert plan.ends_s < 20


def test_only_some_kinds_can_be_asked_for() -> None:
    plan = make_plan(1, workers=2, lease_s=LEASE_S, rounds=3, only=(Kind.CUT, Kind.KILL))
    assert Counter(fault.kind for fault in plan.faults) == {Kind.CUT: 3, Kind.KILL: 3}


@pytest.mark.parametrize("seed", range(20))
def test_around_a_timed_kill_nothing_else_is_wrong(seed: int) -> None:
    """As far as the plan knows: what was before is over, and what comes after waits for it."""
    faults = make_plan(seed, workers=4, lease_s=LEASE_S, rounds=2).faults
    for place, fault in enumerate(faults):
        if fault.kind is Kind.TIMED_KILL:
            assert all(one.at_s + one.lasts_s <= fault.at_s + 0.01 for one in faults[:place])
            over_s = fault.at_s + fault.lasts_s
            assert all(one.at_s >= over_s - 0.01 for one in faults[place + 1 :])


def test_a_brief_round_begins_with_the_timed_kill() -> None:
    """Else nothing may be wrong for a lease before it."""
    for seed in range(5):
        plan = make_plan(seed, workers=2, lease_s=LEASE_S, rounds=1, brief=True)
        assert plan.faults[0].kind is Kind.TIMED_KILL


@pytest.mark.parametrize("brief", [False, True])
def test_valkey_stands_still_for_longer_than_a_lease(brief: bool) -> None:
    faults = make_plan(3, workers=4, lease_s=LEASE_S, rounds=20, brief=brief).faults
    stands = [fault.lasts_s for fault in faults if fault.kind is Kind.VALKEY_FROZEN]
    assert min(stands) > LEASE_S
    assert max(stands) < 2 * LEASE_S


def test_faults_come_in_order_and_overlap() -> None:
    faults = make_plan(3, workers=4, lease_s=LEASE_S, rounds=5).faults
    pairs = list(pairwise(faults))
    assert all(one.at_s <= next_.at_s for one, next_ in pairs)
    assert any(one.at_s + one.lasts_s > next_.at_s for one, next_ in pairs)


def test_some_freezes_last_just_a_lease_some_less_and_some_far_longer() -> None:
    faults = make_plan(3, workers=4, lease_s=LEASE_S, rounds=20).faults
    freezes = [fault.lasts_s / LEASE_S for fault in faults if fault.kind is Kind.FREEZE]
    assert 1.0 in freezes
    assert min(freezes) < 1.0 < 1.4 < max(freezes)
