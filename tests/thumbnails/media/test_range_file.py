"""Ranges over a real socket: each way in which a server can answer has an outcome of its own."""

from __future__ import annotations

import pytest
import trio

from clipsaver.errors import Handling
from clipsaver.thumbnails.errors import (
    LinkRefused,
    MediaChanged,
    MediaEmpty,
    MediaForbidden,
    MediaTooLarge,
    MediaUnavailable,
    RangesIgnored,
)
from clipsaver.thumbnails.media.budget import Budget
from clipsaver.thumbnails.media.limits import Limits
from tests.thumbnails.media.cdn import FILE, TAG, a_cdn, hangs, part, reply, says, whole

SMALL = Limits(retry_pause_s=0, max_whole_bytes=1000)


async def test_a_range_is_what_was_asked_for_and_tells_the_size():
    async with a_cdn(part()) as cdn:
        file = cdn.file()
        assert file.size is None
        assert await file.read(0, 100) == FILE[:100]
        assert file.size == len(FILE)
        assert await file.read(4000, 4001) == FILE[4000:4001]
        assert await file.read(4900, 9000) == FILE[4900:]
        assert [asked.range for asked in cdn.asked] == [(0, 100), (4000, 4001), (4900, 5000)]
        assert await file.read(5000, 5100) == b""
        assert len(cdn.asked) == 3
        assert len(cdn.server.conversations) == 1
        assert (cdn.budget.requests, cdn.budget.bytes_read) == (3, 201)


async def test_nothing_in_a_request_tells_who_asks():
    async with a_cdn(part()) as cdn:
        await cdn.file().read(0, 10)
        sent = cdn.asked[0].headers
        assert sorted(sent) == ["accept", "accept-encoding", "host", "range", "user-agent"]
        assert sent["accept-encoding"] == "identity"
        assert sent["user-agent"].startswith("DiscordBot (")


async def test_cookies_are_not_kept():
    async with a_cdn(part(Set_Cookie="a=b")) as cdn:
        file = cdn.file()
        await file.read(0, 10)
        await file.read(10, 20)
        assert "cookie" not in cdn.asked[1].headers


