"""Bodies arrive whole, however the network cuts them."""

from __future__ import annotations

import httpx
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipsaver.trio_io.http import H11Transport
from tests.examples import examples
from tests.trio_io.http_server import Conversation, http_server

heads = st.sampled_from(
    [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-A: b\r\n"]
)


def chunked(parts: list[bytes], trailer: bytes) -> bytes:
    chunks = [b"%x;ext=1\r\n%b\r\n" % (len(part), part) for part in parts if part]
    return b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(chunks) + b"0\r\n" + trailer + b"\r\n"


def counted(parts: list[bytes]) -> bytes:
    body = b"".join(parts)
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """An answer on the wire, and its body."""
    parts = draw(st.lists(st.binary(max_size=300), max_size=6))
    trailer = draw(st.sampled_from([b"", b"X-Checksum: 1\r\n"]))
    framed = draw(st.sampled_from([chunked(parts, trailer), counted(parts)]))
    return draw(heads) + framed, b"".join(parts)


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    exchanges=st.lists(
        st.tuples(answers(), st.lists(st.integers(0, 2000), max_size=12)), min_size=1, max_size=4
    )
)
async def test_however_it_is_cut(
    exchanges: list[tuple[tuple[bytes, bytes], list[int]]],
) -> None:
    async def script(conversation: Conversation) -> None:
        for (wire, _), cuts in exchanges:
            await conversation.request()
            start = 0
            for cut in sorted({min(cut, len(wire)) for cut in cuts} | {len(wire)}):
                if cut > start:
                    await conversation.send(wire[start:cut])
                start = cut
        await conversation.request()

    with trio.fail_after(10):
        async with http_server(script) as server, H11Transport() as http:
            for (_, body), _ in exchanges:
                response = await http.handle_async_request(httpx.Request("GET", server.url))
                assert await response.aread() == body
            assert http.statistics().opened == 1
