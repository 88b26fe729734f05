"""What was kept long enough is gone with all that is only its own, and does not come back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from clipsaver import snowflake
from clipsaver.config import Config
from clipsaver.jobs import GuildJob
from clipsaver.simulator import World
from clipsaver.thumbnails.storage.keys import key_of
from tests.worker.conftest import OpenSite
from tests.worker.site import Site, messages_of, planted, rescan_of, scan_of, until

DAY_S = 86_400.0


def an_old_world() -> World:
    """Messages of which the newest is 20 days old."""
    return World.generate(
        seed=5, channels=1, messages=150, clip_share=0.3, simple=True, now=time.time() - 20 * DAY_S
    )


def told(logs: list[Any], event: str) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in log.items() if name not in ("event", "log_level")}
        for log in logs
        if log["event"] == event
    ]


async def with_text(site: Site) -> int:
    return len(await site.rows("select from messages where content is not null"))


async def picture_of(site: Site, clip_id: str) -> str:
    """A stored picture, as far as the rows tell."""
    key = key_of(clip_id, "small", 1)
    await site.rows(
        "insert into thumbnails (clip_id, size, storage_key, width, height, size_bytes, "
        "content_type, source) values (%s, 'small', %s, 1, 1, 1, 'image/webp', 'decode') "
        "returning 1",
        clip_id,
        key,
    )
    return key


async def whole(site: Site) -> None:
    """No row is left alone."""
    assert (
        await site.rows(
            """
        select 'message', message_id from messages m
        where not exists (select from clips c where c.message_id = m.message_id)
        union all
        select 'author', author_id from authors a
        where not exists (select from messages m where m.author_id = a.author_id)
        """
        )
        == []
    )


async def retained(site: Site, config: Config) -> dict[str, Any]:
    """A worker until its first round of retention is over; what it logged."""
    await site.rows("delete from chores returning 1")
    with capture_logs() as logs:
        async with site.worker(config):

            async def is_done() -> bool:
                found = await site.rows(
                    "select due_at > now() + interval '50 minutes' from chores "
                    "where name = 'retention'"
                )
                return found == [(True,)]

            await until(is_done, "a round of retention is over")
    done = told(logs, "retention_done")
    return done[0] if done else {}


async def test_old_clips_are_removed_not_read_again_and_read_once_they_are_wanted(
    site_of: OpenSite, at_once: None
) -> None:
    async with site_of(an_old_world()) as site:
        (channel,) = site.channels
        posted = [time.time() - 3600 * hours for hours in (3, 2, 1)]
        young = {f"{site.world.post(channel.channel_id, now=one)}-" for one in posted}
        await site.push(scan_of(channel))
        await site.drain()
        everything = planted(site.world)
        assert await site.clips() == everything
        config = site.configured(privacy={"clip_days": 10, "deleted_days": 0})
        kept = {clip for clip in everything if any(clip.startswith(one) for one in young)}
        assert len(kept) == 3
        old, new = min(everything - kept), min(kept)
        keys = [await picture_of(site, one) for one in (old, new)]

        done = await retained(site, config)
        assert await site.clips() == kept
        assert done["clips"] == len(everything) - 3
        assert done["pictures"] == 1
        assert await site.rows("select storage_key, purge_id from file_outbox") == [(keys[0], None)]
        assert await site.rows("select clip_id from thumbnails") == [(new,)]
        await whole(site)

        asked = site.pages_asked
        guild = GuildJob(guild_id=str(channel.guild_id))
        old_message = int(old.partition("-")[0])
        await site.push(guild, rescan_of(channel), messages_of(channel, old_message))
        await site.drain(config)
        assert await site.clips() == kept
        assert site.pages_asked == asked + 1, "the rescan's, of what is kept"
        assert await site.rows("select jobs_added from runs where type = 'guild'") == [(0,)]

        await site.push(guild)
        await site.drain()
        assert await site.clips() == everything
        assert await site.dead() == []


async def test_old_texts_and_clips_that_are_gone_at_discord(
    site_of: OpenSite, at_once: None
) -> None:
    async with site_of(an_old_world()) as site:
        (channel,) = site.channels
        site.world.post(channel.channel_id, content="look")
        await site.push(scan_of(channel))
        await site.drain()
        clips = sorted(await site.clips())
        gone, unwanted, lately = clips[:3]
        for clip, reason, days in (
            (gone, "message", 31), (unwanted, "settings", 99), (lately, "attachment", 29)
        ):  # fmt: skip
            await site.rows(
                "update clips set deleted_reason = %s, deleted_at = now() - %s * interval '1 day' "
                "where clip_id = %s returning 1",
                *(reason, days, clip),
            )
        texts = await with_text(site)
        config = site.configured(privacy={"content_days": 10, "deleted_days": 30})
        done = await retained(site, config)
        assert done["clips"] == done["messages"] == 1
        assert done["texts"] == texts - 1
        assert await site.clips() == {*clips} - {gone}
        assert await site.rows("select content from messages where content is not null") == [
            ("look",)
        ]
        await whole(site)
        await site.push(rescan_of(channel))
        await site.drain(config)
        assert await with_text(site) == 1
        assert await retained(site, config) == {}, "there was nothing to do, and nothing is said"


async def test_files_are_deleted_though_no_worker_makes_thumbnails(
    site_of: OpenSite, at_once: None, tmp_path: Path
) -> None:
    async with site_of(an_old_world()) as site:
        (channel,) = site.channels
        await site.push(scan_of(channel))
        await site.drain()
        gone, kept = sorted(await site.clips())[:2]
        keys = [await picture_of(site, one) for one in (gone, kept)]
        for key in keys:
            (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / key).write_bytes(b"picture")
        await site.rows(
            "update clips set deleted_reason = 'message', thumbnail_state = 'ready', "
            "deleted_at = now() - interval '2 days' where clip_id = %s returning 1",
            gone,
        )
        away = {"enabled": False, "storage": str(tmp_path / "away")}
        there = {"enabled": False, "storage": str(tmp_path)}
        assert "files" not in await retained(site, site.configured(thumbnails=there))
        assert await site.rows("select storage_key from file_outbox") == [(keys[0],)]
        await site.rows("update file_outbox set due_at = now() - interval '2 hours' returning 1")
        assert "files" not in await retained(site, site.configured(thumbnails=away))
        assert (await retained(site, site.configured(thumbnails=there)))["files"] == 1
        assert await site.rows("select from file_outbox") == []
        assert [(tmp_path / key).exists() for key in keys] == [False, True]


async def test_texts_that_are_switched_off_are_gone_at_once(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the start of a worker makes the chore due."""
    async with site_of(an_old_world()) as site:
        (channel,) = site.channels
        await site.push(scan_of(channel))
        await site.drain()
        assert await with_text(site) > 10
        config = site.configured(scan={"store_content": False})
        with capture_logs() as logs:
            async with site.worker(config):

                async def is_gone() -> bool:
                    return await with_text(site) == 0

                await until(is_gone, "no text is left")
                await site.push(rescan_of(channel))
                await site.all_done(2)
        assert await with_text(site) == 0
        assert await site.clips() == planted(site.world)
        started = told(logs, "worker_started")[0]
        assert (started["store_content"], started["deleted_days"]) == (False, 30)


def test_the_old_world_is_old() -> None:
    world = an_old_world()
    (channel,) = world.readable_channels()
    newest = world.histories[channel.channel_id].last_message_id
    assert newest is not None
    assert time.time() - snowflake.to_unix(newest) > 19 * DAY_S