async def test_no_proxy_of_the_environment_is_asked(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with a_cdn(part()) as cdn:
        assert await cdn.file().read(0, 10) == FILE[:10]


@pytest.mark.parametrize(
    ("etag", "sent"), [(TAG, TAG), ('W/"one"', None), (None, None), ("one", None)]
)
async def test_only_a_strong_tag_goes_with_the_next_range(etag, sent):
    async with a_cdn(part(etag=etag)) as cdn:
        file = cdn.file()
        await file.read(0, 10)
        assert await file.read(10, 20) == FILE[10:20]
        assert "if-range" not in cdn.asked[0].headers
        assert cdn.asked[1].headers.get("if-range") == sent


@pytest.mark.parametrize("total", [None, "*"])
async def test_what_comes_in_smaller_parts_is_put_together(total):
    def at_most_40(asked):
        start, _ = asked.range
        return part(FILE[: start + 40], total=total or str(len(FILE)))(asked)

    async with a_cdn(at_most_40) as cdn:
        assert await cdn.file().read(10, 110) == FILE[10:110]
        assert [asked.range for asked in cdn.asked] == [(10, 110), (50, 110), (90, 110)]


async def test_more_than_was_asked_for_is_left():
    def more(asked):
        start, end = asked.range
        shown = f"bytes {start}-{end + 499}/{len(FILE)}"
        return reply(206, FILE[start : end + 500], Content_Range=shown)

    async with a_cdn(more) as cdn:
        file = cdn.file()
        assert await file.read(0, 100) == FILE[:100]
        assert await file.read(100, 200) == FILE[100:200]


async def test_a_body_without_an_end_is_read_no_further_than_asked():
    def endless(asked):
        start, _ = asked.range
        sent = reply(206, FILE, length=None, Content_Range=f"bytes {start}-{start + 99}/5000")
        return type(sent)(sent.data, held=True)

    async with a_cdn(endless) as cdn:
        assert await cdn.file().read(0, 100) == FILE[:100]


@pytest.mark.parametrize(
    "odd",
    [
        says(206, FILE[:100]),
        says(206, FILE[:100], Content_Range="bytes 1-100/5000"),
        says(206, FILE[:100], Content_Range="bytes 0-49/5000"),
        says(206, FILE[:100], Content_Range="bytes 0-99/50"),
        says(206, FILE[:100], Content_Range="bytes */5000"),
        says(206, FILE[:100], Content_Range="bytes 0-99/5000", Content_Encoding="gzip"),
        says(206, FILE[:100], Content_Type="multipart/byteranges; boundary=x"),
        says(416, Content_Range="bytes */5000"),
        whole(Content_Encoding="br"),
    ],
    ids=[
        "unsaid", "shifted", "contradiction", "impossible", "none", "compressed", "multipart",
        "refused", "compressed whole",
    ],
)  # fmt: skip
async def test_another_range_is_asked_for_once_more_and_then_it_has_no_ranges(odd):
    async with a_cdn(odd, part()) as cdn:
        assert await cdn.file().read(0, 100) == FILE[:100]
        assert cdn.media.statistics().retries == 1
    async with a_cdn(odd) as cdn:
        with pytest.raises(RangesIgnored, match="twice") as caught:
            await cdn.file().read(0, 100)
        assert len(cdn.asked) == 2
        assert caught.value.handling is Handling.DEAD
        assert "5ec4e7" not in str(caught.value)


async def test_a_small_file_that_comes_whole_is_asked_for_once():
    async with a_cdn(whole()) as cdn:
        file = cdn.file()
        assert await file.read(100, 200) == FILE[100:200]
        assert await file.read(4990, 6000) == FILE[4990:]
        assert await file.read(6000, 6001) == b""
        assert file.size == len(FILE)
        assert len(cdn.asked) == 1
        assert cdn.budget.bytes_read == len(FILE)


async def test_a_whole_file_without_a_length_is_kept_too():
    async with a_cdn(whole(length=None, ends=True)) as cdn:
        assert await cdn.file().read(0, 10) == FILE[:10]


async def test_a_large_file_that_comes_whole_is_left_at_once():
    def large(_):
        sent = reply(200, b"only the beginning", length=500_000_000)
        return type(sent)(sent.data, held=True)

    async with a_cdn(large) as cdn:
        with pytest.raises(RangesIgnored, match="500,000,000"):
            await cdn.file().read(0, 10)
        assert cdn.budget.bytes_read == 0
        assert cdn.media.statistics().http.idle == cdn.media.statistics().http.in_use == 0


async def test_a_large_file_that_does_not_say_so_is_left_at_the_bound():
    async with a_cdn(whole(length=None, ends=True), limits=SMALL) as cdn:
        with pytest.raises(RangesIgnored, match="more than 1,000 bytes"):
            await cdn.file().read(0, 10)


async def test_a_whole_file_that_is_cut_off_is_begun_again():
    cut = whole(FILE[:300], length=5000, ends=True)
    async with a_cdn(cut, whole()) as cdn:
        assert await cdn.file().read(100, 1000) == FILE[100:1000]


@pytest.mark.parametrize(
    "after",
    [
        part(etag='"two"'),
        part(FILE + b"x"),
        part(FILE + b"x", etag=None),
        whole(etag='"two"'),
        whole(FILE[:-1]),
        whole(FILE[:-1], etag=None),
        whole(etag=None, length=None, ends=True),
        says(416, Content_Range="bytes */90"),
    ],
    ids=["tag", "size", "size alone", "whole", "whole size", "untagged", "unknown", "shrunk"],
)
async def test_another_file_in_between_is_noticed(after):
    async with a_cdn(part(), after) as cdn:
        file = cdn.file()
        await file.read(0, 100)
        with pytest.raises(MediaChanged) as caught:
            await file.read(100, 200)
        assert caught.value.handling is Handling.RETRY


async def test_the_same_file_may_come_whole_later():
    async with a_cdn(part(), whole(), says(500)) as cdn:
        file = cdn.file()
        assert await file.read(0, 100) == FILE[:100]
        assert await file.read(100, 200) == FILE[100:200]
        assert await file.read(200, 300) == FILE[200:300]


@pytest.mark.parametrize(
    "answer",
    [
        says(416, Content_Range="bytes */0"),
        says(416),
        says(200),
        whole(b"", length=None, ends=True),
    ],
)
async def test_an_empty_file(answer):
    async with a_cdn(answer) as cdn:
        with pytest.raises(MediaEmpty, match=r"x\.mp4 is empty"):
            await cdn.file().read(0, 100)


async def test_beyond_the_end_of_a_file_of_unknown_size_there_is_nothing():
    async with a_cdn(says(416, Content_Range="bytes */5000"), part()) as cdn:
        file = cdn.file()
        assert await file.read(9000, 9100) == b""
        assert file.size == 5000
        assert await file.read(4000, 4100) == FILE[4000:4100]


@pytest.mark.parametrize("length", [100, None])
async def test_of_an_answer_that_is_cut_off_the_rest_is_asked_for_once(length):
    def half(asked):
        start, end = asked.range
        shown = f"bytes {start}-{end - 1}/5000"
        said = {"length": length and end - start, "ETag": TAG, "Content_Range": shown}
        return reply(206, FILE[start : start + 30], ends=True, **said)

    async with a_cdn(half, part()) as cdn:
        assert await cdn.file().read(0, 100) == FILE[:100]
        assert [asked.range for asked in cdn.asked] == [(0, 100), (30, 100)]
        assert cdn.asked[1].headers["if-range"] == TAG
    async with a_cdn(half) as cdn:
        with pytest.raises(MediaUnavailable, match="once more"):
            await cdn.file().read(0, 100)
        assert len(cdn.asked) == 2


@pytest.mark.parametrize("status", [401, 403, 404, 410, 451, 400])
async def test_a_refused_link(status):
    async with a_cdn(says(status, b"This content is no longer available."), part()) as cdn:
        with pytest.raises(LinkRefused, match=f"HTTP {status}") as caught:
            await cdn.file().read(0, 100)
        assert caught.value.status == status
        assert "5ec4e7" not in str(caught.value)
        assert len(cdn.asked) == 1
        # The connection is good for the next one.
        await cdn.file().read(0, 100)
        assert len(cdn.server.conversations) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 408, 204])
