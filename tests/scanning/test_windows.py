"""Reading many single messages: nothing is missed, nothing wrongly gone, no request too many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from clipsaver.ranges import RangeSet
from clipsaver.scanning import windows
from clipsaver.scanning.windows import Ask, Look, Windows

PAGE = 100
ALWAYS = RangeSet.of(0, None)


def page_of(ask: Ask, channel: Sequence[int], *, size: int = PAGE) -> tuple[list[int], bool]:
    """What Discord answers, newest first, and whether that is as much as was asked for."""
    if ask.look is Look.ALONE:
        return [one for one in channel if one == ask.message_id], False
    if ask.look is Look.BELOW:
        page = [one for one in channel if one <= ask.message_id][-size:]
    else:
        below = [one for one in channel if one < ask.message_id][-size // 2 :]
        above = [one for one in channel if one >= ask.message_id][: size // 2]
        page = below + above
    return page[::-1], len(page) == size


def read(
    wanted: set[int],
    channel: Sequence[int],
    *,
    size: int = PAGE,
    old_enough: RangeSet = ALWAYS,
) -> tuple[set[int], set[int], list[Ask]]:
    """The messages found and found to be gone, and all requests."""
    plan, asks = Windows(set(wanted)), []
    there: set[int] = set()
    gone: set[int] = set()
    while (ask := plan.next_ask()) is not None:
        asks.append(ask)
        ids, is_full = page_of(ask, channel, size=size)
        answered = plan.answer(ask, ids, is_full=is_full, old_enough=old_enough)
        assert not (answered.there | answered.gone) & (there | gone), "each is settled once"
        there |= answered.there
        gone |= answered.gone
        assert len(asks) <= 3 * len(wanted) + 3
    return there, gone, asks


def looks(asks: Sequence[Ask]) -> list[str]:
    return [ask.look.value for ask in asks]


def test_one_message_is_asked_for_alone() -> None:
    assert looks(read({50}, range(100))[2]) == ["alone"]


def test_a_busy_stretch_costs_a_tenth_of_its_length_in_pages() -> None:
    there, gone, asks = read(set(range(2000, 3000)), range(10_000))
    assert (len(there), len(gone)) == (1000, 0)
    assert looks(asks) == ["below"] * 10


def test_messages_far_apart_cost_one_request_each() -> None:
    asks = read({1000, 3000, 5000}, range(10_000))[2]
    assert looks(asks) == ["below", "below", "alone"]


def test_gone_between_two_that_are_there_needs_no_question() -> None:
    channel = [one for one in range(200) if one not in (120, 130)]
    there, gone, asks = read({110, 120, 130, 140}, channel)
    assert (there, gone) == ({110, 140}, {120, 130})
    assert looks(asks) == ["below"]


def test_a_young_message_that_is_missing_is_asked_for() -> None:
    """It can appear between two that are older and younger: ids are made on many machines."""
    plan = Windows({140, 150})
    ask = plan.next_ask()
    assert ask is not None
    answered = plan.answer(ask, [150, 130], is_full=False, old_enough=RangeSet.of(0, 140))
    assert (answered.there, answered.gone) == ({150}, set())
    assert plan.next_ask() == Ask(Look.ALONE, 140)
    channel = [one for one in range(200) if one != 140]
    assert looks(read({110, 140, 150}, channel, old_enough=RangeSet.of(0, 135))[2]) == [
        *("below", "alone")
    ]


def test_a_missing_top_is_asked_for() -> None:
    channel = [one for one in range(200) if one != 140]
    there, gone, asks = read({110, 140}, channel)
    assert (there, gone) == ({110}, {140})
    assert looks(asks) == ["below", "alone"]


def test_a_thousand_deleted_at_once_cost_two_pages() -> None:
    """A moderator's purge in the middle of a channel."""
    channel = [*range(1000), *range(2000, 3000)]
    there, gone, asks = read(set(range(1000, 2000)), channel)
    assert (len(there), len(gone)) == (0, 1000)
    assert looks(asks) == ["below", "around"]


def test_the_newest_are_gone_only_when_discord_says_so() -> None:
    """Nothing newer shows that the machine which answered knows of them at all."""
    there, gone, asks = read({97, 98, 99}, range(97))
    assert (there, gone) == (set(), {97, 98, 99})
    assert looks(asks) == ["below", "around", "alone", "alone", "alone"]


def test_an_empty_channel_is_asked_for_each() -> None:
    assert looks(read({1, 2}, [])[2]) == ["below", "alone", "alone"]


def test_ids_survive_the_database() -> None:
    ids = {5, 6, 9, 2**63 - 2}
    assert set(windows.as_ids(windows.as_ranges(ids))) == ids


numbers = st.sets(st.integers(1, 120), max_size=60)


@given(channel=numbers, wanted=numbers, size=st.sampled_from([2, 4, 10]))
def test_every_message_is_told_rightly(channel: set[int], wanted: set[int], size: int) -> None:
    there, gone, _ = read(wanted, sorted(channel), size=size)
    assert there == wanted & channel
    assert gone == wanted - channel


@given(channel=numbers, wanted=numbers, size=st.sampled_from([2, 4, 10]))
def test_no_plan_needs_fewer_requests(channel: set[int], wanted: set[int], size: int) -> None:
    """For messages that are there: compared with the best of all choices of pages."""
    ranks = [rank for rank, one in enumerate(sorted(channel)) if one in wanted]

    @cache
    def fewest(first: int) -> int:
        """Pages for the messages from this one on, wherever the first page begins."""
        if first == len(ranks):
            return 0
        starts = range(ranks[first] - size + 1, ranks[first] + 1)
        ends = (sum(rank < start + size for rank in ranks) for start in starts)
        return 1 + min(fewest(end) for end in ends)

    assert len(read(wanted & channel, sorted(channel), size=size)[2]) == fewest(0)
