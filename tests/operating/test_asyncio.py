"""What operators do works on asyncio over the libraries' own clients, for the terminal UI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection
from redis.asyncio import Redis

from clipsaver.database import migrations
from clipsaver.database.cancelling import cancel_runs
from clipsaver.database.thumbnails.looking import clips_chosen, fates_of_named
from clipsaver.database.thumbnails.states import ThumbnailFilter, count_chosen
from clipsaver.jobs import BatchJob, encode
from clipsaver.operating.cancelling import cancel
from clipsaver.operating.repairing import damage_of, repair
from clipsaver.operating.thumbnails import ask_for_chosen, ask_for_clips, standing
from clipsaver.queue import intake, produce
from clipsaver.queue.control import Order, read_order
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.control import order, workers_meant
from clipsaver.queue.operating.dead_letters import dead
from clipsaver.queue.operating.dead_letters.dead_actions import drop, retry
from clipsaver.queue.operating.find import named
from clipsaver.queue.operating.pending import each
from clipsaver.queue.operating.selection import Selection
from clipsaver.queue.operating.verdicts import Rules
from clipsaver.queue.presence import beat
from clipsaver.records import ThumbnailState

ACT = Act("somebody@somewhere", what="a test")
RULES = Rules(lease_ms=15_000, max_attempts=5, max_deliveries=4)
SCHEMA = "operated"


class Database:
    """The least that gives connections."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}&options=-csearch_path%3D{SCHEMA}"

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        connection = await AsyncConnection.connect(self._url, autocommit=True)
        async with connection:
            yield connection


def job(guild: int) -> BatchJob:
    return BatchJob(guild_id=str(guild), channel_id="2")


async def pushed(link: Link, *guilds: int) -> list[str]:
    entry_ids = await produce.push(link, [encode(job(guild)) for guild in guilds])
    return [produce.run_id_of(link, entry_id) for entry_id in entry_ids]


async def many_are_cancelled(link: Link, database: Database) -> None:
    """More than one chunk, of which one is over in the database already."""
    runs = await pushed(link, *[7] * 130, 8)
    async with database.connection() as connection:
        await cancel_runs(connection, {runs[3]: job(7)}, "before")
        await connection.execute("update runs set state = 'FAILED'")
    found = []
    assert not await each(link, RULES, Selection(guild=frozenset("7")).matches, found.append)
    assert len(found) == 130
    fates = await cancel(link, database, ACT, found)
    assert fates.pop(runs[3]) == "FAILED"
    assert fates == dict.fromkeys([*runs[:3], *runs[4:130]], "removed")
    left, missing = await named(link, RULES, [runs[130], runs[0], runs[130]])
    assert ([one.run_id for one in left], missing) == ([runs[130]], [runs[0]])
    (request, *_) = audit.requests_of(await audit.read(link, count=5))
    assert (request.action, request.count) == ("cancel", 129)


async def what_is_lost_is_put_back(link: Link, database: Database) -> None:
    (run_id,) = await pushed(link, 9)
    async with database.connection() as connection:
        await connection.execute(
            """
            insert into runs (run_id, job, type, guild_id, channel_id, state, fence)
            values (%s, %s, 'batch', 9, 2, 'QUEUED', 1)
            """,
            [run_id, encode(job(9)).decode()],
        )
    await link.command("DEL", link.names.stream)
    await intake.ensure_group(link)
    await link.command("ZADD", link.names.line, 1, "5-5")
    damage = await damage_of(link, database, lease_s=15)
    assert (damage.lost, damage.ghosts) == ([run_id], 1)
    assert await link.command("XLEN", link.names.stream) == 0  # a look changes nothing
    repaired = await repair(link, database, ACT, damage)
    assert (repaired.put_back, repaired.ghosts) == ([run_id], 1)
    assert await repair(link, database, ACT, damage) != repaired
    assert (await damage_of(link, database, lease_s=15)).lost == []


