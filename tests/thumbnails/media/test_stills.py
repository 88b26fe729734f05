"""Stills of the media proxy: their addresses, and what counts as one."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.config import DiscordConfig
from clipsaver.thumbnails.errors import (
    LinkRefused,
    MediaForbidden,
    MediaTooLarge,
    MediaUnavailable,
    StillUnsupported,
)
from clipsaver.thumbnails.media.client import open_media
from clipsaver.thumbnails.media.limits import Limits
from clipsaver.thumbnails.media.stills import fitted, is_still, still_url
from tests.thumbnails.media.cdn import TLS, a_cdn, hangs, says, whole

WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"x" * 24
JPEG = b"\xff\xd8\xff\xe0" + b"x" * 24
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 24
BOX = (640, 360)
sizes = st.integers(1, 20_000)
names = st.text(st.characters(codec="utf-8", exclude_characters="&=#+"), min_size=1, max_size=8)


def composed(url, size=(1920, 1080), box=BOX):
    return still_url(httpx.URL(url), size=size, box=box)


def test_the_signature_stays_and_the_proxy_is_asked():
    url = "https://cdn.discordapp.com/attachments/1/2/x.mov?ex=1a&is=2b&hm=3c&"
    assert composed(url) == (
        "https://media.discordapp.net/attachments/1/2/x.mov"
        "?ex=1a&is=2b&hm=3c&format=webp&width=640&height=360"
    )


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        "?format=jpeg&width=9999",
        "?ex=1&is=2&hm=3&=&format=webp&width=10&height=10",
        "?quality=lossless&size=4096&ex=1",
    ],
)
def test_what_a_link_brings_along_does_not_decide(query):
    said = parse_qs(urlsplit(composed(f"https://media.discordapp.net/a/1/x.mp4{query}")).query)
    assert said["format"] == ["webp"]
    assert said["width"] == ["640"]
    assert not said.keys() & {"quality", "size", ""}
    assert said.get("ex") == (["1"] if "ex=1" in query else None)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:8765/attachments/1/2/x", "127.0.0.1:8765/media/attachments/1/2/x"),
        ("http://127.0.0.1:8765/media/attachments/1/x", "127.0.0.1:8765/media/attachments/1/x"),
        ("http://[::1]:80/attachments/1/2/x", "[::1]/media/attachments/1/2/x"),
        (
            "https://images-ext-1.discordapp.net/external/sig/https/host/x.mp4",
            "images-ext-1.discordapp.net/external/sig/https/host/x.mp4",
        ),
    ],
)  # fmt: skip
def test_where_the_proxy_is(url, address):
    parts = urlsplit(composed(url))
    assert parts.netloc + parts.path == address


@given(st.lists(st.tuples(names, names)), sizes, sizes)
def test_any_other_parameter_stays_as_it_is(pairs, width, height):
    query = str(httpx.QueryParams(pairs))
    before = parse_qsl(query)
    url = f"https://cdn.discordapp.com/attachments/1/2/x.mp4?{query}"
    after = parse_qsl(urlsplit(composed(url, (width, height))).query)
    ours = {"format", "width", "height", "quality", "size"}
    assert [pair for pair in after if pair[0] not in ours] == [
        pair for pair in before if pair[0] not in ours
    ]


@given(sizes, sizes, sizes, sizes)
def test_a_still_fits_the_box_in_its_aspect_and_is_never_enlarged(width, height, most, highest):
    w, h = fitted((width, height), (most, highest))
    assert 1 <= w <= min(width, most)
    assert 1 <= h <= min(height, highest)
    share = min(1.0, most / width, highest / height)
    assert abs(w - width * share) <= 1
    assert abs(h - height * share) <= 1


def test_a_video_of_unknown_size_is_asked_for_in_the_box():
    query = parse_qs(urlsplit(composed("https://cdn.discordapp.com/a/x", size=None)).query)
    assert (query["width"], query["height"]) == (["640"], ["360"])
    query = parse_qs(urlsplit(composed("https://cdn.discordapp.com/a/x", size=(0, -5))).query)
    assert (query["width"], query["height"]) == (["1"], ["1"])


@pytest.mark.parametrize(
    ("content_type", "content", "is_one"),
    [
        ("image/webp", WEBP, True),
        ("image/jpeg", JPEG, True),
        ("image/jpg", JPEG, True),
        ("Image/PNG; charset=x", PNG, True),
        ("image/webp", JPEG, False),
        ("image/gif", b"GIF89a", False),
        ("image/svg+xml", b"<svg>", False),
        ("video/mp4", WEBP, False),
        ("image/webp", b"", False),
        ("image/webp", b"RIFF\x24\x00\x00\x00AVI ", False),
        ("", WEBP, False),
    ],
)
def test_what_is_a_still(content_type, content, is_one):
    assert is_still(content_type, content) is is_one


async def test_a_still_is_fetched():
    async with a_cdn(whole(WEBP, Content_Type="image/webp")) as cdn:
        assert await cdn.still() == WEBP
        asked = cdn.asked[0]
        assert asked.line == (
            "GET /media/attachments/1/2/x.mp4?ex=6f000000&is=6effffff&hm=5ec4e7"
            "&format=webp&width=640&height=360 HTTP/1.1"
        )
        assert sorted(asked.headers) == ["accept", "accept-encoding", "host", "user-agent"]
        assert (cdn.budget.requests, cdn.budget.bytes_read) == (1, len(WEBP))
        await cdn.still()
        assert len(cdn.server.conversations) == 1


@pytest.mark.parametrize(
    "answer",
    [
        says(415),
        says(400),
        whole(b"x" * 5000, Content_Type="video/mp4"),
        whole(b"<html>", Content_Type="image/webp"),
        whole(WEBP, Content_Type="text/html"),
        whole(WEBP),
        whole(b"", Content_Type="image/webp"),
    ],
)
async def test_what_is_no_still_is_for_good(answer):
    async with a_cdn(answer) as cdn:
        with pytest.raises(StillUnsupported) as caught:
            await cdn.still()
        assert "5ec4e7" not in str(caught.value)
        assert len(cdn.asked) == 1


@pytest.mark.parametrize("length", [-1, None])
async def test_a_still_is_small(length):
    content = WEBP + b"x" * 1000
    answer = whole(content, Content_Type="image/webp", length=length, ends=True)
    async with a_cdn(answer, limits=Limits(max_still_bytes=1000)) as cdn:
        with pytest.raises(MediaTooLarge, match="1,000"):
            await cdn.still()
    async with a_cdn(answer, limits=Limits(max_still_bytes=len(content))) as cdn:
        assert await cdn.still() == content


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_refused_link(status):
    async with a_cdn(says(status)) as cdn:
        with pytest.raises(LinkRefused, match=f"HTTP {status}"):
            await cdn.still()


async def test_trouble_is_asked_through_once():
    good = whole(WEBP, Content_Type="image/webp")
    cut = whole(WEBP, Content_Type="image/webp", length=99, ends=True)
    async with a_cdn(says(502), good) as cdn:
        assert await cdn.still() == WEBP
    async with a_cdn(cut, good) as cdn:
        assert await cdn.still() == WEBP
    async with a_cdn(cut) as cdn:
        with pytest.raises(MediaUnavailable, match="once more"):
            await cdn.still()
        assert len(cdn.asked) == 2
        assert cdn.media.statistics().retries == 1


async def test_a_proxy_that_asks_for_a_pause_or_says_nothing():
    async with a_cdn(says(429, Retry_After="9")) as cdn:
        with pytest.raises(MediaUnavailable) as caught:
            await cdn.still()
        assert caught.value.retry_after_s == 9
    async with a_cdn(hangs, limits=Limits(first_byte_s=0.05)) as cdn:
        with pytest.raises(MediaUnavailable):
            await cdn.still()


async def test_only_a_few_stills_are_asked_for_at_once():
    limits = Limits(stills_at_once=2)
    async with a_cdn(hangs, limits=limits) as cdn, trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(cdn.still)
        await trio.testing.wait_all_tasks_blocked()
        assert cdn.media.statistics().requests == 2
        nursery.cancel_scope.cancel()


async def test_a_proxy_that_is_not_configured_is_not_asked():
    async with open_media(["cdn.discordapp.com"], tls=TLS) as media, a_cdn(says(500)) as cdn:
        url = "https://cdn.discordapp.com/attachments/1/2/x.mp4"
        with pytest.raises(MediaForbidden, match=r"media\.discordapp\.net:443 is not one of"):
            await media.still(url, size=None, box=BOX, budget=cdn.budget)


def test_discords_proxy_is_among_the_hosts_by_default():
    assert urlsplit(composed("https://cdn.discordapp.com/a")).netloc in DiscordConfig().media_hosts
