"""The sub-nursery against the simulated CDN, with real decoders, storage and database."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from clipsaver.config import Config
from clipsaver.database.thumbnails.claims import claim_clips
from clipsaver.errors import ExitCode
from clipsaver.jobs import ThumbnailRetryJob
from clipsaver.queue import produce
from clipsaver.simulator import Fault
from clipsaver.thumbnails.errors import StorageDenied
from clipsaver.thumbnails.storage import key_of
from clipsaver.thumbnails.storage.folder import Folder
from clipsaver.worker.thumbnailing import nursery, upkeep
from tests.worker.conftest import OpenSite
from tests.worker.site import Site, a_world, messages_of, scan_of, until

FILES = "GET /attachments/**"
A_KEY = key_of("1-2", "small", 7)
FEW = 120
"""Messages of a channel with a dozen clips."""


def making(site: Site, storage: Path, **thumbnails: Any) -> Config:
    """The configuration of a worker that makes thumbnails of what the simulated CDN serves."""
    return site.configured(
        discord={"media_hosts": (site.simulator.media_host,)},
        thumbnails={"enabled": True, "storage": str(storage), "concurrency": 2, **thumbnails},
    )


async def states(site: Site) -> dict[str, int]:
    return dict(
        await site.rows("select thumbnail_state, count(*)::int from clips group by 1 order by 1")
    )


async def errors(site: Site) -> set[str | None]:
    return {row[0] for row in await site.rows("select distinct thumbnail_error from clips")}


@asynccontextmanager
async def scanned(site_of: OpenSite, **world: Any) -> AsyncIterator[Site]:
    """A site whose one channel has been read, and no thumbnail made."""
    async with site_of(a_world(**{"messages": FEW, **world})) as site:
        await site.push(scan_of(site.channels[0]))
        await site.drain()
        assert set(await states(site)) == {"pending"}
        yield site


async def all_are(site: Site, *wanted: str) -> None:
    """Returns once no clip has another state."""

    async def condition() -> bool:
        return set(await states(site)) <= set(wanted)

    await until(condition, f"all clips are {wanted}")


async def test_a_worker_that_drains_leaves_every_clip_with_both_pictures(
    site_of: OpenSite, tmp_path: Path
) -> None:
    async with scanned(site_of) as site:
        report = await site.drain(making(site, tmp_path))
        assert report.nothing_left
        assert set(await states(site)) == {"ready"}
        rows = await site.rows(
            "select t.storage_key, t.size_bytes, t.width, t.height, t.size from thumbnails t"
        )
        assert len(rows) == 2 * len(await site.clips())
        boxes = {"small": (320, 180), "large": (640, 360)}
        for key, size_bytes, width, height, size in rows:
            assert (tmp_path / key).stat().st_size == size_bytes
            assert width <= boxes[size][0]
            assert height <= boxes[size][1]
        assert await site.rows("select count(*) from file_outbox") == [(0,)]
        known = await site.rows("select codec, duration_seconds, content_type from clips")
        assert all(
            codec and duration_s and kind.startswith("video/") for codec, duration_s, kind in known
        )
        asked = site.simulator.statistics().cdn_requests
        assert asked <= 2 * len(await site.clips())


async def test_links_that_have_ended_are_signed_together_before_they_are_used(
    site_of: OpenSite, tmp_path: Path
) -> None:
    async with scanned(site_of) as site:
        await site.rows("update clips set url_expires_at = now() - interval '1 hour' returning 1")
        await site.drain(making(site, tmp_path))
        assert set(await states(site)) == {"ready"}
        by_route = site.simulator.statistics().by_route
        assert by_route["POST /attachments/refresh-urls"] == {200: 1}
        left = await site.rows("select min(url_expires_at) > now() from clips")
        assert left == [(True,)]


async def test_a_link_that_is_refused_is_signed_once(site_of: OpenSite, tmp_path: Path) -> None:
    async with scanned(site_of, messages=30) as site:
        site.simulator.faults.next(FILES, Fault.status(403), len(await site.clips()))
        await site.drain(making(site, tmp_path))
        assert set(await states(site)) == {"ready"}


async def test_discords_still_is_taken_where_the_file_cannot_be_decoded(
    site_of: OpenSite, tmp_path: Path
) -> None:
    async with scanned(site_of, messages=30) as site:
        site.simulator.faults.always(FILES, Fault.garbage())
        await site.drain(
            making(site, tmp_path, max_bytes=1_000)
        )  # of the file; a still has its own
        assert set(await states(site)) == {"ready"}
        assert await site.rows("select distinct source from thumbnails") == [("discord",)]


async def test_a_clip_of_which_there_is_no_picture_says_why(
    site_of: OpenSite, tmp_path: Path
) -> None:
    async with scanned(site_of, messages=30) as site:
        site.simulator.faults.always(FILES, Fault.garbage())
        await site.drain(making(site, tmp_path, source="decode"))
        assert set(await states(site)) == {"unavailable"}
        assert await errors(site) == {"unsupported"}


async def test_a_cdn_that_is_away_costs_an_attempt_and_the_clips_come_back_later(
    site_of: OpenSite, tmp_path: Path
) -> None:
    async with scanned(site_of, messages=30) as site:
        site.simulator.faults.always(FILES, Fault.status(503))
        await site.drain(making(site, tmp_path))
        assert set(await states(site)) == {"pending"}
        assert await errors(site) == {"media_unavailable"}
        due = await site.rows(
            "select min(thumbnail_due_at) > now() + interval '4 minutes', max(thumbnail_attempts)"
            " from clips"
        )
        assert due == [(True, 1)]


async def test_a_storage_that_refuses_stops_the_claims_and_not_the_worker(
    site_of: OpenSite, tmp_path: Path
) -> None:
    place = tmp_path / "pictures"
    place.write_text("a file where a folder should be")
    async with scanned(site_of, messages=30) as site, site.worker(making(site, place)):
        await site.push(scan_of(site.channels[0], known="reread"))
        await site.all_done(2)
        assert set(await states(site)) == {"pending"}
        assert await errors(site) == {None}, "no clip is to blame"
        assert site.simulator.statistics().cdn_requests == 0
        place.unlink()
        await all_are(site, "ready")


async def test_a_storage_that_breaks_meanwhile_lets_go_of_all_that_was_claimed(
    site_of: OpenSite, tmp_path: Path
) -> None:
    place = tmp_path / "pictures"
    async with scanned(site_of, messages=300) as site:
        site.simulator.faults.always(FILES, Fault.latency(0.1))
        async with site.worker(making(site, place)):
            await until(_some_are_ready(site), "some are ready")
            place.rename(tmp_path / "elsewhere")
            place.write_text("a file where the folder was")

            await until(_is_nothing_claimed(site), "nothing is claimed", within_s=10)
            assert await errors(site) == {None}, "no clip is to blame"


async def test_where_only_deleting_fails_making_goes_on_once_it_serves_again(
    site_of: OpenSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep finds it out while clips wait for their turn, and nothing more is due."""
    monkeypatch.setattr(upkeep, "_SWEEP_EVERY_S", 0.1)
    delete, mended = Folder.delete, trio.Event()

    async def refuses(folder: Folder, key: str) -> None:
        if not mended.is_set():
            raise StorageDenied("it may not be deleted")
        await delete(folder, key)

    async with scanned(site_of, messages=500) as site:
        site.simulator.faults.always(FILES, Fault.latency(0.05))
        async with site.worker(making(site, tmp_path)):
            await until(_some_are_ready(site), "some are ready")
            monkeypatch.setattr(Folder, "delete", refuses)
            await site.rows(
                "insert into file_outbox (storage_key, due_at) values (%s, now()) returning 1",
                A_KEY,
            )
            await until(_is_nothing_claimed(site), "nothing is claimed", within_s=10)
            assert "pending" in await states(site)
            mended.set()
            await all_are(site, "ready")