async def test_a_server_in_trouble_is_asked_once_more(status):
    async with a_cdn(says(status), part()) as cdn:
        assert await cdn.file().read(0, 100) == FILE[:100]
    async with a_cdn(says(status)) as cdn:
        with pytest.raises(MediaUnavailable, match=f"HTTP {status}") as caught:
            await cdn.file().read(0, 100)
        assert len(cdn.asked) == 2
        assert caught.value.retry_after_s is None


async def test_a_server_that_names_a_time_is_not_asked_before():
    async with a_cdn(says(503, Retry_After="120")) as cdn:
        with pytest.raises(MediaUnavailable) as caught:
            await cdn.file().read(0, 100)
        assert caught.value.retry_after_s == 120
        assert len(cdn.asked) == 1


@pytest.mark.parametrize(("headers", "wait_s"), [({"Retry_After": "7"}, 7), ({}, 5)])
async def test_a_host_that_asks_for_a_pause_gets_it(headers, wait_s):
    async with a_cdn(says(429, **headers), part()) as cdn:
        with pytest.raises(MediaUnavailable, match="429") as caught:
            await cdn.file().read(0, 100)
        assert caught.value.retry_after_s == wait_s
        with pytest.raises(MediaUnavailable) as caught:
            await cdn.file().read(0, 100)
        assert wait_s - 2 < caught.value.retry_after_s <= wait_s
        assert len(cdn.asked) == cdn.budget.requests == 1


async def test_a_pause_of_no_time_is_over():
    async with a_cdn(says(429, Retry_After="0"), part()) as cdn:
        with pytest.raises(MediaUnavailable):
            await cdn.file().read(0, 100)
        assert await cdn.file().read(0, 100) == FILE[:100]


@pytest.mark.parametrize("target", ["https://elsewhere.example/x", "/there", "http://[", ""])
async def test_no_redirect_is_followed(target):
    async with a_cdn(says(302, Location=target), part()) as cdn:
        with pytest.raises(MediaForbidden, match=r"elsewhere\.example|same host"):
            await cdn.file().read(0, 100)
        assert len(cdn.asked) == 1


