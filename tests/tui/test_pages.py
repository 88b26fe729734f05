"""A long list of clips out of pages: as whole as if all of it had been fetched at once."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from clipsaver.database.clips import StoredClip
from clipsaver.tui.looking.pages import MOST, PAGE, joined, page_at, same_list
from clipsaver.tui.sources.seen import ClipsBody, Common, Seen, Store
from clipsaver.tui.sources.wanted import View, Wanted

FIRST = Wanted(view=View.CLIPS)


def clip(number: int) -> StoredClip:
    return StoredClip(
        clip_id=f"{number}-1", message_id=number, channel_id=1, channel_name=None, guild_id=1,
        author_id=1, author_name="a", source="attachment", filename="a.mp4", title=None,
        content_type="video/mp4", size_bytes=1, width=1, height=1, duration_seconds=1.0, url="",
        url_expires_at=None, thumbnail_state="ready", posted_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def fetched(there: list[int], wanted: Wanted) -> Seen:
    """As the database answers; `there` are the ids of messages, the newest first."""
    meant = [one for one in map(clip, there) if wanted.before is None or one.key < wanted.before]
    body = ClipsBody(tuple(meant[: wanted.rows]), len(meant) > wanted.rows)
    return Seen(1, Common(Store(), Store()), body)


def numbers(seen: Seen) -> list[int]:
    assert isinstance(seen.body, ClipsBody)
    return [one.message_id for one in seen.body.clips]


@given(st.integers(0, 1200), st.lists(st.integers(0, 1300), max_size=8))
def test_wherever_a_person_goes_the_list_has_no_hole_and_nothing_twice(
    count: int, places: list[int]
) -> None:
    there = list(range(count, 0, -1))
    seen = fetched(there, FIRST)
    for place in places:
        clips = seen.body.clips
        at = min(place, len(clips) - 1)
        wanted = Wanted(view=View.CLIPS, before=page_at(clips, at))
        page = fetched(there, wanted)
        seen = joined(seen, wanted, page)
        shown = numbers(seen)
        assert shown == there[: len(shown)]
        assert seen.body.is_more == (len(shown) < count)
        assert at < 0 or clips[at] in page.body.clips, "what is looked at is fetched anew"


def test_at_the_end_of_what_is_known_there_is_more_until_all_is_there() -> None:
    there = list(range(1000, 0, -1))
    seen = fetched(there, FIRST)
    looks = 0
    while seen.body.is_more:
        clips = seen.body.clips
        wanted = Wanted(view=View.CLIPS, before=page_at(clips, len(clips) - 1))
        seen, looks = joined(seen, wanted, fetched(there, wanted)), looks + 1
    assert (numbers(seen), looks) == (there, 8)


def test_what_came_and_what_went_shows_on_the_page_that_is_fetched() -> None:
    there = list(range(500, 0, -1))
    known = joined(None, FIRST, fetched(there, FIRST))
    assert numbers(joined(known, FIRST, fetched([501, *there[1:]], FIRST)))[:2] == [501, 499]
    far = list(range(900, 0, -1))
    assert numbers(joined(known, FIRST, fetched(far, FIRST))) == far[:PAGE], "no hole"
    assert numbers(joined(known, FIRST, fetched(there[:50], FIRST))) == there[:50]


def test_no_more_are_held_than_a_screen_can_paint() -> None:
    there = list(range(MOST + 500, 0, -1))
    body = ClipsBody(tuple(map(clip, there[:MOST])), is_more=True)
    known = Seen(1, Common(Store(), Store()), body)
    wanted = Wanted(view=View.CLIPS, before=page_at(body.clips, MOST - 1))
    after = joined(known, wanted, fetched(there, wanted))
    assert (len(numbers(after)), after.body.is_more) == (MOST, True)


def test_a_page_is_of_the_list_that_has_the_same_bounds() -> None:
    assert same_list(FIRST, Wanted(view=View.CLIPS, before=clip(3).key, chosen="3-1"))
    assert not same_list(FIRST, Wanted(view=View.CLIPS, channel_id=1))
    assert not same_list(None, FIRST)
