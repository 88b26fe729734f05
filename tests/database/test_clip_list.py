"""Lists of clips by any filter: pages together are the filter of all."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import sql
from psycopg.rows import TupleRow

from clipsaver import snowflake
from clipsaver.database import Database
from clipsaver.database.clip_filter import ClipFilter, ClipKey, Presence, where
from clipsaver.database.clip_list import (
    OLDEST,
    ListedClip,
    clips_of_message,
    read_clip,
    read_clips,
)
from clipsaver.database.thumbnails.results import StoredPicture
from clipsaver.records import ThumbnailState
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import a_clip, a_page, add_run, an_author, commit_pages

Conn = TrioConnection[TupleRow]
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def id_at(hours: int) -> int:
    return snowflake.from_unix((BEGAN + hours * HOUR).timestamp())


@pytest.fixture
async def conn(database: Database) -> AsyncIterator[Conn]:
    """Twelve messages an hour apart with two clips each, in two channels and by three authors;
    a clip of each state, the last hours' deleted, sizes from 0 to 23 kB and one not known."""
    opened = await database.connect_writer()
    for run, channel in (("s/1", 70), ("s/2", 71)):
        await add_run(opened, run, channel_id=channel)
        clips = [
            a_clip(
                id_at(m),
                k,
                channel_id=channel,
                author_id=900 + m % 3,
                posted_at=BEGAN + m * HOUR,
                size_bytes=None if m == 5 and k else (2 * m + k) * 1000,
            )
            for m in range(channel - 70, 12, 2)
            for k in (0, 1)
        ]
        authors = tuple(an_author(900 + n) for n in range(3))
        await commit_pages(opened, [a_page(run, 1, *clips, channel_id=channel, authors=authors)])
    await opened.execute(
        """
        update clips set deleted_at = now(), deleted_reason = 'message' where message_id >= %s
        """,
        [id_at(10)],
    )
    for n, state in enumerate(ThumbnailState):
        await opened.execute(
            "update clips set thumbnail_state = %s where message_id = %s", [state, id_at(n)]
        )
    yield opened
    await opened.close()


def ids(clips: list[ListedClip]) -> list[str]:
    return [clip.clip_id for clip in clips]


ALL = [
    ClipFilter(),
    ClipFilter(state=Presence.ALL),
    ClipFilter(state=Presence.DELETED),
    ClipFilter(guild_id=7, channel_ids=(71,)),
    ClipFilter(channel_ids=(70,), author_id=901),
    ClipFilter(author_id=902, state=Presence.ALL),
    ClipFilter(guild_id=8),
    ClipFilter(posted_after=BEGAN + 2 * HOUR, posted_before=BEGAN + 5 * HOUR),
    ClipFilter(guild_id=7, posted_after=BEGAN + timedelta(hours=2, milliseconds=1)),
    ClipFilter(min_size=4000, max_size=9000),
    ClipFilter(min_size=0, max_size=10**30),
    ClipFilter(min_size=10**30),
    *(ClipFilter(thumbnail=state) for state in ThumbnailState),
]


def any_filters(count: int) -> list[ClipFilter]:
    """Made of whatever goes together, the same ones each time."""
    dice = random.Random(8)
    hours = [None, None, *range(0, 13, 3)]
    sizes = [None, None, *range(0, 25_000, 6000)]

    def moment() -> datetime | None:
        at = dice.choice(hours)
        return None if at is None else BEGAN + at * HOUR

    return [
        ClipFilter(
            guild_id=dice.choice([None, None, 7]),
            channel_ids=dice.choice([None, None, (70,), (71,), (70, 71), (71, 5)]),
            author_id=dice.choice([None, None, 900, 901, 902]),
            posted_after=moment(),
            posted_before=moment(),
            min_size=dice.choice(sizes),
            max_size=dice.choice(sizes),
            state=dice.choice(list(Presence)),
            thumbnail=dice.choice([None, None, *ThumbnailState]),
        )
        for _ in range(count)
    ]


def is_in(clip: ListedClip, chosen: ClipFilter) -> bool:
    """The filter as its words say it, over what was read."""
    size = clip.size_bytes
    return all(
        (
            chosen.guild_id in (None, clip.guild_id),
            chosen.channel_ids is None or clip.channel_id in chosen.channel_ids,
            chosen.author_id in (None, clip.author_id),
            chosen.posted_after is None or clip.posted_at >= chosen.posted_after,
            chosen.posted_before is None or clip.posted_at < chosen.posted_before,
            chosen.min_size is None or (size is not None and size >= chosen.min_size),
            chosen.max_size is None or (size is not None and size <= chosen.max_size),
            chosen.thumbnail in (None, clip.thumbnail_state),
            chosen.state is Presence.ALL
            or (clip.deleted_at is None) is (chosen.state is Presence.PRESENT),
        )
    )


async def test_pages_together_are_the_filter_of_all(conn: Conn) -> None:
    everything = await read_clips(conn, ClipFilter(state=Presence.ALL), limit=1000)
    assert len(everything) == 24
    keys = [clip.key for clip in everything]
    assert keys == sorted(keys, reverse=True)
    for chosen in (*ALL, *any_filters(40)):
        expected = [clip for clip in everything if is_in(clip, chosen)]
        for step in (1, 5, 24):
            seen: list[ListedClip] = []
            before: ClipKey | None = None
            while page := await read_clips(conn, chosen, limit=step, before=before):
                seen += page
                before = page[-1].key
            assert seen == expected, (chosen, step)
        seen, after = [], OLDEST
        while page := await read_clips(conn, chosen, limit=5, after=after):
            seen += page
            after = page[-1].key
        assert seen == expected[::-1], chosen


