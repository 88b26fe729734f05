"""Message and rescan jobs through a whole worker, against a Discord over sockets."""

from __future__ import annotations

from clipsaver.job_settings import Settings
from clipsaver.simulator import Access, Fault
from tests.worker.conftest import OpenSite
from tests.worker.site import (
    PAGES,
    Site,
    a_world,
    messages_of,
    planted,
    rescan_of,
    scan_of,
)

NOTHING_BUT_WEBM = Settings(allowed_mime_types=("video/webm",))


async def there(site: Site) -> set[str]:
    """The clips that are not marked deleted."""
    return {row[0] for row in await site.rows("select clip_id from clips where deleted_at is null")}


async def deleted(site: Site) -> dict[str, str]:
    """Clip and reason."""
    rows = await site.rows("select clip_id, deleted_reason from clips where deleted_at is not null")
    return dict(rows)


async def test_named_messages_are_read_and_those_that_are_gone_are_told(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=900)) as site:
        (channel,) = site.channels
        await site.push(scan_of(channel))
        await site.drain()
        clips = site.world.planted(channel.channel_id)
        gone = clips[::7]
        for clip in gone:
            site.world.delete(channel.channel_id, clip.message_id)
        new = site.world.post(channel.channel_id)
        named = sorted({clip.message_id for clip in clips} | {new})
        await site.push(messages_of(channel, *named))
        assert (await site.drain()).outcomes == {"done": 1}
        assert await deleted(site) == {clip.clip_id: "message" for clip in gone if clip.by_default}
        assert await there(site) == planted(site.world)
        changes = "select clips_added, clips_deleted, requests from runs where type = 'message'"
        ((added, lost, requests),) = await site.rows(changes)
        assert (added, lost) == (1, len(await deleted(site)))
        assert requests <= 10, "900 messages lie on nine pages"


async def test_new_settings_have_the_last_word_and_can_be_taken_back(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=400)) as site:
        (channel,) = site.channels
        await site.push(scan_of(channel))
        await site.drain()
        await site.push(rescan_of(channel, settings=NOTHING_BUT_WEBM, reason="settings_changed"))
        await site.drain()
        webm = {
            row[0]
            for row in await site.rows(
                "select clip_id from clips where content_type = 'video/webm'"
            )
        }
        assert await there(site) == webm
        assert set((await deleted(site)).values()) == {"settings"}
        await site.push(rescan_of(channel))
        await site.drain()
        assert await there(site) == planted(site.world)
        assert await site.rows(
            "select clips_deleted, clips_restored from runs where type = 'rescan' order by 1"
        ) == [(0, len(planted(site.world) - webm)), (len(planted(site.world) - webm), 0)]


async def test_a_rescan_survives_the_death_of_its_worker(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=1200)) as site:
        (channel,) = site.channels
        await site.push(scan_of(channel))
        await site.drain()
        site.simulator.faults.always(PAGES, Fault.latency(0.03))
        (run,) = await site.push(rescan_of(channel, settings=NOTHING_BUT_WEBM))
        async with site.worker() as worker:
            await site.has_read(4, run)
            await worker.die()
        await site.let_leases_run_out()
        site.simulator.faults.clear()
        assert (await site.drain()).outcomes == {"done": 1}
        assert {
            row[0]
            for row in await site.rows("select content_type from clips where deleted_at is null")
        } <= {"video/webm"}
        assert await site.rows("select messages, state from runs where run_id = %s", run) == [
            (1200, "SUCCEEDED")
        ]


async def test_a_channel_that_is_deleted_ends_its_job_well(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=2)) as site:
        doomed = site.channels[0]
        await site.push(*map(scan_of, site.channels))
        await site.drain()
        site.world.set_access(doomed.channel_id, Access.DELETED)
        (run,) = await site.push(rescan_of(doomed))
        assert (await site.drain()).outcomes == {"done": 1}
        assert await site.dead() == []
        assert await site.rows("select state, error from runs where run_id = %s", run) == [
            ("SUCCEEDED", "channel_gone")
        ]
        found = await site.rows(
            "select access from channels where channel_id = %s", doomed.channel_id
        )
        assert found == [("gone",)]
        assert await deleted(site) == {}
