"""Whatever a server answers, a read brings the file's bytes or an error, and never other bytes."""

from __future__ import annotations

import httpx
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.thumbnails.errors import ThumbnailError
from clipsaver.thumbnails.media.budget import Budget
from clipsaver.thumbnails.media.fetching import Fetcher
from clipsaver.thumbnails.media.limits import Limits
from clipsaver.thumbnails.media.range_file import RangeFile

FILE = bytes(range(64))
URL = httpx.URL("https://cdn.discordapp.com/attachments/1/2/x.mp4")
LIMITS = Limits(retry_pause_s=0, unsaid_wait_s=0, max_whole_bytes=100)


class Body(httpx.AsyncByteStream):
    """A body in pieces, which ends after some of its bytes as if the connection had."""

    def __init__(self, content: bytes, cut_at: int | None) -> None:
        self.left = content if cut_at is None else content[:cut_at]
        self.is_cut = cut_at is not None and cut_at < len(content)

    def __aiter__(self):
        return self

    async def __anext__(self):
        piece, self.left = self.left[:7], self.left[7:]
        if not piece and self.is_cut:
            raise httpx.ReadError("the connection was reset")
        if not piece:
            raise StopAsyncIteration
        return piece


places = st.integers(0, 63)
cuts = st.none() | st.integers(0, 64)
tags = st.sampled_from([None, '"one"', 'W/"one"'])
totals = st.sampled_from(["64", "*"])


@st.composite
def parts(draw):
    """A 206 that says which bytes it holds and holds them, be they those that were asked for."""
    start, end = sorted((draw(places), draw(st.integers(1, 64))))
    if draw(st.booleans()):
        return "asked", draw(st.integers(-64, 64)), draw(totals), draw(tags), draw(cuts)
    return "part", (start, max(end, start + 1)), draw(totals), draw(tags), draw(cuts)


others = st.sampled_from(
    [("status", 500), ("status", 503), ("status", 404), ("status", 429), ("status", 206)]
)
wholes = st.tuples(st.just("whole"), tags, cuts)
nothings = st.tuples(st.just("nothing"), st.sampled_from(["bytes */64", ""]))
answers = st.lists(parts() | parts() | wholes | nothings | others, min_size=1, max_size=12)
reads = st.lists(
    st.tuples(places, st.integers(1, 80)).map(lambda pair: (pair[0], pair[0] + pair[1])),
    min_size=1,
    max_size=5,
)


def played(answer, request: httpx.Request) -> httpx.Response:
    kind, *said = answer
    if kind == "status":
        return httpx.Response(said[0], stream=Body(b"", None))
    if kind == "whole":
        tag, cut_at = said
        headers = {"content-length": "64"} | ({"etag": tag} if tag else {})
        return httpx.Response(200, stream=Body(FILE, cut_at), headers=headers)
    if kind == "nothing":
        return httpx.Response(416, stream=Body(b"", None), headers={"content-range": said[0]})
    span, total, tag, cut_at = said
    if kind == "asked":
        start, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
        if int(start) >= 64:
            return played(("nothing", "bytes */64"), request)
        span = int(start), min(64, max(int(start) + 1, int(last) + 1 + span))
    headers = {"content-range": f"bytes {span[0]}-{span[1] - 1}/{total}"}
    headers |= {"etag": tag} if tag else {}
    return httpx.Response(206, stream=Body(FILE[slice(*span)], cut_at), headers=headers)


@given(answers, reads)
async def test_a_read_is_right_or_fails(script, wanted):
    left = list(script)

    def handle(request: httpx.Request) -> httpx.Response:
        return played(left.pop(0) if len(left) > 1 else left[0], request)

    budget = Budget(most_requests=40, most_bytes=4000)
    file = RangeFile(Fetcher(httpx.MockTransport(handle), LIMITS), URL, budget)
    for start, end in wanted:
        try:
            got = await file.read(start, end)
        except ThumbnailError:
            continue
        if not any(one[0] == "nothing" for one in script):  # which may be a lie
            assert got == FILE[start:end]
        assert FILE[start:end].startswith(got)
        assert file.size in (None, len(FILE))
    assert budget.requests <= 40
    assert budget.bytes_read <= 4000
