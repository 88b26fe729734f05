"""The queries of docs/database.md: each gives what the page says, from the index it names."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import sql
from psycopg.rows import TupleRow

from benchmarks.queries import gallery_script
from clipsaver import snowflake
from clipsaver.database import Database, channels, runs
from clipsaver.database.clip_filter import ClipKey
from clipsaver.database.clips import newest_clips
from clipsaver.database.run_changes import Leaving, begin_run, leave_run
from clipsaver.ranges import RangeSet
from clipsaver.records import Channel, Delivery, PageChanges, RunState
from clipsaver.trio_io.postgres import TrioConnection
from scripts.database_page import queries
from tests.database.making import (
    SETTINGS,
    a_clip,
    a_job,
    a_page,
    add_run,
    an_author,
    commit_pages,
    rows,
)

Conn = TrioConnection[TupleRow]
QUERIES = queries("Queries")
COUNTS = queries("What has to count")


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=UTC)


def posted_on(number: int) -> int:
    """A message id of that day's first millisecond."""
    return snowflake.from_unix(day(number).timestamp())


def clip_on(number: int, attachment: int = 1, **fields: Any) -> Any:
    return a_clip(posted_on(number), attachment, posted_at=day(number), **fields)


def id_on(number: int, attachment: int = 1) -> str:
    return f"{posted_on(number)}-{attachment}"


async def add_known_channel(conn: Conn, channel_id: int, guild_id: int, newest: int | None) -> None:
    channel = Channel(channel_id, guild_id, None, 0, f"channel-{channel_id}", False, newest)
    await channels.record_channel(conn, channel)


@pytest.fixture
async def conn(database: Database) -> AsyncIterator[Conn]:
    """Guild 7: channel 70 with clips of the days 1 to 6, two on day 3, by 900 and (on odd days)
    901, 71 with one of day 7, 72 never read, 73 empty. Guild 8: channel 80, day 8, by 900.

    Day 6 is deleted, day 5 has thumbnails; 70 was read from day 1 to 4 and on day 5.
    """
    opened = await database.connect_writer()
    for run, channel, guild, newest in (
        ("s/70", 70, 7, posted_on(6)),
        ("s/71", 71, 7, posted_on(7)),
        ("s/80", 80, 8, posted_on(8)),
    ):
        await add_known_channel(opened, channel, guild, newest)
        job = a_job(guild_id=str(guild), channel_id=str(channel))
        await begin_run(opened, Delivery(run, 5, attempts=0), job)
    await add_known_channel(opened, 72, 7, posted_on(2))
    await add_known_channel(opened, 73, 7, None)
    covered = RangeSet.of(posted_on(1), posted_on(4)) | RangeSet.of(posted_on(5), posted_on(6))
    clips = [clip_on(n, author_id=900 + n % 2) for n in range(1, 7)]
    clips += [clip_on(3, 2, author_id=901)]
    display = tuple(an_author(900 + n, global_name=("Ann", None)[n]) for n in range(2))
    pages = [
        a_page("s/70", 1, *clips, covered=covered, authors=display),
        a_page("s/71", 1, clip_on(7, channel_id=71), channel_id=71, authors=display[:1]),
        a_page("s/80", 1, clip_on(8, channel_id=80), channel_id=80, guild_id=8, authors=display),
    ]
    assert all(isinstance(fate, PageChanges) for fate in await commit_pages(opened, pages))
    await opened.execute(
        "update clips set deleted_at = '2026-11-10Z', deleted_reason = 'purge' where clip_id = "
        + sql.Literal(id_on(6)).as_string()
    )
    await opened.execute(
        "update clips set thumbnail_state = 'ready', placeholder = 'hash' where clip_id = "
        + sql.Literal(id_on(5)).as_string()
    )
    await opened.execute(
        "insert into thumbnails (clip_id, size, storage_key, width, height, size_bytes, "
        "content_type, source) select clip_id, s, s || '.webp', 320, 180, 9, 'image/webp', "
        "'decode' from clips, unnest('{small,large}'::text[]) s where thumbnail_state = 'ready'"
    )
    yield opened
    await opened.close()


async def ask(conn: Conn, title: str, **values: Any) -> list[dict[str, Any]]:
    found = await conn.execute((QUERIES | COUNTS)[title].with_values({"limit": 50, **values}))
    names = [column.name for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await found.fetchall()]


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [row["clip_id"] for row in found]


IN_GUILD_7 = [id_on(7), id_on(5), id_on(4), id_on(3, 2), id_on(3, 1), id_on(2), id_on(1)]


async def test_newest_of_a_guild(conn: Conn) -> None:
    found = await ask(conn, "Newest clips of a guild", guild_id=7)
    assert ids(found) == IN_GUILD_7
    assert (found[0]["channel"], found[0]["author"]) == ("channel-71", "Ann")
    assert (found[1]["channel"], found[1]["author"]) == ("channel-70", "user901")
    assert ids(await ask(conn, "Newest clips of a guild", guild_id=7, limit=2)) == IN_GUILD_7[:2]


