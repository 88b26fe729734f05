"""What there is to do, and asking for it again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clipsaver.database.thumbnails.looking import clips_chosen, clips_named, fates_of_named
from clipsaver.database.thumbnails.results import record_outcome
from clipsaver.database.thumbnails.states import (
    TO_RETRY,
    AskedAgain,
    Backlog,
    NamedAgain,
    StateCount,
    ThumbnailFilter,
    ask_again,
    ask_for_named,
    backlog,
    count_chosen,
    is_any_due,
    thumbnail_counts,
)
from clipsaver.records import ThumbnailState
from tests.database.making import rows
from tests.database.thumbnails.stage import (
    Conn,
    add_one_of_each,
    claim,
    claimed,
    delete_clip,
    pass_by,
    state_of,
)


@pytest.fixture
async def conn(conn: Conn) -> Conn:
    await add_one_of_each(conn)
    return conn


async def pending(conn: Conn) -> set[str]:
    """Clips that are pending and due."""
    found = await rows(
        conn,
        "select clip_id from clips where thumbnail_state = 'pending' and deleted_at is null "
        "and coalesce(thumbnail_due_at <= now(), true)",
    )
    return {clip_id for (clip_id,) in found}


async def test_counts_by_state_and_error(conn: Conn) -> None:
    assert await thumbnail_counts(conn) == [
        StateCount(ThumbnailState.FAILED, "media_unavailable", 1),
        *(
            StateCount(ThumbnailState.PENDING, error, 1)
            for (error,) in await rows(
                conn,
                "select thumbnail_error from clips where thumbnail_state = 'pending' "
                "and deleted_at is null group by 1 order by count(*) desc",
            )
        ),
        StateCount(ThumbnailState.READY, None, 1),
        StateCount(ThumbnailState.SKIPPED, None, 1),
        StateCount(ThumbnailState.UNAVAILABLE, "no_video", 1),
    ]


async def test_what_is_due_under_way_and_later(conn: Conn) -> None:
    now = await backlog(conn)
    due_at = now.next_due_at
    assert due_at is not None
    assert due_at - datetime.now(UTC) < timedelta(hours=1)
    assert now == Backlog(due_now=1, under_way=0, later=1, next_due_at=due_at)
    assert await is_any_due(conn)
    await claim(conn)
    assert await backlog(conn) == Backlog(due_now=0, under_way=1, later=1, next_due_at=due_at)
    assert await is_any_due(conn), "another worker may die with it"
    await delete_clip(conn, "100-1")
    assert await backlog(conn) == Backlog(due_now=0, under_way=0, later=1, next_due_at=due_at)
    assert not await is_any_due(conn)
    await pass_by(conn, "2 hours")
    assert await is_any_due(conn)
    assert await backlog(conn) == Backlog(due_now=1, under_way=0, later=0, next_due_at=None)


async def test_what_a_filter_means_is_asked_for_again(conn: Conn) -> None:
    meant_by = {
        ThumbnailFilter(): {102, 103, 104, 105, 106},
        ThumbnailFilter(states=TO_RETRY): {103, 104, 105},
        ThumbnailFilter(states=(ThumbnailState.READY,)): {106},
        ThumbnailFilter(errors=("media_unavailable",)): {103, 105},
        ThumbnailFilter(errors=("no_video", "media_unavailable")): {103, 104, 105},
        ThumbnailFilter(guilds=(7,), channels=(70, 71), authors=(900,), errors=("no_video",)): {
            104
        },
        ThumbnailFilter(guilds=(8,)): set(),
        ThumbnailFilter(channels=(71,)): set(),
        ThumbnailFilter(authors=(901,)): set(),
        ThumbnailFilter(made_before=datetime(2100, 1, 1, tzinfo=UTC)): {106},
        ThumbnailFilter(made_before=datetime(2000, 1, 1, tzinfo=UTC)): set(),
    }
    for chosen, meant in meant_by.items():
        async with conn.transaction(force_rollback=True):
            assert await count_chosen(conn, chosen) == len(meant), chosen
            assert await ask_again(conn, chosen) == AskedAgain(len(meant), None)
            assert await pending(conn) == {f"{one}-1" for one in meant | {100}}, chosen
            await pass_by(conn, "1 second")
            assert await count_chosen(conn, chosen) == 0


async def test_attempts_count_anew(conn: Conn) -> None:
    await ask_again(conn, ThumbnailFilter(states=(ThumbnailState.FAILED,)))
    assert await state_of(conn, "105-1") == ("pending", 0, "media_unavailable", True, False)


async def test_many_are_asked_for_in_parts(conn: Conn) -> None:
    for limit in (1, 2, 4, 5, 6):
        async with conn.transaction(force_rollback=True):
            part, total = AskedAgain(0, ""), 0
            while part.last is not None:
                part = await ask_again(conn, ThumbnailFilter(), after=part.last, limit=limit)
                assert part.clips <= limit
                total += part.clips
            assert total == 5


async def test_those_named_are_asked_for_whatever_their_state(conn: Conn) -> None:
    names = ["105-1", "9-9", "104-1", "103-1", "102-1", "106-1", "100-1", "101-1", "105-1"]
    assert await ask_for_named(conn, names) == NamedAgain(
        asked=("105-1", "104-1", "103-1", "102-1", "100-1"),
        ready=("106-1",),
        deleted=("101-1",),
        unknown=("9-9",),
    )
    assert await pending(conn) == {"105-1", "104-1", "103-1", "102-1", "100-1"}
    assert (await state_of(conn, "106-1"))[0] == "ready"


async def test_those_named_come_before_all_others_that_are_due(conn: Conn) -> None:
    """Somebody waits for them, and a remake may have made a million due before."""
    await ask_again(conn, ThumbnailFilter())
    await pass_by(conn, "10 days")
    await ask_for_named(conn, ["104-1"])
    assert await claimed(conn, for_due=1) == [104]


async def test_one_that_is_being_made_is_not_made_twice(conn: Conn) -> None:
    (clip,) = await claim(conn)
    named = await ask_for_named(conn, ["100-1"])
    assert named.asked == ("100-1",)
    assert await claimed(conn, 9, for_due=1) == []
    await record_outcome(conn, clip.claim, ThumbnailState.UNAVAILABLE, error="no_video", message="")


async def test_those_named_are_made_anew_where_that_is_said(conn: Conn) -> None:
    names = ["106-1", "105-1", "101-1", "9-9"]
    expected = NamedAgain(asked=("106-1", "105-1"), deleted=("101-1",), unknown=("9-9",))
    assert await fates_of_named(conn, names, with_ready=True) == expected
    assert await pending(conn) == {"100-1"}
    assert await ask_for_named(conn, names, with_ready=True) == expected
    assert await pending(conn) == {"106-1", "105-1", "100-1"}
    assert await rows(conn, "select count(*) from thumbnails where clip_id = '106-1'") == [(2,)]


async def test_what_would_be_asked_for_is_shown(conn: Conn) -> None:
    """In the order in which it would be."""
    shown = await clips_chosen(conn, ThumbnailFilter(states=TO_RETRY), limit=2)
    assert [(one.clip_id, one.state, one.error, one.message) for one in shown] == [
        ("103-1", ThumbnailState.PENDING, "media_unavailable", "words"),
        ("104-1", ThumbnailState.UNAVAILABLE, "no_video", "words"),
    ]
    assert (shown[0].due_at is None, shown[0].attempts, shown[0].filename) == (False, 1, "clip.mp4")
    named = await clips_named(conn, ["106-1", "101-1", "104-1", "9-9"])
    assert [one.clip_id for one in named] == ["104-1", "106-1"]
