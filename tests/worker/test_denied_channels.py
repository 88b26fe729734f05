"""Channels that may not be read: one refusal, whatever the number of jobs and of workers."""

from __future__ import annotations

from clipsaver.jobs import GuildJob
from clipsaver.simulator import Access
from tests.worker.conftest import OpenSite
from tests.worker.site import a_world, messages_of, planted, scan_of

JOBS = 12


async def test_many_jobs_for_a_denied_channel_make_one_request(site_of: OpenSite) -> None:
    """Of one type each: those that may run at once and those that exclude each other."""
    async with site_of(a_world(channels=3)) as site:
        hidden, gone, good = site.channels
        site.world.set_access(hidden.channel_id, Access.NO_VIEW)
        site.world.set_access(gone.channel_id, Access.DELETED)
        for number in range(1, JOBS + 1):
            await site.push(
                messages_of(hidden, number), scan_of(gone, limit=number), messages_of(good, number)
            )
        await site.push(scan_of(good))
        assert (await site.drain()).outcomes["dead"] == 2 * JOBS
        by_route = site.simulator.statistics().by_route
        asked = by_route["GET /channels/{}"]
        assert (asked[403], asked[404]) == (1, 1)
        assert not {403, 404} & set(by_route["GET /channels/{}/messages"])
        assert {letter["reason"] for letter in await site.dead()} == {"access_denied", "not_found"}
        assert await site.clips() == planted(site.world, good)


async def test_the_next_worker_knows_it_too(site_of: OpenSite) -> None:
    async with site_of(a_world()) as site:
        (channel,) = site.channels
        await site.push(scan_of(channel))
        await site.drain()
        site.world.set_access(channel.channel_id, Access.NO_VIEW)
        asked = site.pages_asked
        for _ in range(2):
            await site.push(scan_of(channel, known="reread"))
            assert (await site.drain()).outcomes == {"dead": 1}
        assert site.pages_asked == asked + 1


async def test_a_guild_that_shows_the_channel_again_lets_jobs_ask(site_of: OpenSite) -> None:
    async with site_of(a_world()) as site:
        (channel,) = site.channels
        site.world.set_access(channel.channel_id, Access.NO_VIEW)
        await site.push(scan_of(channel))
        assert (await site.drain()).outcomes == {"dead": 1}
        survey = GuildJob(guild_id=str(channel.guild_id))
        await site.push(survey)
        assert (await site.drain()).outcomes == {"done": 1}
        assert await site.rows("select channel_id from denials") == [(channel.channel_id,)]
        site.world.set_access(channel.channel_id, Access.FULL)
        await site.push(survey)
        assert (await site.drain()).outcomes == {"done": 2}
        assert await site.clips() == planted(site.world)
