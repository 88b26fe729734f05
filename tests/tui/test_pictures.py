"""Pictures within bounds: what is decoded, what is kept, and how it is drawn."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from clipsaver.errors import RedisUnavailable
from clipsaver.tui.pictures import decoding
from clipsaver.tui.pictures.decoding import Pixels, Undecodable, decode
from clipsaver.tui.pictures.gallery import Gallery, NoPicture
from clipsaver.tui.pictures.half_cells import fits_into, half_cells
from tests.tui.running import run_aio


def webp(width: int, height: int, kind: str = "WEBP") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (255, 0, 0)).save(file, kind)
    return file.getvalue()


def test_a_picture_is_made_to_fit_and_keeps_its_shape() -> None:
    pixels = decode(webp(640, 320), *fits_into(40, 20))
    assert (pixels.width, pixels.height) == (40, 20)
    assert len(pixels.rgb) == 40 * 20 * 3
    small = decode(webp(8, 6), 40, 40)
    assert (small.width, small.height) == (8, 6), "none is blown up"


def test_what_is_none_of_ours_is_refused_with_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"", b"RIFF", webp(8, 6, "PNG"), webp(64, 64)[:50]):
        with pytest.raises(Undecodable, match="cannot be read"):
            decode(data, 40, 40)
    monkeypatch.setattr(decoding, "MOST_PIXELS", 40)
    with pytest.raises(Undecodable, match="8x6 pixels, more than any of ours"):
        decode(webp(8, 6), 40, 40)
    monkeypatch.setattr(decoding, "MOST_BYTES", 10)
    with pytest.raises(Undecodable, match="bytes, more than any of ours"):
        decode(webp(8, 6), 40, 40)


def test_two_pixels_are_one_cell_and_an_odd_last_row_is_half_of_one() -> None:
    red, blue = bytes((255, 0, 0)), bytes((0, 0, 255))
    lines = half_cells(Pixels(2, 3, red * 2 + blue * 2 + red * 2))
    assert [len(line) for line in lines] == [2, 2]
    upper, lower = lines[0][0].style, lines[1][1].style
    assert upper is not None
    assert lower is not None
    assert (upper.color.name, upper.bgcolor.name) == ("#ff0000", "#0000ff")
    assert lower.bgcolor is None


@run_aio
async def test_each_picture_is_fetched_once_and_the_last_64_are_kept() -> None:
    now_s = 0.0
    fetched: list[str] = []
    data = webp(8, 6)
    told = asyncio.Event()

    async def fetch(key: str) -> bytes | None:
        fetched.append(key)
        if key == "away":
            raise RedisUnavailable("no storage")
        if key == "odd":
            raise KeyError(key)
        return None if key == "gone" else data

    gallery = Gallery(fetch, told.set, clock=lambda: now_s)
    task = asyncio.create_task(gallery.fetch_forever())

    async def have(key: str) -> Pixels | NoPicture:
        while (found := gallery.want(key, 8, 8)) is None:
            await told.wait()
            told.clear()
        return found

    assert isinstance(await have("a"), Pixels)
    assert await have("gone") == NoPicture("the storage has no picture of this name", now_s)
    assert await have("away") == NoPicture("no storage", now_s)
    assert await have("odd") == NoPicture("a mistake of ours: KeyError: 'odd'", now_s)
    await have("a")
    await have("away")
    assert fetched == ["a", "gone", "away", "odd"]
    now_s = 11.0
    assert await have("away") == NoPicture("no storage", 0.0), "until it is known anew"
    while len(fetched) < 5:
        await told.wait()
        told.clear()
    assert fetched[-1] == "away", "storage may be back"
    for number in range(64):
        await have(str(number))
    assert gallery.want("a", 8, 8) is None, "it was the one that was looked at longest ago"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
