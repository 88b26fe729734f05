"""Whether a job may read where something was purged: by when it was asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.errors import BeingPurged, Purged
from clipsaver.records import Channel, KnownChannel
from clipsaver.scanning.standing import (
    check_channel_standing,
    check_wanted,
    is_purged_since,
    is_wanted_again,
)

AT = 1_700_000_000.0
CHANNEL = Channel(5, 7, None, 0, "clips", nsfw=False, last_message_id=9)
NEVER = KnownChannel(CHANNEL, epoch=0, checked_at=datetime.fromtimestamp(0, UTC))
PURGED = replace(NEVER, purged_at=datetime.fromtimestamp(AT, UTC), is_passed_over=True)


def test_what_was_asked_for_before_ends_and_what_was_asked_for_later_goes_on() -> None:
    check_channel_standing(NEVER, 0.0)
    check_channel_standing(PURGED, AT + 0.001)
    for asked_at in (0.0, AT - 1, AT):
        with pytest.raises(Purged, match=r"channel 5 was purged on 2023-11-14 22:13 UTC, after"):
            check_channel_standing(PURGED, asked_at)


def test_while_it_is_purged_what_was_asked_for_later_waits() -> None:
    being = replace(PURGED, is_being_purged=True)
    with pytest.raises(BeingPurged, match="channel 5 is being purged"):
        check_channel_standing(being, AT + 1)
    with pytest.raises(Purged):  # it need not wait to be told so
        check_channel_standing(being, AT - 1)


def test_who_goes_through_a_guild_leaves_out_what_nobody_wants() -> None:
    check_wanted(NEVER)
    check_wanted(replace(PURGED, is_passed_over=False))
    with pytest.raises(Purged, match="push a batch job"):
        check_wanted(PURGED)
    with pytest.raises(BeingPurged):
        check_wanted(replace(PURGED, is_passed_over=False, is_being_purged=True))


@given(st.floats(0, 4e9), st.floats(0, 4e9), st.booleans(), st.booleans())
def test_a_job_wants_again_only_what_it_may_read(
    purged_at: float, asked_at: float, is_passed_over: bool, is_being: bool
) -> None:
    at = datetime.fromtimestamp(purged_at, UTC)
    known = replace(NEVER, purged_at=at, is_passed_over=is_passed_over, is_being_purged=is_being)
    wants = is_wanted_again(known, asked_at)
    assert wants == (is_passed_over and not is_being and not is_purged_since(at, asked_at))
    if wants:
        check_channel_standing(known, asked_at)