@pytest.mark.parametrize("step", [1, 2, 3])
async def test_page_by_page_each_clip_comes_once(conn: Conn, step: int) -> None:
    page = await ask(conn, "Newest clips of a guild", guild_id=7, limit=step)
    seen = ids(page)
    while page:
        last = {name: page[-1][name] for name in ("message_id", "clip_id")}
        page = await ask(conn, "The next page", guild_id=7, limit=step, **last)
        seen += ids(page)
    assert seen == IN_GUILD_7


async def test_the_page_and_the_program_list_the_same(conn: Conn) -> None:
    """clipsaver.database.clips is what its own commands show."""
    program = await newest_clips(conn, limit=50, guild_id=7)
    page = await ask(conn, "Newest clips of a guild", guild_id=7)
    assert [clip.clip_id for clip in program] == ids(page)
    assert [clip.author_name for clip in program] == [row["author"] for row in page]
    key = ClipKey(posted_on(3), id_on(3, 2))
    program = await newest_clips(conn, limit=50, guild_id=7, before=key)
    page = await ask(conn, "The next page", guild_id=7, **key._asdict())
    assert [clip.clip_id for clip in program] == ids(page) == IN_GUILD_7[4:]


async def test_with_thumbnails(conn: Conn) -> None:
    found = {row["clip_id"]: row for row in await ask(conn, "With thumbnails", guild_id=7)}
    assert list(found) == IN_GUILD_7
    ready, pending = found[id_on(5)], found[id_on(4)]
    assert (ready["thumbnail_state"], ready["placeholder"]) == ("ready", "hash")
    assert (ready["storage_key"], ready["width"], ready["height"]) == ("small.webp", 320, 180)
    assert (pending["thumbnail_state"], pending["storage_key"]) == ("pending", None)


async def test_of_a_channel_and_of_an_author(conn: Conn) -> None:
    assert ids(await ask(conn, "Newest clips of a channel", channel_id=70)) == IN_GUILD_7[1:]
    by_900 = ids(await ask(conn, "Newest clips of an author", author_id=900))
    assert by_900 == [id_on(8), id_on(7), id_on(4), id_on(2)]
    here = await ask(conn, "Newest clips of an author in a guild", guild_id=7, author_id=900)
    assert ids(here) == by_900[1:]


async def test_of_a_time_to_the_millisecond(conn: Conn) -> None:
    between = {"since": "2026-11-03Z", "until": "2026-11-05Z"}
    found = await ask(conn, "Clips of a time", guild_id=7, **between)
    assert ids(found) == [id_on(4), id_on(3, 2), id_on(3, 1)]
    between = {"since": "2026-11-03T00:00:00.001Z", "until": "2026-11-05T00:00:00.001Z"}
    found = await ask(conn, "Clips of a time", guild_id=7, **between)
    assert ids(found) == [id_on(5), id_on(4)]


async def test_of_a_message(conn: Conn) -> None:
    found = await ask(conn, "Clips of a message", message_id=posted_on(3))
    assert ids(found) == [id_on(3, 1), id_on(3, 2)]
    assert await ask(conn, "Clips of a message", message_id=posted_on(6)) == []


async def test_one_clip_is_shown_also_when_it_is_deleted(conn: Conn) -> None:
    (found,) = await ask(conn, "One clip", clip_id=id_on(5))
    assert (found["small_key"], found["large_key"]) == ("small.webp", "large.webp")
    assert (found["content"], found["author"], found["deleted_at"]) == ("look", "user901", None)
    (found,) = await ask(conn, "One clip", clip_id=id_on(6))
    assert (found["deleted_at"], found["deleted_reason"]) == (day(10), "purge")
    assert found["small_key"] is None


async def test_channels_with_their_newest_clip(conn: Conn) -> None:
    found = await ask(conn, "Channels of a guild", guild_id=7)
    assert [(row["channel_id"], row["newest_clip"]) for row in found] == [
        (71, day(7)),
        (70, day(5)),
        (72, None),
        (73, None),
    ]


async def test_how_many_is_counted_to_a_thousand(conn: Conn) -> None:
    title = "How many, up to a thousand"
    assert await ask(conn, title, guild_id=7) == [{"clips": 7}]
    await add_many(conn, 1500)
    assert await ask(conn, title, guild_id=7) == [{"clips": 1001}]


async def add_many(conn: Conn, count: int) -> None:
    await conn.execute(
        "insert into clips (clip_id, message_id, channel_id, guild_id, author_id, source, filename,"
        " content_type, url, spoiler, discord_clip, posted_at, settings_hash) select 'n-' || k,"
        " message_id, 70, 7, 900, 'attachment', '', '', '', false, false, posted_at, ''"
        f" from generate_series(1, {count}) k, (select * from messages limit 1) m"
    )


