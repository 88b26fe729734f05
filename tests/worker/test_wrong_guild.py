"""A job that names another guild than its channel's."""

from __future__ import annotations

import pytest

from clipsaver.jobs import Direction
from tests.worker.conftest import OpenSite
from tests.worker.site import a_world, scan_of


@pytest.mark.parametrize("direction", ["backward", "forward"])
async def test_it_is_dead_before_anything_is_written(
    site_of: OpenSite, direction: Direction
) -> None:
    async with site_of(a_world(messages=50)) as site:
        (channel,) = site.channels
        wrong = channel.guild_id + 1
        (run,) = await site.push(scan_of(channel, guild_id=str(wrong), direction=direction))
        assert (await site.drain()).outcomes == {"dead": 1}
        (letter,) = await site.dead()
        assert letter["reason"] == "wrong_guild"
        for named in (channel.channel_id, channel.guild_id, wrong):
            assert str(named) in letter["error"]
        assert site.pages_asked == 0
        assert await site.rows("select run_id, state, error, pages from runs") == [
            (run, "FAILED", "wrong_guild", 0)
        ]
        for table in ("guilds", "channels", "authors", "messages", "clips", "scan_coverage"):
            assert await site.rows(f"select * from {table}") == [], table
