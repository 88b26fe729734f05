"""The media client against the simulated CDN: real files, signatures, and what goes wrong."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from clipsaver.simulator import Fault, World, open_simulator
from clipsaver.simulator.files.media import attachment_id, by_name, content_of
from clipsaver.simulator.files.stills import still_of
from clipsaver.thumbnails.errors import (
    LinkRefused,
    MediaChanged,
    MediaForbidden,
    MediaUnavailable,
    RangesIgnored,
    StillUnsupported,
)
from clipsaver.thumbnails.media.budget import Budget
from clipsaver.thumbnails.media.client import open_media
from clipsaver.thumbnails.media.limits import Limits
from tests.thumbnails.media.cdn import TLS

NOW = 1_790_000_000.0
FILES = "GET /attachments/**"
BOX = (640, 360)
VIDEO = by_name("life.mov")
CONTENT = content_of(VIDEO)


class Site:
    """A simulator and a client for it."""

    def __init__(self, simulator, media, clock):
        self.simulator = simulator
        self.media = media
        self.faults = simulator.faults
        self.clock = clock
        self.budget = Budget()

    def link(self, media=VIDEO):
        world = self.simulator.world
        channel_id = next(iter(world.histories))
        links = world.links(self.clock[0])
        _, signed, _ = links.attachment(channel_id, attachment_id(1 << 50, 0, media), media.name)
        return signed

    def file(self, media=VIDEO):
        return self.media.ranges(self.link(media), budget=self.budget)

    async def still(self, media):
        size = None if media.width is None else (media.width, media.height)
        return await self.media.still(self.link(media), size=size, box=BOX, budget=self.budget)


@asynccontextmanager
async def a_site(**limits):
    world = World.generate(1, now=NOW, channels=1, messages=5, link_lifetime_s=100)
    clock = [NOW]
    bounds = Limits(retry_pause_s=0, **limits)
    async with (
        open_simulator(world, wall_clock=lambda: clock[0]) as simulator,
        open_media([simulator.media_host], limits=bounds, tls=TLS) as media,
    ):
        yield Site(simulator, media, clock)


async def test_a_file_is_read_in_ranges():
    async with a_site() as site:
        file = site.file()
        parts = [await file.read(at, at + 10_000) for at in range(0, len(CONTENT), 10_000)]
        assert b"".join(parts) == CONTENT
        assert file.size == len(CONTENT)
        assert site.simulator.statistics().cdn_requests == len(parts) == site.budget.requests
        assert site.simulator.statistics().connections == 1


async def test_an_expired_link():
    async with a_site() as site:
        file = site.file()
        await file.read(0, 10)
        site.clock[0] += 100
        with pytest.raises(LinkRefused):
            await file.read(10, 20)
        assert await site.file().read(10, 20) == CONTENT[10:20]


@pytest.mark.parametrize(
    ("fault", "error", "limits"),
    [
        (Fault.ignore_range(), RangesIgnored, {"max_whole_bytes": 1000}),
        (Fault.wrong_range(), RangesIgnored, {}),
        (Fault.changed_file(), MediaChanged, {}),
        (Fault.redirect(), MediaForbidden, {}),
        (Fault.status(403), LinkRefused, {}),
        (Fault.status(404), LinkRefused, {}),
        (Fault.status(416), MediaChanged, {}),
        (Fault.status(503), MediaUnavailable, {}),
        (Fault.limited("user", 3), MediaUnavailable, {}),
        (Fault.limited("cloudflare", 3), MediaUnavailable, {}),
        (Fault.cut_short(0), MediaUnavailable, {}),
        (Fault.reset_mid_body(0), MediaUnavailable, {}),
        (Fault.hang(), MediaUnavailable, {"first_byte_s": 0.05}),
        (
            Fault.slow_body(1000),
            MediaUnavailable,
            {"slack_s": 0.2, "slowest_bytes_per_s": 1_000_000},
        ),
    ],
    ids=lambda value: value.kind + str(value.code) if isinstance(value, Fault) else None,
)
async def test_what_goes_wrong_has_an_outcome_of_its_own(fault, error, limits):
    async with a_site(**limits) as site:
        file = site.file()
        await file.read(0, 10)
        site.faults.always(FILES, fault)
        with pytest.raises(error):
            await file.read(10, 20_000)
        site.faults.clear()
        assert site.media.statistics().http.in_use == 0


async def test_what_goes_wrong_once_is_overcome():
    async with a_site() as site:
        file = site.file()
        for at, fault in enumerate(
            (Fault.cut_short(), Fault.reset_mid_body(), Fault.status(502), Fault.wrong_range())
        ):
            site.faults.next(FILES, fault)
            start = at * 1000
            assert await file.read(start, start + 1000) == CONTENT[start : start + 1000]
        assert site.media.statistics().retries == 4


async def test_a_small_file_may_come_whole():
    async with a_site() as site:
        site.faults.always(FILES, Fault.ignore_range())
        file = site.file()
        assert await file.read(500, 600) == CONTENT[500:600]
        assert await file.read(0, 100) == CONTENT[:100]
        assert site.simulator.statistics().cdn_requests == 1


async def test_stills():
    async with a_site() as site:
        for name in ("life.mov", "upright.mp4", "gradients.webm"):
            assert await site.still(by_name(name)) == still_of(by_name(name), "webp").content
        for name in ("bars.avi", "cells.mkv", "voice.ogg"):
            with pytest.raises(StillUnsupported, match="415"):
                await site.still(by_name(name))
        site.clock[0] += 50
        link = site.link()
        site.clock[0] += 100
        with pytest.raises(LinkRefused):
            await site.media.still(link, size=None, box=BOX, budget=site.budget)


async def test_another_port_of_this_machine_is_not_asked():
    async with a_site() as site, a_site() as other:
        with pytest.raises(MediaForbidden, match="media_hosts"):
            site.media.ranges(other.link(), budget=site.budget)
        assert other.simulator.statistics().connections == 0
