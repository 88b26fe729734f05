"""What is purged is gone, whatever the workers are at, and comes back only if it is wanted."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from clipsaver.cli.failures import report
from clipsaver.config import Config, Secret
from clipsaver.database.purging.purges import ask_purge, hold_purge
from clipsaver.errors import EpochPassed, ExitCode, UsageError
from clipsaver.jobs import (
    GuildJob,
    MessageDeletionJob,
    PurgeAuthorJob,
    PurgeChannelJob,
    PurgeGuildJob,
)
from clipsaver.queue import produce
from clipsaver.queue.depth import left_to_do
from clipsaver.records import PurgeScope, PurgeTarget
from clipsaver.simulator import Access, Channel, Fault, World
from clipsaver.thumbnails.storage import key_of
from clipsaver.worker import nursery
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, a_world, messages_of, planted, scan_of, until

MADE_OF = ("clips", "messages", "authors", "thumbnails", "scan_coverage")


def accepting(site: Site, **sections: dict[str, Any]) -> Config:
    """A configuration that does purge jobs."""
    return site.configured(privacy={"accept_purge_jobs": True}, **sections)


def named(channel: Channel) -> dict[str, str]:
    return {"guild_id": str(channel.guild_id), "channel_id": str(channel.channel_id)}


async def counts(site: Site) -> dict[str, int]:
    """Rows of what is read of Discord, and names; what is 0 is left out."""
    queries = {table: f"select count(*) from {table}" for table in MADE_OF}
    queries |= {
        table: f"select count(*) from {table} where name is not null"
        for table in ("channels", "guilds")
    }
    found = {name: (await site.rows(query))[0][0] for name, query in queries.items()}
    return {name: count for name, count in found.items() if count}


async def nothing_is_left_to_do(site: Site) -> None:
    async def condition() -> bool:
        return (await left_to_do(site.link)).nothing

    await until(condition, "all jobs are over")


async def author_of(site: Site, channel: Channel, message_id: int) -> int:
    message = site.world.message(channel.channel_id, message_id)
    assert message is not None
    return int(message["author"]["id"])


async def test_jobs_may_not_purge_unless_they_are_accepted(site_of: OpenSite) -> None:
    """A command may. Its purge is gone on with when it died, also by a worker that drains."""
    async with site_of(a_world(messages=150)) as site:
        (channel,) = site.channels
        await site.push(scan_of(channel))
        await site.drain()
        before = await counts(site)
        guild = {"guild_id": str(channel.guild_id)}
        author = PurgeAuthorJob(**guild, author_id="19283746")
        await site.push(PurgeChannelJob(**named(channel)), PurgeGuildJob(**guild), author)
        target = PurgeTarget(PurgeScope.GUILD, channel.guild_id)
        purge = await ask_purge(site.database, target, asked_by="command")
        await hold_purge(site.database, purge.purge_id, driver="it may live", lease_s=60)
        with capture_logs() as logs:
            assert (await site.drain()).outcomes == {"dead": 3}
        for letter in await site.dead():
            assert letter["reason"] == "purge_not_accepted"
            assert "`clipsaver purge" in letter["error"]
            assert "privacy.accept_purge_jobs" in letter["error"]
        assert author.author_id not in str(logs)  # who it was is nobody's business
        refused = "select distinct state, error from runs where type like 'purge%%'"
        assert await site.rows(refused) == [("FAILED", "purge_not_accepted")]
        assert not await site.rows("select from runs where job ? 'author_id'")
        assert await counts(site) == before

        await hold_purge(site.database, purge.purge_id, driver="it died", lease_s=-1)
        with capture_logs() as logs:
            assert (await site.drain()).outcomes == {}
        assert await counts(site) == {}
        events = [log["event"] for log in logs if log["event"].startswith("purge_")]
        assert events == ["purge_resumed", "purge_done"]


async def test_a_guild_is_purged_while_it_is_scanned(site_of: OpenSite) -> None:
    """Jobs that wait, jobs that run and the guild job that still adds some: none brings it back."""
    async with site_of(a_world(channels=6, messages=500)) as site:
        guild_id = str(site.channels[0].guild_id)
        site.simulator.faults.always(PAGES, Fault.latency(0.1))
        config = accepting(site, worker={"concurrency": 4, "slice": 0.3})
        async with site.worker(config):
            await site.push(GuildJob(guild_id=guild_id))
            scans = await site.push(*(scan_of(channel) for channel in site.channels))
            await site.has_read(3)
            (purge,) = await site.push(PurgeGuildJob(guild_id=guild_id))
            await site.event_came("done", purge)
            assert await counts(site) == {}
            await nothing_is_left_to_do(site)
            assert await counts(site) == {}
            ended = await site.rows(
                "select state, error, error_message from runs where error is not null"
            )
            assert {row[:2] for row in ended} == {("CANCELLED", "purged")}
            assert all("after this job was asked for" in row[2] for row in ended)
            assert not await site.dead()
            purged = [run for run in scans if "cancelled" in await site.events(run)]
            status = await produce.job_status(site.link, purged[-1])
            assert status is not None
            assert status.is_well
            assert status.note is not None
            assert status.note.startswith("purged: ")
            ((deleted, found),) = await site.rows(
                "select r.clips_deleted, p.clips_found from purges p join runs r using (run_id)"
                " where p.stage = 'done'"
            )
            assert deleted == found > 0

            site.simulator.faults.clear()
            (again,) = await site.push(GuildJob(guild_id=guild_id))
            await site.event_came("done", again)
            await nothing_is_left_to_do(site)
        assert await site.clips() == planted(site.world)
        assert (await counts(site))["guilds"] == 1


async def test_a_scan_goes_on_without_a_person_who_is_purged(
    site_of: OpenSite, capsys: pytest.CaptureFixture[str]
) -> None:
    """A worker that knows no mark of that person, for it has another key, does not begin."""
    async with site_of(a_world(messages=700)) as site:
        (channel,) = site.channels
        clips = sorted(site.world.planted(channel.channel_id), key=lambda one: -one.message_id)
        authors = [await author_of(site, channel, one.message_id) for one in clips]
        who = authors[0]
        left = {clip.clip_id for clip, author in zip(clips, authors, strict=True) if author != who}
        assert left
        site.simulator.faults.always(PAGES, Fault.latency(0.1))
        keyed = {"accept_purge_jobs": True, "key": Secret("one")}
        async with site.worker(site.configured(privacy=keyed)):
            (scan,) = await site.push(scan_of(channel))
            await site.has_read(2)
            job = PurgeAuthorJob(guild_id=str(channel.guild_id), author_id=str(who))
            (purge,) = await site.push(job)
            await site.event_came("done", purge)
            await site.event_came("done", scan)
            site.world.post(channel.channel_id)
            await site.push(scan_of(channel, known="reread"))
            await nothing_is_left_to_do(site)
        assert await site.rows("select from messages where author_id = %s", who) == []
        assert left <= await site.clips()
        assert await site.rows("select from authors where author_id = %s", who) == []
        # Whom it was about is not kept, neither with the purge nor with its job.
        kept = "select author_id, job ? 'author_id' from purges join runs using (run_id)"
        assert await site.rows(kept) == [(None, False)]
        with pytest.RaisesGroup(UsageError, flatten_subgroups=True) as caught:
            await site.drain(site.configured(privacy={"key": Secret("another")}))
        assert report(caught.value) == ExitCode.USAGE
        assert "under another privacy.key" in capsys.readouterr().err


async def test_what_discord_has_deleted_is_deleted_for_good(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=3, messages=100)) as site:
        some, whole, denied = site.channels
        ids = {
            channel: sorted({one.message_id for one in site.world.planted(channel.channel_id)})
            for channel in site.channels
        }
        await site.push(*map(scan_of, ids))
        await site.drain()
        for one in ids[some][:3]:
            site.world.delete(some.channel_id, one)
        await site.push(messages_of(some, ids[some][0]))  # marks its clips deleted
        await site.drain()
        site.world.set_access(whole.channel_id, Access.DELETED)
        site.world.set_access(denied.channel_id, Access.NO_VIEW)
        unknown = some.channel_id + 1
        (run, *_) = await site.push(
            *(
                MessageDeletionJob(**named(channel), message_ids=tuple(map(str, wanted)))
                for channel, wanted in {
                    some: (*ids[some][:4], unknown),
                    whole: ids[whole][:2],
                    denied: ids[denied][:1],
                }.items()
            )
        )
        with capture_logs() as logs:
            assert (await site.drain()).outcomes == {"done": 2, "dead": 1}
        assert [letter["reason"] for letter in await site.dead()] == ["access_denied"]
        left = {*ids[some][3:], *ids[whole][2:], *ids[denied]}
        assert set(await site.rows("select message_id from messages")) == {(one,) for one in left}
        assert {int(clip.partition("-")[0]) for clip in await site.clips()} == left
        done = {log["channel_id"]: log for log in logs if log["event"] == "purge_done"}
        assert await site.rows(
            "select error, error_message, job ? 'message_ids', remaining is null, clips_deleted"
            " from runs where run_id = %s",
            run,
        ) == [
            (
                "messages_still_there",
                "1 of 5 messages is still there at Discord: they stay",
                False,
                True,
                done[str(some.channel_id)]["clips"],
            )
        ]
        asked = "select distinct asked_by, message_ids, stage from purges"
        assert await site.rows(asked) == [("message_deletion", None, "done")]


async def test_a_channel_goes_with_its_threads_until_a_job_names_it(site_of: OpenSite) -> None:
    world = World.generate(seed=11, channels=4, messages=20, thread_messages=4)
    async with site_of(world) as site:
        parents = {one.parent_id for one in site.channels if one.type.is_thread}
        text = next(one for one in site.channels if one.channel_id in parents)
        within = [
            one for one in site.channels if text.channel_id in (one.channel_id, one.parent_id)
        ]
        lost, guild = planted(site.world, *within), GuildJob(guild_id=str(text.guild_id))
        everything = planted(site.world)
        assert lost
        with capture_logs() as logs:
            async with site.worker(accepting(site)):
                await site.push(guild)
                await nothing_is_left_to_do(site)
                assert await site.clips() == everything
                wrong = {**named(text), "guild_id": "77"}
                unknown = {**named(text), "channel_id": "5"}
                await site.push(PurgeChannelJob(**wrong), PurgeChannelJob(**unknown))
                (purge,) = await site.push(PurgeChannelJob(**named(text)))
                await site.event_came("done", purge)
                assert await site.clips() == everything - lost
                search = GuildJob(guild_id=guild.guild_id, strategy="search")
                for run in await site.push(guild, search):
                    await site.event_came("done", run)
                await nothing_is_left_to_do(site)
                assert await site.clips() == everything - lost
                (scan,) = await site.push(scan_of(text))
                await site.event_came("done", scan)
                await site.push(guild)
                await nothing_is_left_to_do(site)
                assert await site.clips() == everything
        assert [letter["reason"] for letter in await site.dead()] == ["wrong_guild"]
        noted = "select error from runs where channel_id = 5"
        assert await site.rows(noted) == [("nothing_stored",)]
        listed = [log.get("purged") for log in logs if log["event"] == "guild_listed"]
        assert listed == [None, len(within), None]
        passed_over = [log for log in logs if log["event"] == "purged_channel_not_searched"]
        assert {log["channel"] for log in passed_over} <= {one.channel_id for one in within}
        assert passed_over


async def test_a_job_that_wants_a_channel_again_lets_in_none_that_waited(
    site_of: OpenSite,
) -> None:
    async with site_of(a_world(messages=120)) as site:
        (channel,) = site.channels
        (first,) = await site.push(scan_of(channel, limit=50))
        await site.drain()
        (waited,) = await site.push(scan_of(channel))
        # Ids of entries are whole milliseconds: the other jobs come in a later one.
        purged_ms = int(waited.rpartition("/")[2].partition("-")[0])
        await site.database.execute(
            "update channels set purged_at = to_timestamp(%s / 1000.0)", [purged_ms]
        )

        async def is_later() -> bool:
            return int(time.time() * 1000) > purged_ms

        await until(is_later, "a later millisecond")
        live = messages_of(channel, site.world.post(channel.channel_id))
        later = [live, scan_of(channel, limit=50)]
        (new, last) = await site.push(*later)
        await site.drain(site.configured(worker={"concurrency": 1, "reserved": 0}))
        states = dict(await site.rows("select run_id, state from runs"))
        assert states == {
            first: "SUCCEEDED",
            waited: "CANCELLED",
            new: "SUCCEEDED",
            last: "SUCCEEDED",
        }
        assert (await site.events()).index("cancelled") > (await site.events()).index("done")
        read = "select messages from runs where run_id = %s"
        assert await site.rows(read, waited) == [(0,)]


async def test_what_was_never_read_is_not_read_by_jobs_that_wait(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=20)) as site:
        (channel,) = site.channels
        (purge, scan) = await site.push(PurgeChannelJob(**named(channel)), scan_of(channel))
        await site.drain(accepting(site, worker={"concurrency": 1, "reserved": 0}))
        states = await site.rows("select run_id, state, error from runs order by run_id")
        assert states == [
            (purge, "SUCCEEDED", "nothing_stored"),
            (scan, "CANCELLED", "purged"),
        ]
        assert await counts(site) == {}
        await site.push(scan_of(channel))
        await site.drain()
        assert await site.clips() == planted(site.world)


async def test_files_go_too_once_the_storage_is_there(
    site_of: OpenSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job waits for them, and nobody else waits for the job."""
    monkeypatch.setattr("clipsaver.worker.privacy.carrying._LOOK_AGAIN_S", 0.2)
    async with site_of(a_world(messages=60)) as site:
        (channel,) = site.channels
        await site.push(scan_of(channel))
        await site.drain()
        storage = tmp_path / "pictures"
        files = await with_pictures(site, storage)
        storage.rename(tmp_path / "away")
        config = accepting(site, thumbnails={"storage": str(storage), "enabled": False})
        async with site.worker(config):
            (purge,) = await site.push(PurgeGuildJob(guild_id=str(channel.guild_id)))
            await site.event_came("wait", purge)
            assert await counts(site) == {}
            ((stage, error),) = await site.rows("select stage, error from purges")
            assert (stage, str(storage) in error) == ("files", True)
            assert await site.rows("select error from runs where run_id = %s", purge) == [
                ("storage",)
            ]
            (scan,) = await site.push(scan_of(channel))
            await site.event_came("done", scan)
            (tmp_path / "away").rename(storage)
            assert all((storage / one).exists() for one in files)
            await site.event_came("done", purge)
        assert not any((storage / one).exists() for one in files)
        assert await site.rows("select files, stage from purges") == [(len(files), "done")]
        assert await site.clips() == planted(site.world)


