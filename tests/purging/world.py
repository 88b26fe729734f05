"""A small world to purge in: two guilds, a channel with a thread, and people who post in several.

It comes in by the way of real pages, and its pictures are files in a folder.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import trio
from psycopg.rows import TupleRow

from clipsaver.database import Database, channels, denials, guilds
from clipsaver.database.arrays import register
from clipsaver.database.purging.purges import ask_purge
from clipsaver.database.run_changes import begin_run
from clipsaver.database.thumbnails.claims import ClaimedClip, claim_clips
from clipsaver.database.thumbnails.results import record_ready, reserve_files
from clipsaver.purging.driving import OpenStorage, carry_out
from clipsaver.records import (
    Channel,
    Clip,
    Delivery,
    PageChanges,
    PageResult,
    Purge,
    PurgeTarget,
)
from clipsaver.thumbnails.storage import SIZES, key_of, open_storage
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import a_clip, a_job, a_page, a_part, commit_pages, rows
from tests.database.thumbnails.stage import a_picture

Conn = TrioConnection[TupleRow]

GUILD, OTHER_GUILD = 7, 8
CHANNEL, THREAD, SIBLING, ABROAD = 70, 71, 72, 80
"""The thread is the channel's; the sibling is in their guild, what is abroad in the other one."""
GUILD_OF = {CHANNEL: GUILD, THREAD: GUILD, SIBLING: GUILD, ABROAD: OTHER_GUILD}
ANN, BOB, CAT = 900, 901, 902
"""Ann and Bob post everywhere, Cat only in the channel."""
TOKEN = 5

Pause = Callable[[Purge], Awaitable[bool]]


def messages_of(channel: int) -> dict[int, int]:
    """The messages of a channel, and who wrote each. Ann's first one has two clips."""
    authors = (ANN, BOB, ANN, *((CAT,) if channel == CHANNEL else ()))
    return {channel * 1000 + number: author for number, author in enumerate(authors)}


def clips_of(*channels_: int, authors: tuple[int, ...] = (ANN, BOB, CAT)) -> set[str]:
    """The clips of these people in these channels."""
    return {
        clip.clip_id
        for channel in channels_
        for clip in _clips(channel)
        if clip.author_id in authors
    }


def _clips(channel: int) -> list[Clip]:
    return [
        a_clip(message, attachment, channel_id=channel, author_id=author)
        for message, author in messages_of(channel).items()
        for attachment in ((1, 2) if message % 1000 == 0 else (1,))
    ]


def a_page_of(channel: int, *clips: Clip, run: str = "", **fields: Any) -> PageResult:
    """A page of a run that reads the channel."""
    return a_page(
        run or f"s/{channel}", 1, *clips, channel_id=channel, guild_id=GUILD_OF[channel], **fields
    )


