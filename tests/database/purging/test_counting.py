"""Counting and walking in small looks: nothing is seen twice or passed over, none takes long."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.database import Database
from clipsaver.database.purging import counting, looks
from clipsaver.database.purging.counting import count_target
from clipsaver.database.purging.looks import ClipWalk
from clipsaver.database.purging.place import Part, Place, place_of
from clipsaver.database.purging.scopes import clips_after, values_of
from clipsaver.database.purging.stretches import LAST_ID, QUICK_S, SLOW_S, Stretch
from clipsaver.records import PurgeCounts, PurgeScope, PurgeTarget
from tests.database.making import rows
from tests.database.thumbnails.stage import Conn

GUILD, CHANNEL, AUTHOR = 1, 11, 901
TARGETS = [
    PurgeTarget(PurgeScope.GUILD, GUILD),
    PurgeTarget(PurgeScope.CHANNEL, channel_id=CHANNEL),
    PurgeTarget(PurgeScope.AUTHOR, author_id=AUTHOR),
    PurgeTarget(PurgeScope.AUTHOR, GUILD, author_id=AUTHOR),
    PurgeTarget(PurgeScope.MESSAGES, channel_id=CHANNEL, message_ids=tuple(range(1000, 1100))),
]
MEANT = {
    TARGETS[0]: "c.guild_id = 1",
    TARGETS[1]: "c.channel_id in (11, 12, 13)",
    TARGETS[2]: "c.author_id = 901",
    TARGETS[3]: "c.author_id = 901 and c.guild_id = 1",
    TARGETS[4]: "c.channel_id = 11 and c.message_id between 1000 and 1099",
}


@pytest.fixture
async def filled(conn: Conn) -> Conn:
    """Some hundred messages, a third of them with three clips; 12 and 13 are threads of 11."""
    for statement in (
        "insert into guilds (guild_id) values (1), (2)",
        """
        insert into channels (channel_id, guild_id, parent_id, type)
        select k, case when k < 15 then 1 else 2 end, case when k in (12, 13) then 11 end,
               case when k in (12, 13) then 11 else 0 end from generate_series(11, 18) k
        """,
        "insert into authors (author_id, username, is_bot) "
        "select k, 'x', false from generate_series(900, 906) k",
        """
        insert into messages (message_id, channel_id, author_id, type, posted_at)
        select 900 + k, 11 + k * 7 % 8, 900 + k * 5 % 7, 0, now() from generate_series(1, 300) k
        """,
        """
        insert into clips (clip_id, message_id, channel_id, guild_id, author_id, source, filename,
                           content_type, url, spoiler, discord_clip, posted_at, settings_hash)
        select m.message_id || '-' || k, m.message_id, m.channel_id, c.guild_id, m.author_id,
               'attachment', 'x', 'video/mp4', 'x', false, false, now(), 'x'
        from messages m join channels c using (channel_id) cross join generate_series(1, 3) k
        where k = 1 or m.message_id % 3 = 0
        """,
        """
        insert into thumbnails (clip_id, size, storage_key, width, height, size_bytes, content_type,
                                source)
        select clip_id, s, clip_id || s, 1, 1, 1, 'image/webp', 'decode'
        from clips cross join (values ('small'), ('large')) as v(s) where message_id % 2 = 0
        """,
        "analyze",
    ):
        await conn.execute(statement)
    return conn


async def truth(conn: Conn, target: PurgeTarget) -> PurgeCounts:
    (found,) = await rows(
        conn,
        "select count(*), count(distinct c.message_id), (select count(*) from thumbnails t "
        f"join clips c using (clip_id) where {MEANT[target]}) from clips c where {MEANT[target]}",
    )
    return PurgeCounts(*found)


async def test_what_is_counted_in_pieces_is_what_is_there(
    filled: Conn, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at_once, channels in ((3, 1), (7, 2), (1000, 200)):
        monkeypatch.setattr(counting, "_ROWS", at_once)
        monkeypatch.setattr(counting, "_MOST_ROWS", at_once)
        monkeypatch.setattr(looks, "_CHANNELS_AT_ONCE", channels)
        for target in TARGETS:
            told = list[PurgeCounts]()
            counts = await count_target(database, target, tell=told.append)
            assert told[-1] == counts
            assert [one.clips for one in told] == sorted(one.clips for one in told)
            assert counts == await truth(filled, target)
            assert counts.clips > counts.messages > 0


class Impatient:
    """As if whatever reads more than so many rows, or an id range beyond so many, took too long."""

    def __init__(self, most_ids: int) -> None:
        self.cancelled = 0
        self._most_ids = most_ids

    async def __call__(self, conn: Any, query: str, values: dict[str, Any], **options: Any) -> Any:
        if "end" in values and values["end"] - values["message"] > self._most_ids:
            self.cancelled += 1
            raise psycopg.errors.QueryCanceled
        if "n.channel_id" in query and (values["rows"] > 1 or values["after"] == CHANNEL):
            self.cancelled += 1
            raise psycopg.errors.QueryCanceled
        return await self._bounded(conn, query, values, **options)

    _bounded = staticmethod(looks.bounded)


async def test_where_looks_take_too_long_they_become_shorter_and_see_the_same(
    filled: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = Impatient(2**58)
    monkeypatch.setattr(looks, "bounded", impatient)
    for target in TARGETS:
        walk, place, seen = ClipWalk(target, rows=40, most_rows=40), Place(), list[str]()
        while place is not None:
            clips, behind = await walk.clips(filled, place)
            seen += [clip.clip_id for clip in clips if clip.is_meant]
            place = behind
        found = await rows(filled, f"select clip_id from clips c where {MEANT[target]}")
        assert sorted(seen) == sorted(clip_id for (clip_id,) in found)
    assert impatient.cancelled >= 5 * len(TARGETS)


async def test_what_takes_too_long_however_little_it_is_is_told(
    filled: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "bounded", Impatient(-1))
    with pytest.raises(psycopg.errors.QueryCanceled):
        await ClipWalk(TARGETS[0], rows=5, most_rows=5).clips(filled, Place())


PLANS = {
    TARGETS[0]: "clips_guild",
    TARGETS[1]: "clips_channel",
    TARGETS[2]: "clips_author",
    TARGETS[3]: "clips_author",
    TARGETS[4]: "clips_message",
}


async def test_a_look_reads_an_index_in_its_order(filled: Conn) -> None:
    """Without sorting what is left, so that the limit ends it; of messages there are few."""
    for target in TARGETS:
        await check_plan(filled, target)


async def check_plan(conn: Conn, target: PurgeTarget) -> None:
    values = {
        **values_of(target),
        "lane": CHANNEL,
        "message": 1000,
        "clip": "1000-1",
        "end": LAST_ID,
        "rows": 5,
    }
    may_sort = target.scope is PurgeScope.MESSAGES
    found = await looks.bounded(
        conn, f"explain (costs off) {clips_after(target)}", values, may_sort=may_sort
    )
    plan = "\n".join(line for (line,) in found)
    assert f"using {PLANS[target]} on clips" in plan
    assert may_sort or "Sort" not in plan
    if target == TARGETS[3]:
        assert "Filter" not in plan, "clips elsewhere are counted by the limit"


@given(st.integers(0, 2**62), st.lists(st.booleans(), max_size=200))
def test_a_stretch_is_never_empty_and_ends_where_ids_do(start: int, fates: list[bool]) -> None:
    stretch = Stretch(100, 500)
    for is_too_long in fates:
        assert start < stretch.end(start) <= LAST_ID
        assert 1 <= stretch.rows <= 500
        if is_too_long:
            if not stretch.took_too_long(start):
                assert (stretch.end(start), stretch.rows) == (start + 1, 1)
        else:
            stretch.went_well()
            stretch.took(QUICK_S / 2)


def test_what_was_slow_is_done_with_fewer_rows_and_what_was_quick_with_more() -> None:
    stretch = Stretch(100, 300)
    stretch.took((QUICK_S + SLOW_S) / 2)
    assert stretch.rows == 100
    stretch.took(QUICK_S / 2)
    stretch.took(QUICK_S / 2)
    assert stretch.rows == 300
    for _ in range(20):
        stretch.took(SLOW_S * 2)
    assert stretch.rows == 10
    assert stretch.end(0) == LAST_ID


@pytest.mark.parametrize(
    "place",
    [
        Place(),
        Place(Part.CHECK, 70, LAST_ID, "~", (1, 2), (3, 4, 5)),
    ],
)
def test_a_place_is_read_as_it_was_kept(place: Place) -> None:
    assert place_of(str(place)) == place
    assert place_of(None) == Place()
