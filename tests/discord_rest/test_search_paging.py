"""Where a search goes on, and that it ends, whatever Discord says."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.discord_rest.search_paging import (
    LAST_OFFSET,
    MOST_EMPTY,
    MOST_PER_PAGE,
    Place,
)


def read(discord, place=None, most=5_000):
    """The ids of each page, until the reader ends."""
    pages, place = [], place or Place()
    for _ in range(most):
        ids, total = discord(place)
        pages.append(ids)
        following = place.following(ids, total)
        if following is None:
            return pages
        place = following
    raise AssertionError("it does not end")


def guild(ids, *, hidden=frozenset(), total=len):
    """A guild with these hits; of the hidden ones Discord leaves a hole on their page."""
    newest_first = sorted(ids, reverse=True)

    def page(place):
        left = [one for one in newest_first if place.max_id is None or one < place.max_id]
        shown = left[place.offset : place.offset + MOST_PER_PAGE]
        return [one for one in shown if one not in hidden], total(left)

    return page


def found(pages):
    return set(itertools.chain.from_iterable(pages))


@given(
    ids=st.sets(st.integers(1, 10**6), max_size=200),
    data=st.data(),
    wrong=st.integers(-300, 300),
)
def test_all_that_is_shown_is_found_though_totals_are_wrong(ids, data, wrong):
    hidden = data.draw(st.sets(st.sampled_from(sorted(ids)))) if ids else set()
    # A total that is too small where a page is a hole may hide what is behind the hole.
    wrong = abs(wrong) if hidden else wrong
    discord = guild(ids, hidden=hidden, total=lambda left: max(0, len(left) + wrong))
    assert found(read(discord)) == ids - hidden


@given(ids=st.sets(st.integers(1, 10**6), max_size=120), total=st.integers(0, 10**9))
def test_a_total_that_is_always_the_same_ends_nothing_early_and_goes_on_for_ever_nowhere(
    ids, total
):
    pages = read(guild(ids, total=lambda _: total))
    assert found(pages) == ids
    assert len(pages) <= len(ids) / MOST_PER_PAGE + 3 + MOST_EMPTY


def test_an_empty_guild_costs_one_request():
    assert read(guild([])) == [[]]


def test_beyond_the_last_offset_it_goes_on_before_the_oldest():
    ids = range(1, LAST_OFFSET + 2 * MOST_PER_PAGE + 4)
    pages = read(guild(ids))
    assert found(pages) == set(ids)
    assert sum(map(len, pages)) == len(ids)  # and none comes twice


def test_a_hole_as_long_as_a_page_ends_nothing():
    ids = set(range(1, 200))
    hidden = set(range(100, 100 + 3 * MOST_PER_PAGE))
    assert found(read(guild(ids, hidden=hidden))) == ids - hidden


def test_what_is_posted_meanwhile_costs_nothing_that_was_there():
    ids, new = set(range(1, 300)), itertools.count(300)

    def discord(place):
        answer = guild(ids)(place)
        ids.update(itertools.islice(new, 7))
        return answer

    assert found(read(discord)) >= set(range(1, 300))


def test_what_is_deleted_meanwhile_is_caught_up_with_behind_the_last_offset():
    ids = set(range(1, 300))
    asked = itertools.count()

    def discord(place):
        if next(asked) == 3:
            ids.difference_update(range(250, 300))  # so fifty are skipped by the offset
        return guild(ids)(place)

    pages = read(discord)
    # Nothing behind the deleted ones is lost for good but what the offset went past.
    assert min(found(pages)) == 1


def test_an_answer_that_ignores_the_offset_still_ends():
    pages = read(lambda place: guild(range(1, 60))(Place(place.max_id)))
    assert found(pages) == set(range(1, 60))


@pytest.mark.parametrize("total", [1, 10**9])
def test_a_promise_that_is_never_kept_is_given_up(total):
    pages = read(lambda place: ([], total))
    assert len(pages) <= MOST_EMPTY
