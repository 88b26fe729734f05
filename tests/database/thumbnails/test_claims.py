"""Who makes which thumbnail, and in which order."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.queries import gallery_script
from clipsaver.database import Database
from clipsaver.database.thumbnails import claims
from clipsaver.database.thumbnails.claims import (
    DUE_SHARE,
    Claim,
    hand_back_claims,
    places_for_due,
    renew_claims,
)
from tests.database.thumbnails.stage import (
    Conn,
    add_clips,
    claim,
    claimed,
    delete_clip,
    make_ready,
    pass_by,
    state_of,
)


async def make_due(conn: Conn, *message_ids: int) -> None:
    """The first of them the longest ago."""
    for ago, message_id in enumerate(reversed(message_ids), start=1):
        await conn.execute(
            "update clips set thumbnail_due_at = now() - %s * interval '1 minute' "
            "where message_id = %s",
            [ago, message_id],
        )


async def test_the_newest_come_first_however_many_wait(conn: Conn) -> None:
    await add_clips(conn, *range(100, 160))
    assert await claimed(conn, 2) == [159, 158]
    await add_clips(conn, 160, 161)
    assert await claimed(conn, 3) == [161, 160, 157]


async def test_a_claim_has_what_making_it_needs(conn: Conn) -> None:
    await add_clips(conn, 100, filename="a.mov", size_bytes=7)
    (clip,) = await claim(conn, token=2**62 - 1)
    assert clip.claim == Claim("100-1", 2**62 - 1)
    assert (clip.message_id, clip.channel_id, clip.guild_id) == (100, 70, 7)
    assert (clip.filename, clip.size_bytes, clip.attempts) == ("a.mov", 7, 0)
    assert (clip.url, clip.source) == ("https://cdn.example/100/1", "attachment")


async def test_nobody_gets_what_is_held_until_the_lease_is_over(conn: Conn) -> None:
    await add_clips(conn, 100)
    assert await claimed(conn) == [100]
    assert await claimed(conn) == []
    await pass_by(conn, "61 seconds")
    assert await claimed(conn) == [100]


async def test_a_clip_that_is_due_and_held_is_passed_over_as_well(conn: Conn) -> None:
    await add_clips(conn, 100)
    await make_due(conn, 100)
    assert await claimed(conn) == [100]
    assert await claimed(conn) == []
    await pass_by(conn, "61 seconds")
    assert await claimed(conn) == [100]


async def test_only_pending_clips_that_are_there_and_due_are_claimed(conn: Conn) -> None:
    await add_clips(conn, 100, 101, 102, 103)
    await conn.execute("update clips set thumbnail_state = 'failed' where message_id = 100")
    await delete_clip(conn, "101-1")
    later = "update clips set thumbnail_due_at = now() + interval '1 hour' where message_id = 102"
    await conn.execute(later)
    assert await claimed(conn, 9) == [103]
    await pass_by(conn, "2 hours")
    assert await claimed(conn, 9, token=2) == [103, 102]


async def test_what_is_due_gets_its_places_and_those_left_over(conn: Conn) -> None:
    await add_clips(conn, *range(100, 110))
    await make_due(conn, 103, 101, 105)
    assert await claimed(conn, 4, for_due=1) == [109, 108, 107, 103]
    assert await claimed(conn, 9, for_due=0) == [106, 105, 104, 102, 101, 100]


async def test_the_longest_due_comes_first(conn: Conn) -> None:
    await add_clips(conn, *range(100, 104))
    await make_due(conn, 103, 101, 100, 102)
    await conn.execute("set enable_indexscan = off")  # else the index gives that order anyway
    order = [(await claimed(conn, for_due=1))[0] for _ in range(4)]
    await conn.execute("reset enable_indexscan")
    assert order == [103, 101, 100, 102]


@given(st.lists(st.integers(1, 9), max_size=50))
def test_one_place_of_four_is_for_what_is_due(counts: list[int]) -> None:
    claimed, given = 0, 0
    for count in counts:
        places = places_for_due(count, claimed)
        assert 0 <= places <= count
        claimed, given = claimed + count, given + places
        assert given == claimed // DUE_SHARE


async def test_workers_at_once_share_the_clips_without_waiting(database: Database) -> None:
    """And a connection that holds some locked, as a page that is being committed."""
    async with database.connection() as conn:
        await add_clips(conn, *range(100, 140))
    found: Counter[int] = Counter()

    async def work(token: int) -> None:
        async with database.connection() as conn:
            while taken := await claimed(conn, 3, token=token):
                found.update(taken)

    with trio.fail_after(20):
        async with database.connection() as busy, busy.transaction():
            await busy.execute("select from clips where message_id in (139, 120) for update")
            async with trio.open_nursery() as nursery:
                for token in range(5):
                    nursery.start_soon(work, token)
    assert found == Counter(set(range(100, 140)) - {139, 120})


async def test_a_renewed_lease_holds_longer(conn: Conn) -> None:
    await add_clips(conn, 100, 101, 102)
    held = [clip.claim for clip in await claim(conn, 3)]
    await delete_clip(conn, "101-1")
    assert await renew_claims(conn, held, lease_s=600) == {"100-1", "102-1"}
    await pass_by(conn, "5 minutes")
    assert await claimed(conn, 9) == []
    assert await renew_claims(conn, [], lease_s=600) == set()


async def test_who_lost_a_clip_renews_nothing_and_hands_nothing_back(conn: Conn) -> None:
    await add_clips(conn, 100)
    (old,) = await claim(conn, token=1)
    await pass_by(conn, "2 minutes")
    (new,) = await claim(conn, token=2)
    assert await renew_claims(conn, [old.claim], lease_s=600) == set()
    await hand_back_claims(conn, [old.claim])
    assert await claimed(conn) == []
    assert await renew_claims(conn, [new.claim], lease_s=60) == {"100-1"}


async def test_what_is_handed_back_is_anybodys_at_once_and_cost_no_attempt(conn: Conn) -> None:
    await add_clips(conn, 100, 101)
    both = await claim(conn, 2)
    await hand_back_claims(conn, [clip.claim for clip in both])
    assert await state_of(conn, "100-1") == ("pending", 0, None, False, False)
    assert await claimed(conn, 2, token=2) == [101, 100]


async def test_a_clip_that_is_read_again_does_not_lose_its_claim(conn: Conn) -> None:
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    await add_clips(conn, 99, 100)
    assert await renew_claims(conn, [clip.claim], lease_s=60) == {"100-1"}


async def test_a_clip_that_is_there_again_has_the_thumbnail_that_it_had(conn: Conn) -> None:
    await add_clips(conn, 100)
    await make_ready(conn, 100)
    await conn.execute("update clips set deleted_at = '2026-01-01', deleted_reason = 'settings'")
    await add_clips(conn, 99, 100)
    assert (await state_of(conn, "100-1"))[0] == "ready"
    assert await claimed(conn, 9) == [99]


@pytest.fixture
async def gallery(conn: Conn) -> Conn:
    """5,000 clips as the benchmark makes its million, of which half are pending again."""
    await conn.execute("set session_replication_role = replica")
    await conn.execute(gallery_script(5_000))
    await conn.execute(
        "update clips set thumbnail_state = 'pending', thumbnail_due_at = "
        "case when message_id % 7 = 0 then now() - interval '1 hour' end where message_id % 2 = 0"
    )
    await conn.execute("reset session_replication_role")
    await conn.execute("analyze")
    return conn


async def test_the_claim_reads_two_indexes_and_no_more_than_it_takes(gallery: Conn) -> None:
    query = claims._CLAIM.format(count=8, for_due=2)
    found = await gallery.execute(
        b"explain (costs off) " + query.as_bytes(gallery), {"token": 1, "lease_s": 60}
    )
    plan = "\n".join(line for (line,) in await found.fetchall())
    assert set(re.findall(r"Index Scan(?: Backward)? using (\w+)", plan)) == {
        "clips_thumbnail_due",
        "clips_thumbnail_new",
        "clips_pkey",
    }
    assert "Seq Scan" not in plan
    assert "Sort Key: clips" not in plan
