"""One clip by its link, without a worker: the ways that a worker has, and what it cost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clipsaver.errors import UsageError
from clipsaver.simulator import World, open_simulator
from clipsaver.simulator.files.media import attachment_id, by_name
from clipsaver.thumbnails.by_hand import try_link
from clipsaver.thumbnails.ladder import SOURCES, Source
from clipsaver.thumbnails.local_file import open_local_file
from clipsaver.thumbnails.picture.wanted import Wanted

NOW = 1_790_000_000.0
VIDEO = by_name("life.mov")


async def test_a_signed_link_works_as_it_is_and_an_expired_one_is_told() -> None:
    world = World.generate(1, now=NOW, channels=1, messages=5, link_lifetime_s=100)
    clock = [NOW]
    async with open_simulator(world, wall_clock=lambda: clock[0]) as simulator:
        links = world.links(NOW)
        channel_id = next(iter(world.histories))
        place = attachment_id(1 << 50, 0, VIDEO)
        _, url, _ = links.attachment(channel_id, place, VIDEO.name)
        options = {"hosts": [simulator.media_host], "max_bytes": 50_000_000}

        made = await try_link(url, Wanted(), sources=SOURCES["discord"], **options)
        assert made.picture is not None
        assert (made.source, made.picture.facts, made.error) == (Source.DISCORD, None, None)
        assert made.spent.requests == simulator.statistics().cdn_requests == 1
        assert made.spent.bytes_read > 0
        assert made.spent.cpu_s > 0

        clock[0] += 1000
        missed = await try_link(url, Wanted(), sources=SOURCES["auto"], **options)
        assert missed.picture is None
        assert missed.error is not None
        assert missed.error.reason == "link_refused"
        assert "copy it anew" in missed.words
        assert missed.spent.requests == 1


async def test_a_file_is_read_in_ranges(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    async with open_local_file(tmp_path / "a") as file:
        assert file.size == 10
        assert [await file.read(2, 5), await file.read(8, 99), await file.read(10, 11)] == [
            b"234", b"89", b"",
        ]  # fmt: skip


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
async def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(UsageError, match="cannot be read" if kind == "missing" else "no file"):
        async with open_local_file(path):
            pass