async def test_a_server_that_says_nothing():
    async with a_cdn(hangs, limits=Limits(first_byte_s=0.05)) as cdn:
        with pytest.raises(MediaUnavailable, match=r"0\.05 s"):
            await cdn.file().read(0, 100)
        assert cdn.media.statistics().http.in_use == 0


async def test_a_read_that_is_cancelled_leaves_nothing_behind():
    arrived = trio.Event()

    def arrives(asked):
        arrived.set()
        return hangs(asked)

    async with a_cdn(arrives, part()) as cdn:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cdn.file().read, 0, 100)
            await arrived.wait()
            nursery.cancel_scope.cancel()
        http = cdn.media.statistics().http
        assert (http.in_use, http.idle) == (0, 0)
        assert await cdn.file().read(0, 100) == FILE[:100]


async def test_a_body_that_stops():
    def stops(asked):
        sent = part()(asked)
        return type(sent)(sent.data[:-50], held=True)

    async with a_cdn(stops, limits=Limits(first_byte_s=0.05)) as cdn:
        with pytest.raises(MediaUnavailable, match=r"0\.05 s"):
            await cdn.file().read(0, 100)
        assert len(cdn.asked) == 1


@pytest.mark.parametrize(
    ("of", "limits"),
    [
        ("head", Limits(connect_s=1, slack_s=0)),
        ("body", Limits(connect_s=10, slack_s=0.2, slowest_bytes_per_s=100_000)),
    ],
)
async def test_a_server_that_drips(of, limits):
    """Each byte comes in time, and all of them do not."""

    def drips(asked):
        sent = part()(asked)
        head, _, _ = sent.data.partition(b"\r\n\r\n")
        endless = head + b"\r\nX: " + b"x" * 8000
        return type(sent)(endless if of == "head" else sent.data, dripped=True, held=True)

    async with a_cdn(drips, limits=limits) as cdn:
        with pytest.raises(MediaUnavailable, match="too slowly"):
            await cdn.file().read(0, 5000)


async def test_a_connection_that_is_refused():
    async with a_cdn(part()) as cdn:
        url = cdn.url
        async with a_cdn(part()) as other:
            gone = other.server
        media = cdn.media
        media._hosts = type(media._hosts)([f"{gone.host}:{gone.port}"])
        file = media.ranges(url.replace(str(cdn.server.port), str(gone.port)), budget=Budget())
        with pytest.raises(MediaUnavailable, match="once more"):
            await file.read(0, 100)


async def test_a_budget_of_requests():
    async with a_cdn(part()) as cdn:
        file = cdn.file(Budget(most_requests=2))
        await file.read(0, 1)
        await file.read(1, 2)
        with pytest.raises(MediaTooLarge, match="2 requests"):
            await file.read(2, 3)
        assert len(cdn.asked) == 2


async def test_a_budget_of_bytes():
    async with a_cdn(part()) as cdn:
        file = cdn.file(Budget(most_bytes=150))
        await file.read(0, 100)
        with pytest.raises(MediaTooLarge, match="150 bytes"):
            await file.read(100, 151)
        assert await file.read(100, 150) == FILE[100:150]
        assert len(cdn.asked) == 2


@pytest.mark.parametrize("length", [-1, None])
async def test_a_whole_file_takes_from_the_budget(length):
    async with a_cdn(whole(length=length, ends=True)) as cdn:
        with pytest.raises(MediaTooLarge, match="1,000 bytes"):
            await cdn.file(Budget(most_bytes=1000)).read(0, 10)


@pytest.mark.parametrize(("start", "end"), [(-1, 4), (5, 5), (6, 5)])
async def test_what_is_no_range(start, end):
    async with a_cdn(part()) as cdn:
        with pytest.raises(ValueError, match="no range"):
            await cdn.file().read(start, end)
        assert not cdn.asked


async def test_what_was_done_is_counted():
    async with a_cdn(says(500), part(), says(404)) as cdn:
        await cdn.file().read(0, 100)
        with pytest.raises(LinkRefused):
            await cdn.file().read(0, 100)
        told = cdn.media.statistics()
        assert (told.requests, told.bytes_read, told.retries) == (3, 100, 1)
        assert told.answers == {500: 1, 206: 1, 404: 1}
        assert told.http.in_use == 0