async def test_what_was_deleted_lately(conn: Conn) -> None:
    found = await ask(conn, "Clips deleted lately", guild_id=7)
    assert [(row["clip_id"], row["deleted_at"], row["deleted_reason"]) for row in found] == [
        (id_on(6), day(10), "purge")
    ]
    assert await ask(conn, "Clips deleted lately", guild_id=8) == []


async def test_gaps_are_what_was_not_read_with_their_dates(conn: Conn) -> None:
    other = f"insert into scan_coverage values (70, 'x', '{{[0,{posted_on(6) + 1})}}')"
    await conn.execute(other)
    found = await ask(conn, "Gaps of a channel", channel_id=70)
    assert [tuple(row.values())[:5] for row in found] == [
        (SETTINGS, snowflake.to_datetime(70), day(1), 70, posted_on(1)),
        (SETTINGS, day(4), day(5), posted_on(4), posted_on(5)),
        (SETTINGS, day(6), day(6), posted_on(6), posted_on(6) + 1),
    ]


async def test_a_channel_never_read_is_one_gap_and_an_empty_one_is_none(conn: Conn) -> None:
    (gap,) = await ask(conn, "Gaps of a channel", channel_id=72)
    assert (gap["settings_hash"], gap["first_id"]) == (None, 72)
    assert gap["next_id"] == posted_on(2) + 1
    assert await ask(conn, "Gaps of a channel", channel_id=73) == []


async def test_runs_that_have_not_ended_and_that_failed(conn: Conn) -> None:
    why = runs.Failure("access_denied", "no")
    await leave_run(conn, Leaving("s/70", 5, RunState.FAILED, why))
    await leave_run(conn, Leaving("s/80", 5, RunState.SUCCEEDED))
    await add_run(conn, "s/99")
    unfinished = await ask(conn, "Runs that have not ended")
    assert [row["run_id"] for row in unfinished] == ["s/71", "s/99"]
    (failed,) = await ask(conn, "Runs that failed")
    assert (failed["run_id"], failed["error"]) == ("s/70", "access_denied")


async def test_counts(conn: Conn) -> None:
    assert await ask(conn, "Clips and bytes of each guild") == [
        {"guild_id": 7, "clips": 7, "size_bytes": 7000},
        {"guild_id": 8, "clips": 1, "size_bytes": 1000},
    ]
    assert await ask(conn, "Authors of a guild by clips", guild_id=7) == [
        {"author_id": 901, "clips": 4},
        {"author_id": 900, "clips": 3},
    ]


def indexes(plan: str) -> set[str]:
    """The indexes in a plan, of the tables that grow with the clips and the jobs."""
    found = re.findall(r"using (\w+) on|Bitmap Index Scan on (\w+)", plan)
    names = {one or two for one, two in found}
    return {name for name in names if re.match("clips|messages|thumbnails|runs", name)}


@pytest.fixture
async def gallery(conn: Conn) -> Conn:
    """20,000 clips, made as the benchmark makes its million."""
    await conn.execute("truncate guilds, runs cascade; set session_replication_role = replica")
    await conn.execute(gallery_script(20_000))
    await conn.execute("analyze")
    return conn


async def expected_rows(conn: Conn, condition: str) -> int:
    plan = await rows(conn, f"explain (format json) select from clips where {condition}")
    return int(plan[0][0][0]["Plan"]["Plan Rows"])


async def test_an_author_is_expected_where_the_author_is(gallery: Conn) -> None:
    """In a guild with a thirtieth of all clips; else all clips of an author are sorted."""
    ((author, guild),) = await rows(
        gallery,
        """
        select author_id, guild_id from clips join authors using (author_id)
        where not is_bot and guild_id = (
            select guild_id from clips group by guild_id order by count(*) limit 1)
        group by author_id, guild_id order by count(*) desc limit 1
        """,
    )
    everywhere = await expected_rows(gallery, f"author_id = {author}")
    there = await expected_rows(gallery, f"author_id = {author} and guild_id = {guild}")
    assert everywhere > 10
    assert there > everywhere / 2


async def test_each_is_read_from_the_indexes_that_the_page_shows(gallery: Conn) -> None:
    ((guild, channel, author, message, clip),) = await rows(
        gallery, "select guild_id, channel_id, author_id, message_id, clip_id from clips limit 1"
    )
    values = {
        "guild_id": guild,
        "channel_id": channel,
        "author_id": author,
        "message_id": message,
        "clip_id": clip,
        "since": "2024-01-01",
        "until": "2026-01-01",
        "limit": 50,
    }
    for title, query in QUERIES.items():
        found = await gallery.execute(sql.SQL("explain (costs off) ") + query.with_values(values))
        plan = "\n".join(line for (line,) in await found.fetchall())
        assert not re.search("Seq Scan on (clips|messages|thumbnails|runs)", plan), title
        assert query.plan, f"{title}: the page shows no plan"
        assert indexes(plan) == indexes(query.plan), title
