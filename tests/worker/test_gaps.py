"""A scan of a guild closes the gaps of a channel, and asks for nothing else there."""

from __future__ import annotations

from clipsaver.database.multirange import from_multirange, to_text
from clipsaver.jobs import GuildJob
from clipsaver.ranges import Range, RangeSet
from tests.worker.conftest import OpenSite
from tests.worker.site import a_world, planted, scan_of


async def test_a_scan_reads_the_gaps_of_a_channel_and_nothing_else(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=900)) as site:
        (channel,) = site.channels
        await site.push(scan_of(channel))
        await site.drain()
        assert site.pages_asked == 10  # the last one is empty: the page before it was full
        history = site.world.histories[channel.channel_id]
        ids = [history.id_at(place) for place in history.places()]
        # Three gaps, and what was found in them was never found.
        gaps = RangeSet(Range(ids[at], ids[at + 50]) for at in (30, 300, 600))
        await site.rows(
            "update scan_coverage set covered = covered - %s::int8multirange returning 1",
            to_text(gaps),
        )
        await site.rows(
            "delete from clips where %s::int8multirange @> message_id returning 1", to_text(gaps)
        )
        assert await site.clips() < planted(site.world)
        before = site.pages_asked
        guild = GuildJob(guild_id=str(channel.guild_id), strategy="history")
        await site.push(guild)
        await site.drain()
        # One for each gap, and one for what may have been posted since.
        assert site.pages_asked - before == 4
        assert await site.clips() == planted(site.world)
        ((covered,),) = await site.rows("select covered from scan_coverage")
        assert not gaps - from_multirange(covered)
        read = "select messages, requests from runs where type = 'batch' order by created_at"
        assert (await site.rows(read))[1:] == [(150, 4)]
        await site.push(guild)
        await site.drain()
        assert site.pages_asked - before == 4