async def test_a_drain_gives_up_where_nothing_can_be_stored(
    site_of: OpenSite, tmp_path: Path
) -> None:
    place = tmp_path / "pictures"
    place.write_text("a file where a folder should be")
    async with scanned(site_of, messages=30) as site:
        report = await site.drain(making(site, place))
        assert not report.nothing_left
        assert report.exit_code is ExitCode.UNREACHABLE


async def test_others_take_what_a_dead_worker_had_claimed(
    site_of: OpenSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nursery, "LEASE_S", 2.0)
    async with scanned(site_of, messages=30) as site:
        count = len(await site.clips())
        for_due = {"count": count, "for_due": 0, "token": 7, "lease_s": 1.0}
        assert len(await claim_clips(site.database, **for_due)) == count  # type: ignore[arg-type]
        await site.drain(making(site, tmp_path))
        assert await states(site) == {"ready": count}


async def test_a_worker_that_stops_hands_back_what_it_had_not_begun(
    site_of: OpenSite, tmp_path: Path
) -> None:
    async with scanned(site_of) as site:
        site.simulator.faults.always(FILES, Fault.latency(30.0))
        site.config = site.configured(worker={"shutdown_grace": 0.2})
        async with site.worker(making(site, tmp_path)) as worker:

            async def some_are_claimed() -> bool:
                return bool(await site.rows("select from clips where thumbnail_token is not null"))

            await until(some_are_claimed, "some are claimed")
            await worker.stop()
        held = "select count(*)::int from clips where thumbnail_token is not null"
        assert await site.rows(held) == [(0,)]
        assert await states(site) == {"pending": len(await site.clips())}