def a_hit_in(channel: int, *clips: Clip, run: str = "", **fields: Any) -> PageResult:
    """What page 1 of a search shows there."""
    return replace(
        a_part(run or f"s/{channel}", channel, *clips, **fields), guild_id=GUILD_OF[channel]
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """All that the tables and the folder hold of messages."""

    clips: set[str]
    messages: set[int]
    authors: set[int]
    pictures: set[str]
    """Keys of rows of `thumbnails`."""
    outbox: set[str]
    files: set[str]
    """Keys of what is in the folder."""
    covered: set[int]
    denied: set[int]
    named: set[int]
    """Guilds and channels that have a name."""


class World:
    """The world, and what happens in it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder

    def open_storage(self) -> Any:
        return open_storage(str(self.folder))

    @asynccontextmanager
    async def conn(self) -> AsyncIterator[Conn]:
        """A connection with psycopg's own errors."""
        async with self.database._pool.connection() as opened:
            register(opened)
            yield opened

    async def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        async with self.conn() as conn:
            return await rows(conn, query, *values)

    async def fill(self) -> None:
        async with self.conn() as conn:
            await self._fill(conn)
            keys = {clip_id: keys_of(clip_id) for clip_id in clips_of(*GUILD_OF)}
            await conn.execute(
                """
                with picture as (
                    insert into thumbnails (clip_id, size, storage_key, width, height, size_bytes,
                                            content_type, source)
                    select *, 320, 180, 9, 'image/webp', 'decode'
                    from unnest(%s::text[], %s::text[], %s::text[]) returning clip_id
                )
                update clips c set thumbnail_state = 'ready'
                from picture where c.clip_id = picture.clip_id
                """,
                [
                    [clip_id for clip_id in keys for _ in SIZES],
                    [*SIZES] * len(keys),
                    [key for pair in keys.values() for key in pair],
                ],
            )
        for pair in keys.values():
            for key in pair:
                path = self.folder / key
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"a picture")

    async def _fill(self, conn: Conn) -> None:
        for guild in (GUILD, OTHER_GUILD):
            await guilds.record_guild(conn, guild, f"guild {guild}")
        for channel, guild in GUILD_OF.items():
            parent, kind = (CHANNEL, 11) if channel == THREAD else (None, 0)
            await channels.record_channel(
                conn,
                Channel(channel, guild, parent, kind, "name", nsfw=True, last_message_id=channel),
            )
            await denials.record_denial(
                conn, channel, error="e", words="w", route="r", status=403, code=1
            )
            await self.add_run(conn, f"s/{channel}", channel)
            (fate,) = await commit_pages(conn, [a_page_of(channel, *_clips(channel))])
            assert isinstance(fate, PageChanges)

    async def add_run(self, conn: Conn, run: str, channel: int) -> None:
        job = a_job(guild_id=str(GUILD_OF[channel]), channel_id=str(channel))
        await begin_run(conn, Delivery(run, 5, attempts=0), job)

    async def claim(self, conn: Conn, count: int = 1, token: int = TOKEN) -> list[ClaimedClip]:
        return await claim_clips(conn, count=count, for_due=0, token=token, lease_s=60)

    async def ask(self, target: PurgeTarget, **fields: Any) -> Purge:
        async with self.conn() as conn:
            return await ask_purge(conn, target, **{"asked_by": "command", **fields})

    async def carry_out(
        self,
        purge: Purge,
        *,
        after_step: Pause | None = None,
        storage: OpenStorage | None = None,
        driver: str = "driver",
    ) -> Purge:
        async def never(_: Purge) -> bool:
            return False

        return await carry_out(
            self.database,
            storage or self.open_storage,
            purge,
            driver=driver,
            dice=lambda: 0.5,
            after_step=after_step or never,
        )

    async def purge(self, target: PurgeTarget, **fields: Any) -> Purge:
        return await self.carry_out(await self.ask(target, **fields))

    async def stored(self) -> Stored:
        async def all_of(query: str) -> set[Any]:
            return {row[0] for row in await self.rows(query)}

        return Stored(
            clips=await all_of("select clip_id from clips"),
            messages=await all_of("select message_id from messages"),
            authors=await all_of("select author_id from authors"),
            pictures=await all_of("select storage_key from thumbnails"),
            outbox=await all_of("select storage_key from file_outbox"),
            files={
                str(path.relative_to(self.folder))
                for path in self.folder.rglob("*")
                if path.is_file()
            },
            covered=await all_of("select channel_id from scan_coverage"),
            denied=await all_of("select channel_id from denials"),
            named=await all_of(
                "select channel_id from channels where name is not null or nsfw "
                "or last_message_id is not null "
                "union all select guild_id from guilds where name is not null"
            ),
        )


async def until_waited_for(conn: Conn) -> None:
    """Returns once somebody waits for a lock that this connection has."""
    query = (
        "select 1 from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))"
    )
    while not await rows(conn, query):  # noqa: ASYNC110 -- another connection's lock
        await trio.sleep(0.005)


async def give_pictures(conn: Conn, claimed: ClaimedClip) -> None:
    """Rows of its pictures, under the keys that they would have."""
    claim = claimed.claim
    keys = keys_of(claim.clip_id, claim.token)
    files = await reserve_files(conn, claim, keys)
    pictures = [a_picture(size, key) for size, key in zip(SIZES, keys, strict=True)]
    await record_ready(conn, claim, pictures, files=files, facts=None)


def keys_of(clip_id: str, token: int = TOKEN) -> list[str]:
    return [key_of(clip_id, size, token) for size in SIZES]


def without(all_: Stored, clips: set[str], **changes: Any) -> Stored:
    """The same when these clips are gone with all that was only theirs."""
    left = all_.clips - clips
    messages = {int(clip_id.partition("-")[0]) for clip_id in left}
    authors = {messages_of(message // 1000)[message] for message in messages}
    keys = {key for clip_id in left for key in keys_of(clip_id)}
    given = {
        "clips": left,
        "messages": messages,
        "authors": authors,
        "pictures": keys,
        "outbox": set(),
        "files": keys,
    }
    return replace(all_, **{**given, **changes})