async def test_filters_of_the_test_tell_clips_apart(conn: Conn) -> None:
    """Most choose some and leave some, or the test above would say little."""
    counts = [len(await read_clips(conn, chosen, limit=1000)) for chosen in ALL]
    assert counts == [20, 24, 4, 10, 2, 8, 0, 6, 14, 6, 19, 0, 12, 2, 2, 2, 2]


async def test_what_is_committed_meanwhile_neither_repeats_nor_hides_one(conn: Conn) -> None:
    first = await read_clips(conn, ClipFilter(), limit=6)
    new = a_clip(id_at(20), channel_id=70, posted_at=BEGAN + 20 * HOUR)
    await commit_pages(conn, [a_page("s/1", 2, new)])
    await conn.execute(
        "update clips set deleted_at = now(), deleted_reason = 'purge' where clip_id = %s",
        [first[-1].clip_id],
    )
    rest = await read_clips(conn, ClipFilter(), limit=100, before=first[-1].key)
    assert len({*ids(first), *ids(rest)}) == len(first) + len(rest) == 20


async def test_all_that_is_known_of_a_clip(conn: Conn) -> None:
    await conn.execute(
        """
        insert into channels (channel_id, guild_id, type, name, nsfw)
        values (60, 7, 0, 'parent', true)
        """
    )
    await conn.execute(
        "update channels set parent_id = 60, type = 11, name = 'thread' where channel_id = 70"
    )
    await conn.execute("update guilds set name = 'The guild'")
    await conn.execute("update authors set global_name = 'Display' where author_id = 900")
    clip_id = f"{id_at(0)}-0"
    await conn.execute(
        """
        insert into thumbnails
        values (%s, 'small', 'k/small.webp', 320, 180, 999, 'image/webp', 'decode')
        """,
        [clip_id],
    )
    clip = await read_clip(conn, clip_id)
    assert clip is not None
    assert (clip.guild_name, clip.channel_name, clip.channel_type) == ("The guild", "thread", 11)
    assert (clip.parent_id, clip.parent_name, clip.nsfw) == (60, "parent", True)
    assert (clip.author_name, clip.author_username, clip.author_is_bot) == (
        *("Display", "user900"),
        False,
    )
    assert (clip.content, clip.edited_at, clip.filename) == ("look", None, "clip.mp4")
    assert clip.small == StoredPicture(
        "small", "k/small.webp", 320, 180, 999, "image/webp", "decode"
    )
    assert clip.large is None
    assert clip.posted_at == BEGAN
    assert await clips_of_message(conn, id_at(0)) == [clip, await read_clip(conn, f"{id_at(0)}-1")]
    assert await read_clip(conn, "x' or true --") is None


async def test_one_clip_and_those_of_a_message_are_found_though_they_are_deleted(
    conn: Conn,
) -> None:
    clip = await read_clip(conn, f"{id_at(11)}-0")
    assert clip is not None
    assert clip.deleted_reason == "message"
    assert len(await clips_of_message(conn, id_at(11))) == 2
    assert await clips_of_message(conn, 1) == []


INDEXED = [
    (ClipFilter(), "clips_message"),
    (ClipFilter(guild_id=7), "clips_guild"),
    (ClipFilter(guild_id=7, author_id=900), "clips_author"),
    (ClipFilter(channel_ids=(70,), state=Presence.ALL), "clips_channel"),
    (ClipFilter(channel_ids=(70, 71, 72)), "clips_channel"),
    (ClipFilter(posted_after=BEGAN, posted_before=BEGAN + HOUR), "clips_message"),
    (ClipFilter(guild_id=7, posted_before=BEGAN + HOUR, min_size=5), "clips_guild"),
    (ClipFilter(thumbnail=ThumbnailState.PENDING), "clips_thumbnail_new"),
    (ClipFilter(thumbnail=ThumbnailState.FAILED), "clips_thumbnail_failed"),
    (ClipFilter(state=Presence.DELETED, guild_id=8), "clips_deleted"),
]


async def test_each_list_is_read_from_an_index(conn: Conn) -> None:
    """With 20,000 clips in 100 guilds, 500 channels and of 400 authors; hardly one is pending,
    failed or deleted."""
    await conn.execute(
        """
        insert into messages select k, 70, 900, 0, null, now()
            from generate_series(1000, 21000) k;
        insert into clips (clip_id, message_id, channel_id, guild_id, author_id, source, filename,
            content_type, url, spoiler, discord_clip, posted_at, settings_hash, thumbnail_state)
        select k || '-1', k, 70 + k % 500, 7 + k % 100, 900 + k % 400, 'attachment', 'a', 'video',
            'u', false, false, now(), 'x', 'ready' from generate_series(1000, 21000) k;
        analyze clips
        """
    )
    for chosen, index in INDEXED:
        conditions, values = where(chosen, before=ClipKey(id_at(100), ""))
        query = sql.SQL(
            "explain select * from clips c where {} "
            "order by c.message_id desc, c.clip_id desc limit 100"
        ).format(conditions)
        plan = await (await conn.execute(query, values, prepare=False)).fetchall()
        text = "\n".join(line for (line,) in plan)
        assert re.search(rf"\b{index}\b", text), text
        assert "Seq Scan" not in text
