"""When a thumbnail is tried again, and when it is given up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.errors import Handling
from clipsaver.thumbnails.backoff import (
    Again,
    Failed,
    Unavailable,
    Verdict,
    delete_again_s,
    verdict,
)

dice = st.floats(0, 1, exclude_max=True)


def course(handling: Handling, reason: str) -> list[Verdict]:
    """Every verdict, from the first failure to the one that ends it."""
    verdicts: list[Verdict] = []
    while not verdicts or isinstance(verdicts[-1], Again):
        verdicts.append(verdict(handling, reason, attempts=len(verdicts), dice=0.0))
    return verdicts


def test_what_may_pass_is_tried_seven_times_and_has_then_failed() -> None:
    *tries, end = course(Handling.RETRY, "media_unavailable")
    assert [one.in_s / 60 for one in tries if isinstance(one, Again) and one.counts] == [
        *(5, 15, 60, 240, 720, 1440)
    ]
    assert end == Failed()


@pytest.mark.parametrize("reason", ["decoder_crashed", "decoder_timed_out"])
def test_what_kills_decoders_is_tried_three_times_and_then_cannot_be_had(reason: str) -> None:
    *tries, end = course(Handling.RETRY, reason)
    assert [one.in_s / 60 for one in tries if isinstance(one, Again)] == [60, 240]
    assert end == Unavailable()


def test_what_stays_as_it_is_cannot_be_had() -> None:
    assert course(Handling.DEAD, "no_video") == [Unavailable()]


@given(st.integers(0, 1000), dice)
def test_what_is_ours_uses_no_attempt_and_never_ends(attempts: int, dice: float) -> None:
    found = verdict(Handling.WAIT, "storage_full", attempts=attempts, dice=dice)
    assert isinstance(found, Again)
    assert not found.counts
    assert 300 <= found.in_s <= 360


@given(st.integers(0, 5), st.none() | st.floats(0, 1e6), dice)
def test_never_sooner_than_said_or_asked_for(
    attempts: int, retry_after_s: float | None, dice: float
) -> None:
    found = verdict(
        *(Handling.RETRY, "media_unavailable"),
        attempts=attempts,
        dice=dice,
        retry_after_s=retry_after_s,
    )
    plain = verdict(Handling.RETRY, "media_unavailable", attempts=attempts, dice=0.0)
    assert isinstance(found, Again)
    assert isinstance(plain, Again)
    least = max(plain.in_s, retry_after_s or 0)
    assert least <= found.in_s <= least * 1.2


def test_clips_that_failed_together_come_back_apart() -> None:
    waits = {
        verdict(Handling.RETRY, "media_unavailable", attempts=0, dice=k / 10) for k in range(10)
    }
    assert len(waits) == 10


@given(st.integers(0, 1000), dice)
def test_a_file_is_tried_again_for_ever_and_at_least_every_five_hours(
    attempts: int, dice: float
) -> None:
    assert 60 <= delete_again_s(attempts, dice) <= 5 * 3600
    assert delete_again_s(attempts, dice) <= delete_again_s(attempts + 1, dice)
