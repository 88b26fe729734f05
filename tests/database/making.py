"""Records with as little said as a test needs."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncConnection

from clipsaver.database import channels, pages, run_changes, search_pages
from clipsaver.database.arrays import Column
from clipsaver.database.opt_outs import Marks
from clipsaver.database.run_changes import begin_run
from clipsaver.errors import LeaseLost
from clipsaver.jobs import AnyJob, decode
from clipsaver.ranges import RangeSet
from clipsaver.records import (
    Author,
    Channel,
    Clip,
    ClipSource,
    Delivery,
    Message,
    PageChanges,
    PageResult,
)

POSTED_AT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
READ_AT = datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
EXPIRES_AT = datetime(2026, 1, 3, tzinfo=UTC)
SETTINGS = "0123456789abcdef"
GUILD, CHANNEL, AUTHOR = 7, 70, 900
MARKS = Marks(b"the key of these tests")


async def commit_pages(
    conn: AsyncConnection[Any], group: Sequence[PageResult]
) -> list[PageChanges | LeaseLost]:
    return await pages.commit_pages(conn, MARKS, group)


async def commit_search_page(
    conn: AsyncConnection[Any], parts: Sequence[PageResult], without: Collection[int] = ()
) -> PageChanges | LeaseLost:
    return await search_pages.commit_search_page(conn, MARKS, parts, without)


async def refused_parts(
    conn: AsyncConnection[Any], parts: Sequence[PageResult]
) -> dict[int, psycopg.Error]:
    return await search_pages.refused_parts(conn, MARKS, parts)


def statement(group: Sequence[PageResult]) -> tuple[str, list[Column]]:
    return pages.statement(group, MARKS)


def search_statement(parts: Sequence[PageResult]) -> tuple[str, list[Column]]:
    return search_pages.statement(parts, MARKS)


def a_job(**fields: Any) -> AnyJob:
    given = {"type": "batch", "guild_id": str(GUILD), "channel_id": str(CHANNEL), **fields}
    return decode(json.dumps(given))


def an_author(author_id: int = AUTHOR, **fields: Any) -> Author:
    author = Author(author_id, f"user{author_id}", None, None, is_bot=False)
    return msgspec.structs.replace(author, **fields)


def a_message(message_id: int, **fields: Any) -> Message:
    message = Message(message_id, CHANNEL, AUTHOR, 0, "look", POSTED_AT, None)
    return msgspec.structs.replace(message, **fields)


def a_clip(message_id: int, attachment_id: int = 1, **fields: Any) -> Clip:
    clip = Clip(
        clip_id=f"{message_id}-{attachment_id}",
        message_id=message_id,
        channel_id=CHANNEL,
        author_id=AUTHOR,
        source=ClipSource.ATTACHMENT,
        attachment_id=attachment_id,
        filename="clip.mp4",
        title=None,
        content_type="video/mp4",
        size_bytes=1000,
        width=640,
        height=360,
        duration_seconds=1.5,
        url=f"https://cdn.example/{message_id}/{attachment_id}",
        url_expires_at=EXPIRES_AT,
        placeholder=None,
        spoiler=False,
        discord_clip=False,
        posted_at=POSTED_AT,
    )
    return msgspec.structs.replace(clip, **fields)


def a_page(run: str, number: int = 1, *clips: Clip, **fields: Any) -> PageResult:
    """Its clips with their messages and authors; reads the ids 100n up to 100n+100."""
    read = RangeSet.of(number * 100, number * 100 + 100)
    page = PageResult(
        run_id=run,
        fence=5,
        page_number=number,
        guild_id=GUILD,
        channel_id=CHANNEL,
        epoch=0,
        settings_hash=SETTINGS,
        read=read,
        covered=read,
        read_at=READ_AT,
        messages_read=100,
        requests=1,
        clips=clips,
        messages=tuple(
            a_message(clip.message_id, channel_id=clip.channel_id, author_id=clip.author_id)
            for clip in {clip.message_id: clip for clip in clips}.values()
        ),
        authors=tuple(an_author(author_id) for author_id in {clip.author_id for clip in clips}),
    )
    return replace(page, **fields)


def a_part(run: str, channel_id: int, *clips: Clip, **fields: Any) -> PageResult:
    """What page 1 of a search shows in one channel."""
    nothing = RangeSet()
    given = {"channel_id": channel_id, "messages_read": len(clips), "by_search": True, **fields}
    return a_page(run, 1, *clips, **{"read": nothing, "covered": nothing, **given})


async def add_channel(conn: AsyncConnection[Any], channel_id: int = CHANNEL) -> None:
    await channels.record_channel(
        conn, Channel(channel_id, GUILD, None, 0, f"channel-{channel_id}", nsfw=False,
                      last_message_id=None)
    )  # fmt: skip


async def add_run(
    conn: AsyncConnection[Any], run: str, fence: int = 5, channel_id: int = CHANNEL
) -> None:
    await add_channel(conn, channel_id)
    begun = await begin_run(
        conn, Delivery(run, fence, attempts=0), a_job(channel_id=str(channel_id))
    )
    assert isinstance(begun, run_changes.Begun)


async def rows(conn: AsyncConnection[Any], query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    return await (await conn.execute(query, parameters)).fetchall()
