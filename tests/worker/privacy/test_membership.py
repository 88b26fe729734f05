"""Which guilds were left, and which lists are not believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clipsaver.errors import AccessDenied, DiscordError, DiscordUnavailable, NotFound, TokenRejected
from clipsaver.records import RecordedGuild
from clipsaver.worker.privacy.membership import Membership, compare, is_due, proves_absence

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY_S = 86_400.0


def guild(guild_id: int, *, left: timedelta | None = None, stored: bool = True) -> RecordedGuild:
    return RecordedGuild(guild_id, None, None if left is None else NOW - left, stored)


IN, OUT = guild(1), guild(2)
LEFT, BACK = guild(3, left=timedelta(days=3)), guild(4, left=timedelta(days=3))
BARE = guild(5, stored=False)
PURGED = guild(6, left=timedelta(days=60), stored=False)


def test_each_is_in_or_missing_or_still_out_or_back() -> None:
    recorded = [IN, OUT, LEFT, BACK, BARE, PURGED]
    assert compare(recorded, {1, 4, 99}, is_same_bot=False) == Membership(
        missing=(OUT,), back=(BACK,), still_out=(LEFT, PURGED)
    )


@pytest.mark.parametrize("listed", [set(), {99}])
def test_a_list_without_any_recorded_guild_is_another_bots(listed: set[int]) -> None:
    assert compare([IN, LEFT], listed, is_same_bot=False) is None
    left_the_last = compare([IN, LEFT], listed, is_same_bot=True)
    assert left_the_last == Membership(missing=(IN,), still_out=(LEFT,))


@pytest.mark.parametrize("recorded", [[], [BARE]])
def test_where_nothing_is_stored_there_is_nothing_to_doubt(recorded: list[RecordedGuild]) -> None:
    assert compare(recorded, {99}, is_same_bot=False) == Membership()


@pytest.mark.parametrize(
    ("error", "proves"),
    [
        (NotFound("no", route="r", status=404, code=10004), True),
        (AccessDenied("no", route="r", status=403, code=50001), True),
        (NotFound("no", route="r", status=404, code=0), False),
        (NotFound("no", route="r", status=404, code=10003), False),
        (AccessDenied("no", route="r", status=403, code=None), False),
        (TokenRejected("no", route="r", status=401), False),
        (DiscordUnavailable("no", route="r", status=503), False),
    ],
)
def test_only_discords_own_word_proves_that_the_bot_is_out(
    error: DiscordError, proves: bool
) -> None:
    assert proves_absence(error) is proves


@pytest.mark.parametrize(
    ("left", "after_s", "stored", "due"),
    [
        (timedelta(days=30), 30 * DAY_S, True, True),
        (timedelta(days=30, microseconds=-1), 30 * DAY_S, True, False),
        (timedelta(days=900), 0.0, True, False),
        (timedelta(days=900), 30 * DAY_S, False, False),
        (None, 30 * DAY_S, True, False),
    ],
)
def test_when_it_is_purged(left: timedelta | None, after_s: float, stored: bool, due: bool) -> None:
    assert is_due(guild(1, left=left, stored=stored), after_s, NOW) is due
