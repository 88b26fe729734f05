"""Which clips are claimed, and whose turn it is."""

from __future__ import annotations

import pytest

from clipsaver import snowflake
from clipsaver.database.thumbnails.claims import Claim, ClaimedClip
from clipsaver.worker.thumbnailing.in_hand import AHEAD, CLAIM_BELOW, LIVE_S, InHand

NOW = 1_800_000_000.0


def clip(number: int, *, age_s: float = 1e6, token: int = 1) -> ClaimedClip:
    message_id = snowflake.from_unix(NOW - age_s) + number
    return ClaimedClip(
        claim=Claim(f"{message_id}-{number}", token),
        message_id=message_id,
        channel_id=1,
        guild_id=1,
        source="attachment",
        attachment_id=number,
        filename="a.mp4",
        content_type="video/mp4",
        size_bytes=1,
        width=None,
        height=None,
        duration_seconds=None,
        url="https://cdn.example/a.mp4",
        url_expires_at=None,
        attempts=0,
    )


def in_hand(*clips: ClaimedClip, concurrency: int = 2) -> InHand:
    """All of them ready to be made."""
    hand = InHand(concurrency)
    for held in hand.take(clips):
        hand.is_prepared(held, NOW)
    return hand


def test_no_more_are_made_at_once_than_there_are_places():
    hand = in_hand(clip(1), clip(2), clip(3))
    assert hand.next()
    first = hand.next()
    assert first
    assert hand.next() is None
    hand.is_made()
    hand.drop(first)
    assert hand.next()


def test_live_clips_go_first_and_the_others_in_the_order_claimed():
    first, second, live = clip(1), clip(2), clip(3, age_s=LIVE_S / 2)
    hand = in_hand(first, second, live, concurrency=9)
    order = [hand.next() for _ in range(3)]
    assert [held.clip for held in order if held] == [live, first, second]


def test_nothing_is_claimed_while_enough_wait_but_for_live_ones():
    hand = in_hand(*(clip(number) for number in range(CLAIM_BELOW)))
    assert hand.room(for_live=False) == 0
    assert hand.room(for_live=True) == AHEAD - CLAIM_BELOW
    assert InHand(1).room(for_live=False) == AHEAD
    full = in_hand(*(clip(number) for number in range(2 * AHEAD)))
    assert full.room(for_live=True) == CLAIM_BELOW


def test_a_clip_that_is_claimed_again_is_held_under_its_new_claim_alone():
    hand = in_hand(clip(1, token=1))
    (again,) = hand.take([clip(1, token=2)])
    hand.is_prepared(again, NOW)
    assert hand.next() is again
    assert hand.next() is None


def test_what_is_given_up_is_what_is_not_being_made():
    hand = in_hand(clip(1), clip(2), clip(3), concurrency=1)
    making = hand.next()
    assert making
    given_up = hand.give_up()
    assert {held.clip.claim.clip_id for held in given_up}.isdisjoint({making.claim.clip_id})
    assert len(given_up) == 2
    assert all(held.is_lost for held in given_up)
    assert not making.is_lost
    assert [held.claim for held in hand.all] == [making.claim]


@pytest.mark.parametrize("is_still_held", [True, False])
def test_who_lost_a_claim_does_not_begin(is_still_held):
    hand = InHand(1)
    (held,) = hand.take([clip(1)])
    hand.is_prepared(held, NOW)
    hand.keep_only([held], {held.claim.clip_id} if is_still_held else set())
    assert (hand.next() is held) is is_still_held
    assert held.is_lost is not is_still_held
