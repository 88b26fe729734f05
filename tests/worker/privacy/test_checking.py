"""What was deleted at Discord is found in the background, within a small share of the requests."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from clipsaver import jobs
from clipsaver.config import Config
from clipsaver.queue import produce
from clipsaver.simulator import World
from tests.worker.conftest import OpenSite
from tests.worker.privacy.test_retaining import DAY_S, told
from tests.worker.site import Site, planted, scan_of, until


def a_world_of_last_week(channels: int = 2) -> World:
    return World.generate(
        seed=5,
        channels=channels,
        messages=200,
        clip_share=0.4,
        simple=True,
        now=time.time() - 7 * DAY_S,
    )


async def scanned_long_ago(site: Site) -> None:
    await site.push(*map(scan_of, site.channels))
    await site.drain()
    assert await site.clips() == planted(site.world)
    await site.rows("update clips set updated_at = now() - interval '2 days' returning 1")


async def a_round(site: Site) -> None:
    """Returns once the check has gone round."""

    async def is_over() -> bool:
        found = await site.rows(
            "select due_at > now() + interval '23 hours' from chores where name = 'check'"
        )
        return found == [(True,)]

    await until(is_over, "a round is over")


async def checks(site: Site) -> list[Any]:
    return await site.rows(
        "select job, state, messages, requests, clips_deleted, created_at, ended_at from runs "
        "where job_id like 'check:%%' order by created_at"
    )


def busy(site: Site) -> Config:
    """500 requests a second are its share."""
    return site.configured(privacy={"check_share": 0.5})


async def test_what_was_deleted_is_found_and_counted_and_nothing_else_changes(
    site_of: OpenSite, at_once: None
) -> None:
    async with site_of(a_world_of_last_week()) as site:
        await scanned_long_ago(site)
        first, second = site.channels
        lost = [site.world.planted(one.channel_id)[20] for one in (first, second)]
        for channel, clip in zip((first, second), lost, strict=True):
            site.world.delete(channel.channel_id, clip.message_id)
        young = site.world.post(first.channel_id)  # nobody knows it, and nobody asked for it
        before = await site.rows("select * from clips order by clip_id")
        with capture_logs() as logs:
            async with site.worker(busy(site)):
                await a_round(site)
        gone = await site.rows(
            "select message_id, deleted_reason from clips where deleted_at is not null order by 1"
        )
        expected = {clip.message_id for clip in lost}
        assert {one for one, _ in gone} == expected
        assert {reason for _, reason in gone} == {"message"}
        left = [row for row in before if row[1] not in expected]
        after = await site.rows("select * from clips order by clip_id")
        assert [row for row in after if row[1] not in expected] == left
        assert not [row for row in after if row[1] == young]

        ran = await checks(site)
        assert {row[1] for row in ran} == {"SUCCEEDED"}
        assert sum(row[4] for row in ran) == len(gone)
        asked = [json.loads(jobs.encode(jobs.decode(json.dumps(row[0])))) for row in ran]
        looked_at = [one for job in asked for one in job["message_ids"]]
        assert len(looked_at) == len(set(looked_at))
        assert {int(one) for one in looked_at} == {row[1] for row in before}
        assert {job["priority"] for job in asked} == {"backfill"}
        assert len(ran) > 2
        ends = [row[6] for row in ran]
        begins = [row[5] for row in ran]
        assert all(end <= begin for end, begin in zip(ends, begins[1:], strict=False))
        found = [one for one in told(logs, "check_found") if one["deleted"]]
        assert sum(one["deleted"] for one in found) == len(gone)


async def test_what_is_young_or_may_not_be_read_is_left_alone(
    site_of: OpenSite, at_once: None
) -> None:
    async with site_of(a_world_of_last_week(channels=3)) as site:
        await scanned_long_ago(site)
        lately, denied, checked = (one.channel_id for one in site.channels)
        await site.rows(
            "update clips set updated_at = now() where channel_id = %s returning 1", lately
        )
        await site.rows(
            "update channels set access = 'denied' where channel_id = %s returning 1", denied
        )
        async with site.worker(busy(site)):
            await a_round(site)
        assert {row[0]["channel_id"] for row in await checks(site)} == {str(checked)}


async def test_what_is_purged_while_it_is_chosen_is_not_wanted_again(
    site_of: OpenSite, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has asked for that channel: who goes through its guild has to pass it over."""
    async with site_of(a_world_of_last_week(channels=1)) as site:
        await scanned_long_ago(site)
        push = produce.push_noted

        async def purge_first(*args: Any, **fields: Any) -> dict[str, str]:
            await site.database.execute("update channels set purged_at = clock_timestamp()")
            return await push(*args, **fields)

        monkeypatch.setattr(produce, "push_noted", purge_first)
        async with site.worker(busy(site)):
            await a_round(site)
        assert [row[1] for row in await checks(site)] == ["CANCELLED"]
        assert await site.rows("select wanted_at from channels") == [(None,)]


async def test_without_a_share_nothing_is_asked(site_of: OpenSite, at_once: None) -> None:
    async with site_of(a_world_of_last_week(channels=1)) as site:
        await scanned_long_ago(site)
        async with site.worker(site.configured(privacy={"check_share": 0.0})):

            async def others_are_done() -> bool:
                found = await site.rows("select name from chores where due_at > now() + '1 minute'")
                return {row[0] for row in found} == {"retention", "left_guilds"}

            await until(others_are_done, "the other chores are done")
        assert await checks(site) == []
        assert await site.rows("select from chores where name = 'check'") == []


async def test_a_job_whose_end_nobody_saw_is_dealt_with_by_the_next(
    site_of: OpenSite, at_once: None
) -> None:
    """The worker that pushed it died: another one sees what became of it, and asks no second."""
    async with site_of(a_world_of_last_week(channels=1)) as site:
        await scanned_long_ago(site)
        await site.rows(
            "insert into chores (name, due_at, place) values ('check', now(), %s) returning 1",
            json.dumps({"number": 504, "asked_at": time.time() - 1, "began_at": time.time()}),
        )
        await site.rows("update runs set job_id = 'check:4', type = 'message' returning 1")
        (channel,) = site.channels
        clip = site.world.planted(channel.channel_id)[0]
        site.world.delete(channel.channel_id, clip.message_id)
        job = jobs.MessageJob(
            guild_id=str(channel.guild_id),
            channel_id=str(channel.channel_id),
            message_ids=(str(clip.message_id),),
            job_id="check:504",
            priority="backfill",
        )
        with capture_logs() as logs:
            async with site.worker(busy(site)):
                await site.push(job)
                await a_round(site)
        found = told(logs, "check_found")
        assert [one["job_id"] for one in found][:2] == ["check:504", "check:505"]
        assert found[0]["deleted"] == 1
        assert await site.rows("select from runs where job_id = 'check:4'") == []