async def workers_are_ordered(link: Link) -> None:
    workers = [Consumer(link, name, "h", 15_000) for name in ("w-1", "w-2")]
    for one in workers:
        await beat(one, {}, expires_ms=60_000)
    meant = await workers_meant(link, ["w-2", "w-9", "w-2"])
    assert (meant.names, meant.missing) == (["w-2"], ["w-9"])
    assert (await workers_meant(link, None)).names == ["w-1", "w-2"]
    await order(link, ACT, meant.names, Order.PAUSE)
    assert [await read_order(one) for one in workers] == [None, Order.PAUSE]


async def letters_are_retried_and_dropped(link: Link) -> None:
    ids = [
        (await link.command("XADD", link.names.dead, "*", "job", encode(job(1)), "dead", said))
        for said in (b'{"reason":"a","run":"clips/1-0"}', b'{"reason":"b"}')
    ]
    first, second = (one.decode() for one in ids)
    selection, missing = await dead.select_named(link, ["clips/1-0", first, "9-9"], examples=5)
    assert (selection.ids, missing) == ([first], ["9-9"])
    assert await dead.count(link) == 2
    (handled,) = await retry(link, selection.ids, ACT)
    assert handled.run_id is not None
    await drop(link, [second], ACT)
    assert await dead.count(link) == 0


async def thumbnails_are_asked_for(link: Link, database: Database) -> None:
    async with database.connection() as connection:
        await add_clip(connection, "5-1")
        await connection.execute("update clips set thumbnail_state = 'failed'")
        failed = ThumbnailFilter(states=(ThumbnailState.FAILED,))
        assert await count_chosen(connection, failed) == 1
        assert [one.clip_id for one in await clips_chosen(connection, failed, limit=9)] == ["5-1"]
        named = await fates_of_named(connection, ["5-1", "9-9"])
    await audit.note(link, ACT, "thumbnails retry", count=1, ids=named.asked)
    assert await ask_for_clips(database, ["5-1", "9-9"], with_ready=False) == named
    assert await ask_for_chosen(database, failed) == 0
    now = await standing(database)
    assert (now.clips, now.backlog.due_now, now.outbox.files) == (1, 1, 0)


async def add_clip(connection: AsyncConnection[Any], clip_id: str) -> None:
    await connection.execute(
        """
        insert into guilds (guild_id) values (7);
        insert into channels (channel_id, guild_id, type) values (70, 7, 0);
        insert into authors (author_id, username, is_bot) values (900, 'a', false);
        insert into messages (message_id, channel_id, author_id, type, posted_at)
        values (5, 70, 900, 0, now())
        """
    )
    await connection.execute(
        """
        insert into clips (clip_id, message_id, channel_id, guild_id, author_id, source, spoiler,
                           discord_clip, filename, content_type, url, posted_at, settings_hash)
        values (%s, 5, 70, 7, 900, 'embed', false, false, 'a.mp4', 'video/mp4',
                'https://h/a', now(), '')
        """,
        [clip_id],
    )


async def all_of_it(redis_url: str, database_url: str) -> None:
    redis = Redis.from_url(redis_url, protocol=3)
    database = Database(database_url)
    try:
        link = Link(redis, Names("clips", "workers"), "the test server")
        async with database.connection() as connection:
            await migrations.migrate(connection, SCHEMA)
        await intake.ensure_group(link)
        await many_are_cancelled(link, database)
        await what_is_lost_is_put_back(link, database)
        await workers_are_ordered(link)
        await letters_are_retried_and_dropped(link)
        await thumbnails_are_asked_for(link, database)
        actions = {one.action for one in await audit.read(link, count=50)}
        assert actions == {
            *("cancel", "queue repair", "workers pause", "dead retry", "dead drop"),
            "thumbnails retry",
        }
    finally:
        await redis.aclose()


def test_all_of_it_works_on_asyncio(redis_url: str, database_url: str) -> None:
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(all_of_it(redis_url, database_url))
