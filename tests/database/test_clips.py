"""Lists of clips: newest first, a page at a time, without the deleted ones."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from psycopg.rows import TupleRow

from clipsaver.database import Database
from clipsaver.database.clip_filter import ClipKey
from clipsaver.database.clips import StoredClip, newest_clips
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import CHANNEL, a_clip, a_page, add_run, an_author, commit_pages, rows

Conn = TrioConnection[TupleRow]


@pytest.fixture
async def conn(database: Database) -> AsyncIterator[Conn]:
    """Ten clips: two of each of five messages, the odd messages by another author."""
    opened = await database.connect_writer()
    await add_run(opened, "s/1")
    await add_run(opened, "s/2", channel_id=71)
    clips = [a_clip(150 + m, k, author_id=900 + m % 2) for m in range(5) for k in (1, 2)]
    other = a_clip(155, channel_id=71)
    pages = [a_page("s/1", 1, *clips), a_page("s/2", 1, other, channel_id=71)]
    await commit_pages(opened, pages)
    yield opened
    await opened.close()


def ids(clips: list[StoredClip]) -> list[str]:
    return [clip.clip_id for clip in clips]


async def test_the_newest_come_first(conn: Conn) -> None:
    assert ids(await newest_clips(conn, limit=4)) == ["155-1", "154-2", "154-1", "153-2"]


@pytest.mark.parametrize("step", [1, 2, 3, 7])
async def test_page_by_page_each_clip_comes_once(conn: Conn, step: int) -> None:
    seen: list[str] = []
    before: ClipKey | None = None
    while page := await newest_clips(conn, limit=step, before=before):
        seen += ids(page)
        before = page[-1].key
    assert seen == ids(await newest_clips(conn, limit=100))
    assert len(seen) == 11


async def test_what_a_list_shows_is_there(conn: Conn) -> None:
    await commit_pages(
        conn, [a_page("s/1", 2, a_clip(160), authors=(an_author(global_name="Display Name"),))]
    )
    (clip,) = await newest_clips(conn, limit=1)
    assert (clip.channel_id, clip.channel_name) == (CHANNEL, "channel-70")
    assert (clip.author_name, clip.filename, clip.source) == (
        *("Display Name", "clip.mp4"),
        "attachment",
    )
    assert (clip.width, clip.height, clip.duration_seconds) == (640, 360, 1.5)


async def test_filters(conn: Conn) -> None:
    assert ids(await newest_clips(conn, limit=9, channel_id=71)) == ["155-1"]
    assert ids(await newest_clips(conn, limit=2, author_id=901)) == ["153-2", "153-1"]
    assert await newest_clips(conn, limit=9, guild_id=8) == []


async def test_deleted_clips_are_left_out(conn: Conn) -> None:
    await conn.execute(
        "update clips set deleted_at = now(), deleted_reason = 'message' where message_id = 155"
    )
    assert ids(await newest_clips(conn, limit=1)) == ["154-2"]


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ("true", "clips_message"),
        ("guild_id = 7", "clips_guild"),
        ("guild_id = 7 and author_id = 900", "clips_author"),
        ("channel_id = 70", "clips_channel"),
    ],
)
async def test_each_list_is_read_from_an_index(conn: Conn, filters: str, index: str) -> None:
    """With 20,000 clips in 100 guilds, 500 channels and of 400 authors."""
    await conn.execute(
        """
        insert into messages select k, 70, 900, 0, null, now()
            from generate_series(1000, 21000) k;
        insert into clips (clip_id, message_id, channel_id, guild_id, author_id, source, filename,
            content_type, url, spoiler, discord_clip, posted_at, settings_hash)
        select k || '-1', k, 70 + k % 500, 7 + k % 100, 900 + k % 400, 'attachment', 'a', 'video',
            'u', false, false, now(), 'x' from generate_series(1000, 21000) k;
        analyze clips
        """
    )
    plan = await rows(
        conn,
        f"explain select * from clips where {filters} and deleted_at is null "
        "and (message_id, clip_id) < (15000, '') "
        "order by message_id desc, clip_id desc limit 50",
    )
    text = "\n".join(line for (line,) in plan)
    assert f" {index} " in text
    assert "Seq Scan" not in text
