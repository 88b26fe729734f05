"""Who may begin while others run or end."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clipsaver.worker.slots import Slot, Slots


def test_reserved_slots_are_for_live_jobs_alone():
    slots = Slots(3, 1)
    for _ in range(2):
        slots.take(is_live=False)
    assert (slots.free, slots.free_for_others) == (1, 0)


async def test_a_job_that_is_ending_makes_room_and_wakes_who_waits_for_it(autojump_clock):
    slots = Slots(1, 0)
    slot = slots.take(is_live=False)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(slots.wait_for_change)
        await trio.testing.wait_all_tasks_blocked()
        slots.leave(slot)
    assert slots.free == 1


def test_a_job_that_is_ending_is_still_in_hand():
    slots = Slots(1, 0)
    slot = slots.take(is_live=False)
    slots.leave(slot)
    assert not slots.is_idle
    slots.give_back(slot)
    assert slots.is_idle


@pytest.mark.parametrize("concurrency", [1, 4])
def test_no_more_jobs_are_ending_than_there_are_slots(concurrency):
    slots = Slots(concurrency, 0)
    for _ in range(2):
        for slot in [slots.take(is_live=False) for _ in range(slots.free)]:
            slots.leave(slot)
    assert slots.statistics().ending == concurrency
    assert slots.free == 0, "those that found no room keep their slots"


class SlotsModel(RuleBasedStateMachine):
    """Jobs that come, leave their slots and go, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.slots = Slots(4, 1)
        self.in_hand: list[Slot] = []

    @precondition(lambda self: self.slots.free)
    @rule(is_live=st.booleans())
    def begin(self, is_live: bool) -> None:
        if is_live or self.slots.free_for_others:
            self.in_hand.append(self.slots.take(is_live=is_live))

    @precondition(lambda self: self.in_hand)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        self.slots.leave(data.draw(st.sampled_from(self.in_hand)))

    @precondition(lambda self: self.in_hand)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        slot = data.draw(st.sampled_from(self.in_hand))
        self.in_hand.remove(slot)
        self.slots.give_back(slot)

    @invariant()
    def counts_are_those_in_hand(self) -> None:
        told = self.slots.statistics()
        running = [slot for slot in self.in_hand if not slot.is_ending]
        assert told.live == sum(slot.is_live for slot in running)
        assert told.others == sum(not slot.is_live for slot in running)
        assert told.ending == len(self.in_hand) - len(running) <= 4
        assert len(running) <= 4
        assert told.others <= 3
        assert self.slots.is_idle == (not self.in_hand)


TestSlotsModel = SlotsModel.TestCase
