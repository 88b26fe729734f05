"""Guild jobs: a job for each channel with something new, whatever cuts the listing off."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from clipsaver.job_settings import Settings
from clipsaver.jobs import GuildJob
from clipsaver.simulator import Access, ChannelType, Fault, World
from tests.worker.conftest import OpenSite
from tests.worker.site import Site, planted, scan_of, until

ARCHIVES = "GET /channels/*/threads/archived/*"
READ = ("select channel_id, count(*), sum(messages) from runs where type = 'batch' "
        "group by channel_id order by channel_id")  # fmt: skip


def a_guild(*, messages: int = 120) -> World:
    """Channels and threads of every type, some of them archived and private."""
    return World.generate(seed=11, channels=7, messages=messages, thread_messages=15)


def guild_job(site: Site, **fields: object) -> GuildJob:
    (guild_id,) = site.world.guilds
    return GuildJob(guild_id=str(guild_id), **fields)


def written(site: Site) -> list[tuple[int, int, int]]:
    """Every channel that can be read, read once, message by message."""
    histories = site.world.histories
    return sorted((c.channel_id, 1, len(histories[c.channel_id])) for c in site.channels)


async def counts(site: Site, run: str) -> tuple[int, ...]:
    query = "select channels, channels_unreadable, jobs_added from runs where run_id = %s"
    return (await site.rows(query, run))[0]


async def test_every_clip_of_a_guild_is_found_by_one_job(site_of: OpenSite) -> None:
    async with site_of(a_guild()) as site:
        (run,) = await site.push(guild_job(site))
        report = await site.drain()
        everywhere = len(site.channels)
        assert (report.exit_code, report.outcomes) == (0, {"done": everywhere + 1})
        assert await site.clips() == planted(site.world)
        assert await site.rows(READ) == written(site)
        assert await counts(site, run) == (everywhere, 0, everywhere)
        assert await site.rows("select name from guilds") == [("Simulated guild 1",)]
        # A batch job knows its channel from the list: the guild was asked for all of them at once.
        assert "GET /channels/{}" not in site.simulator.statistics().by_route


async def test_what_was_read_is_not_read_again_and_what_is_new_is(site_of: OpenSite) -> None:
    async with site_of(a_guild()) as site:
        await site.push(guild_job(site))
        await site.drain()
        pages = site.pages_asked
        (run,) = await site.push(guild_job(site))
        await site.drain()
        assert await counts(site, run) == (len(site.channels), 0, 0)
        assert site.pages_asked == pages
        thread = next(one for one in site.channels if one.archived_ms is not None)
        site.world.archive(thread.channel_id, archived=False)
        site.world.post(thread.channel_id)
        (run,) = await site.push(guild_job(site))
        await site.drain()
        assert (await counts(site, run))[2] == 1
        assert await site.clips() == planted(site.world)


async def test_other_settings_are_another_way_of_reading(site_of: OpenSite) -> None:
    async with site_of(a_guild(messages=20)) as site:
        await site.push(guild_job(site))
        await site.drain()
        settings = Settings(allowed_mime_types=("video/webm",))
        (run,) = await site.push(guild_job(site, settings=settings))
        await site.drain()
        assert (await counts(site, run))[2] == len(site.channels)
        jobs = await site.rows(
            "select distinct job->'settings'->'allowed_mime_types' from runs order by 1"
        )
        assert ([["video/webm"]],) in [(row,) for row in jobs] or (["video/webm"],) in jobs


async def test_what_may_not_be_read_is_told_and_costs_no_refusal(site_of: OpenSite) -> None:
    async with site_of(a_guild(messages=20)) as site:
        world = site.world
        await site.push(guild_job(site))
        await site.drain()
        texts = [one for one in site.channels if one.type is ChannelType.TEXT]
        (voice,) = (one for one in site.channels if one.type is ChannelType.VOICE)
        hidden, mute = texts[1], texts[2]
        world.set_access(hidden.channel_id, Access.NO_VIEW)
        world.set_access(mute.channel_id, Access.NO_HISTORY)
        world.set_access(voice.channel_id, Access.NO_CONNECT)
        world.manage_threads = False
        (run,) = await site.push(guild_job(site))
        with capture_logs() as logs:
            assert (await site.drain()).exit_code == 0
        ((state, error, words),) = await site.rows(
            "select state, error, error_message from runs where run_id = %s", run
        )
        assert (state, error) == ("SUCCEEDED", "channels_unreadable")
        assert f"no View Channel: #{hidden.name}" in words
        assert f"no Read Message History: #{mute.name}" in words
        assert f"no Connect: #{voice.name}" in words
        assert f"no Manage Threads: its archived private threads of #{texts[0].name}" in words
        assert "channels_unreadable" in [log["event"] for log in logs]
        # The hidden one was asked for once, since it was known before; nothing else was refused.
        assert site.simulator.statistics().status_count(403) == 1
        accesses = await site.rows(
            "select channel_id, access_error from channels where access = 'denied' order by 1"
        )
        assert (
            dict(accesses).items()
            >= {
                hidden.channel_id: "access_denied",
                mute.channel_id: "missing_read_message_history",
                voice.channel_id: "access_denied",
            }.items()
        )
        (run,) = await site.push(guild_job(site))
        await site.drain()
        assert site.simulator.statistics().status_count(403) == 1
        assert (await counts(site, run))[1] >= 3


async def test_a_channel_that_may_be_read_again_is_read(site_of: OpenSite) -> None:
    async with site_of(a_guild(messages=20)) as site:
        hidden = site.channels[0]
        site.world.set_access(hidden.channel_id, Access.NO_VIEW)
        await site.push(scan_of(hidden), guild_job(site))
        await site.drain()
        site.world.set_access(hidden.channel_id, Access.FULL)
        await site.push(guild_job(site))
        assert (await site.drain()).exit_code == 0
        assert await site.clips() == planted(site.world)
        assert await site.rows("select from channels where access = 'denied'") == []


async def test_a_guild_that_the_bot_is_not_in_is_told(site_of: OpenSite) -> None:
    async with site_of(a_guild(messages=1)) as site:
        await site.push(GuildJob(guild_id="404"))
        assert (await site.drain()).exit_code == 1
        (letter,) = await site.dead()
        assert letter["reason"] == "not_found"
        assert "the bot is not in this server" in letter["error"]
        assert letter["stage"] == "list"


@pytest.mark.parametrize("after", [0, 3, 9])
async def test_a_listing_that_was_cut_off_doubles_and_misses_nothing(
    site_of: OpenSite, after: int
) -> None:
    async with site_of(a_guild(messages=40)) as site:
        site.simulator.faults.next(ARCHIVES, Fault.hang(), after=after)
        (run,) = await site.push(guild_job(site))
        async with site.worker() as worker:
            await _hangs(site)
            await worker.die()
        await site.let_leases_run_out()
        assert (await site.drain()).exit_code == 0
        assert await site.clips() == planted(site.world)
        assert await site.rows(READ) == written(site)
        assert await site.rows("select state, deliveries from runs where run_id = %s", run) == [
            ("SUCCEEDED", 2)
        ]


async def _hangs(site: Site) -> None:
    async def condition() -> bool:
        return site.simulator.statistics().faults.get("hang", 0) > 0

    await until(condition, "a request hangs")


async def test_a_worker_that_stops_hands_the_listing_back(site_of: OpenSite) -> None:
    async with site_of(a_guild(messages=20)) as site:
        site.simulator.faults.always(ARCHIVES, Fault.latency(0.1))
        (run,) = await site.push(guild_job(site))
        async with site.worker() as worker:
            await site.is_running(run)
            report = await worker.stop()
        assert report.outcomes["handback"] >= 1
        assert await site.rows("select state from runs where run_id = %s", run) == [("QUEUED",)]
        site.simulator.faults.clear()
        await site.drain()
        assert await site.clips() == planted(site.world)
        assert await site.rows(READ) == written(site)


async def test_what_another_guild_job_has_added_and_waits_is_not_added_again(
    site_of: OpenSite,
) -> None:
    async with site_of(a_guild(messages=20)) as site:
        first, second = await site.push(guild_job(site), guild_job(site))
        one_slot = site.configured(worker={"concurrency": 2, "reserved": 1})
        with capture_logs() as logs:
            assert (await site.drain(one_slot)).exit_code == 0
        everywhere = len(site.channels)
        assert await counts(site, first) == (everywhere, 0, everywhere)
        assert await counts(site, second) == (everywhere, 0, 0)
        assert [log.get("queued") for log in logs if log["event"] == "guild_listed"] == [
            None, everywhere,
        ]  # fmt: skip
        assert await site.rows(READ) == written(site)


async def test_guild_jobs_at_once_read_nothing_twice(site_of: OpenSite) -> None:
    async with site_of(a_guild(messages=40)) as site:
        await site.push(*[guild_job(site)] * 3)
        assert (await site.drain()).exit_code == 0
        assert await site.clips() == planted(site.world)
        read = await site.rows("select sum(messages) from runs where type = 'batch'")
        assert read == [(sum(count for _, _, count in written(site)),)]


async def test_one_channels_trouble_costs_only_itself(site_of: OpenSite) -> None:
    async with site_of(a_guild(messages=20)) as site:
        parent = next(one for one in site.channels if one.type is ChannelType.TEXT)
        site.simulator.faults.always(
            f"GET /channels/{parent.channel_id}/threads/archived/public", Fault.status(403, 50001)
        )
        (run,) = await site.push(guild_job(site))
        await site.drain()
        lost = {
            one.channel_id
            for one in site.channels
            if one.parent_id == parent.channel_id
            and one.archived_ms is not None
            and one.type is ChannelType.PUBLIC_THREAD
        }
        assert lost
        assert (await counts(site, run))[2] == len(site.channels) - len(lost)
        ((words,),) = await site.rows("select error_message from runs where run_id = %s", run)
        assert f"its archived threads of #{parent.name}" in words


async def test_an_outage_in_the_middle_is_waited_out(site_of: OpenSite) -> None:
    async with site_of(a_guild(messages=20)) as site:
        site.simulator.faults.next(ARCHIVES, Fault.status(503), times=5, after=2)
        await site.push(guild_job(site))
        assert (await site.drain()).exit_code == 0
        assert await site.clips() == planted(site.world)
        assert await site.rows(READ) == written(site)