async def test_a_clip_that_goes_meanwhile_gets_none(site_of: OpenSite, tmp_path: Path) -> None:
    async with scanned(site_of, messages=30) as site:
        site.simulator.faults.always(FILES, Fault.latency(1.0))
        async with site.worker(making(site, tmp_path)):

            async def some_are_fetched() -> bool:
                return site.simulator.statistics().cdn_requests > 0

            await until(some_are_fetched, "some are being fetched")
            await site.rows(
                "update clips set deleted_at = now(), deleted_reason = 'message' returning 1"
            )
            await until(_is_nothing_held(site), "none is held")
        assert await site.rows("select count(*)::int from thumbnails") == [(0,)]


def _is_nothing_claimed(site: Site) -> Callable[[], Any]:
    async def condition() -> bool:
        return not await site.rows("select from clips where thumbnail_lease_until is not null")

    return condition


def _is_nothing_held(site: Site) -> Callable[[], Any]:
    async def condition() -> bool:
        return not await site.rows(
            "select from file_outbox where attempts = 0 and due_at > now() + interval '10 minutes'"
        )

    return condition


async def test_a_decoder_that_is_killed_costs_one_attempt_and_nothing_else(
    site_of: OpenSite, tmp_path: Path
) -> None:
    """All that the worker started, again and again, until some thumbnail was made all the same."""
    async with scanned(site_of, messages=30) as site:
        async with site.worker(making(site, tmp_path)):
            with trio.move_on_after(1.0):
                while True:
                    for pid in decoders():
                        os.kill(pid, signal.SIGKILL)
                    await trio.sleep(0.05)
            await all_are(site, "ready", "pending")
        await site.rows("update clips set thumbnail_due_at = null returning 1")
        await site.drain(making(site, tmp_path))
        assert set(await states(site)) == {"ready"}


def decoders() -> list[int]:
    """The processes of this one's decoders."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [
        int(pid)
        for pid in children
        if b"clipsaver.thumbnails.decoder" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


async def test_a_live_clip_does_not_wait_behind_a_backfill(
    site_of: OpenSite, tmp_path: Path
) -> None:
    async with scanned(site_of, messages=1500) as site:
        site.simulator.faults.always(FILES, Fault.latency(0.2))
        async with site.worker(making(site, tmp_path)) as worker:
            await until(_some_are_ready(site), "some are ready")
            channel_id = site.channels[0].channel_id
            posted = site.world.post(channel_id)
            await site.push(messages_of(site.channels[0], posted))
            made = (await states(site))["ready"]

            async def is_ready() -> bool:
                return bool(
                    await site.rows(
                        "select from clips where message_id = %s and thumbnail_state = 'ready'",
                        posted,
                    )
                )

            await until(is_ready, "the live clip is ready")
            assert (await states(site))["ready"] - made < 10, "fewer than were claimed ahead"
            await worker.die()


def _some_are_ready(site: Site) -> Callable[[], Any]:
    async def condition() -> bool:
        return "ready" in await states(site)

    return condition


async def test_a_retry_job_has_the_named_clips_tried_whatever_their_backoff(
    site_of: OpenSite, tmp_path: Path
) -> None:
    async with scanned(site_of, messages=60) as site:
        await site.rows(
            "update clips set thumbnail_due_at = now() + interval '1 day', thumbnail_attempts = 5,"
            " thumbnail_error = 'media_unavailable' returning 1"
        )
        clips = sorted(await site.clips())
        guild_id = str(site.channels[0].guild_id)
        (run,) = await site.push(
            ThumbnailRetryJob(guild_id=guild_id, clip_ids=(clips[0], clips[1], "1-2"))
        )
        report = await site.drain(making(site, tmp_path))
        assert report.outcomes["done"] == 1
        made = await site.rows(
            "select clip_id from clips where thumbnail_state = 'ready' order by 1"
        )
        assert [row[0] for row in made] == clips[:2]
        told = await site.rows("select error, error_message from runs where run_id = %s", run)
        assert told == [("clips_not_there", "unknown: 1-2")]
        status = await produce.job_status(site.link, run)
        assert status
        assert status.note == "clips_not_there: unknown: 1-2"
        assert site.simulator.statistics().by_route["POST /attachments/refresh-urls"] == {200: 1}