async def with_pictures(site: Site, storage: Path) -> list[str]:
    """Gives some clips a stored picture; returns the keys."""
    keys = []
    for (clip_id,) in await site.rows("select clip_id from clips order by 1 limit 3"):
        keys.append(key := key_of(clip_id, "small", 1))
        (storage / key).parent.mkdir(parents=True, exist_ok=True)
        (storage / key).write_bytes(b"a picture")
        await site.database.execute(
            "insert into thumbnails (clip_id, size, storage_key, width, height, size_bytes,"
            " content_type, source) values (%s, 'small', %s, 1, 1, 9, 'image/webp', 'decode')",
            [clip_id, key],
        )
    return keys


async def test_pages_that_purges_make_void_end_in_a_wait(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run does not ask Discord for ever for what is purged faster than it can be read."""
    tries = 0

    async def scan(*_: object) -> None:
        nonlocal tries
        tries += 1
        raise EpochPassed("its channel is purged all the time")

    monkeypatch.setitem(nursery.run_worker.__kwdefaults__, "scan", scan)
    async with site_of(a_world(messages=1)) as site, site.worker():
        (run,) = await site.push(scan_of(site.channels[0]))
        await site.event_came("wait", run)
        assert tries == 5
        status = await produce.job_status(site.link, run)
        assert status is not None
        assert status.waits_for == "being_purged"
