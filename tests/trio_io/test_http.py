"""The HTTP transport against real sockets: framing, keeping, timeouts and the ends of things."""

from __future__ import annotations

import gzip
import ssl

import httpx
import pytest
import trio

from clipsaver.trio_io.http import H11Transport
from tests.trio_io.http_server import Conversation, client_tls, echo_path, http_server


def request(
    url: str,
    method: str = "GET",
    *,
    timeout: float | None = 10.0,
    of: str = "",
    **options: object,
) -> httpx.Request:
    """The timeout is that of everything, or of one thing, however long others take."""
    timeouts = {
        one: timeout if of in ("", one) else 10.0 for one in ("connect", "read", "write", "pool")
    }
    return httpx.Request(method, url, extensions={"timeout": timeouts}, **options)  # type: ignore[arg-type]


async def fetch(transport: H11Transport, call: httpx.Request) -> httpx.Response:
    response = await transport.handle_async_request(call)
    try:
        await response.aread()
    finally:
        await response.aclose()
    return response


@pytest.mark.parametrize("tls", [False, True])
async def test_requests_share_a_connection(tls: bool) -> None:
    async with http_server(echo_path, tls=tls) as server, H11Transport(tls=client_tls()) as http:
        for n in range(3):
            response = await fetch(http, request(f"{server.url}/page/{n}?limit=100"))
            assert response.status_code == 200
            assert response.content == b"GET /page/%d?limit=100 HTTP/1.1" % n
            assert response.extensions["http_version"] == b"HTTP/1.1"
            assert response.reason_phrase == "OK"
        assert len(server.conversations) == 1
        counts = http.statistics()
        assert (counts.opened, counts.reused, counts.idle, counts.in_use) == (1, 2, 1, 0)


async def test_through_httpx_client() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.answer(b"", b"Location: /there", status=b"302 Found")
        await conversation.request()
        packed = gzip.compress(b'{"hello": "there"}')
        await conversation.answer(packed, b"Content-Encoding: gzip")

    async with (
        http_server(script) as server,
        httpx.AsyncClient(transport=H11Transport(), follow_redirects=True) as client,
    ):
        response = await client.get(server.url)
        assert response.json() == {"hello": "there"}
        assert len(server.conversations) == 1


async def test_a_body_is_sent() -> None:
    async def script(conversation: Conversation) -> None:
        head = await conversation.request()
        assert head is not None
        assert b"content-length: 300000" in head.lower()
        body = await conversation.body(300_000)
        await conversation.answer(body[:3])
        head = await conversation.request()
        assert head is not None
        assert b"transfer-encoding: chunked" in head.lower()
        await conversation.answer(await conversation.body(len(b"3\r\nabc\r\n0\r\n\r\n")))

    async def parts():
        await trio.lowlevel.checkpoint()
        yield b"abc"

    async with http_server(script) as server, H11Transport() as http:
        response = await fetch(http, request(server.url, "POST", content=b"xyz" * 100_000))
        assert response.content == b"xyz"
        response = await fetch(http, request(server.url, "POST", content=parts()))
        assert response.content == b"3\r\nabc\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "status", "headers"),
    [
        ("HEAD", b"200 OK", [b"Content-Length: 500"]),
        ("HEAD", b"200 OK", [b"Transfer-Encoding: chunked"]),
        ("GET", b"204 No Content", []),
        ("GET", b"304 Not Modified", [b"Content-Length: 500"]),
        ("GET", b"200 OK", [b"Content-Length: 0"]),
    ],
)
async def test_answers_without_a_body(method: str, status: bytes, headers: list[bytes]) -> None:
    async def script(conversation: Conversation) -> None:
        while await conversation.request() is not None:
            await conversation.send(b"\r\n".join([b"HTTP/1.1 " + status, *headers]) + b"\r\n\r\n")

    async with http_server(script) as server, H11Transport() as http:
        for _ in range(2):
            response = await fetch(http, request(server.url, method))
            assert response.content == b""
        assert len(server.conversations) == 1


async def test_informational_answers_are_passed_over() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        await conversation.answer(b"real")

    async with http_server(script) as server, H11Transport() as http:
        assert (await fetch(http, request(server.url))).content == b"real"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nrest",
    ],
    ids=["close", "1.0", "more than its length", "more than its chunks"],
)
async def test_what_is_not_kept(raw: bytes) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(raw)
        await conversation.request()

    async with http_server(script) as server, H11Transport() as http:
        for _ in range(2):
            assert (await fetch(http, request(server.url))).content == b"ok"
        assert len(server.conversations) == 2
        assert http.statistics().idle == 0


async def test_a_body_that_the_end_of_the_stream_ends() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 500_000)
        await conversation.close()

    async with http_server(script) as server, H11Transport() as http:
        assert (await fetch(http, request(server.url))).content == b"x" * 500_000
        assert http.statistics().idle == 0


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", httpx.RemoteProtocolError),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Le", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12", httpx.HTTPError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n12", httpx.RemoteProtocolError),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfi",
            httpx.RemoteProtocolError,
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, httpx.RemoteProtocolError),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", httpx.RemoteProtocolError),
    ],
)
async def test_broken_answers(raw: bytes, error: type[Exception]) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(raw)
        await conversation.close()

    async with http_server(script) as server, H11Transport(max_connections=1) as http:
        for _ in range(2):
            with pytest.raises(error):
                await fetch(http, request(server.url))
        counts = http.statistics()
        assert (counts.in_use, counts.idle, counts.repeated) == (0, 0, 0)


async def test_a_kept_connection_that_the_server_left_is_not_used() -> None:
    left = trio.Event()

    async def script(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.answer(b"one")
        if conversation.number == 0:
            await conversation.close()
            left.set()

    async with http_server(script) as server, H11Transport() as http:
        await fetch(http, request(server.url, "POST", content=b""))
        await left.wait()
        response = await fetch(http, request(server.url, "POST", content=b""))
        assert response.content == b"one"
        counts = http.statistics()
        assert (counts.opened, counts.reused, counts.repeated) == (2, 0, 0)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_kept_connection_that_ends_under_a_request(method: str) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.answer(b"fine")
        await conversation.request()
        if conversation.number > 0:
            await conversation.answer(b"again")
            await conversation.request()

    async with http_server(script) as server, H11Transport() as http:
        await fetch(http, request(server.url))
        if method == "GET":  # repeated once, and the second answer is kept to
            response = await fetch(http, request(server.url))
            assert response.content == b"fine"
            assert http.statistics().repeated == 1
        else:
            with pytest.raises(httpx.RemoteProtocolError):
                await fetch(http, request(server.url, "POST", content=b"x"))
            assert http.statistics().repeated == 0
        assert http.statistics().in_use == 0


async def test_a_new_connection_is_never_repeated() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.request()

    async with http_server(script) as server, H11Transport() as http:
        with pytest.raises(httpx.RemoteProtocolError, match="without an answer"):
            await fetch(http, request(server.url))
        assert len(server.conversations) == 1


async def test_kept_connections_expire() -> None:
    async with http_server(echo_path) as server, H11Transport(keepalive_s=0.0) as http:
        for _ in range(2):
            await fetch(http, request(server.url))
        assert http.statistics().opened == 2


async def test_kept_connections_make_room_for_other_origins() -> None:
    async with (
        http_server(echo_path) as one,
        http_server(echo_path) as two,
        H11Transport(max_connections=1) as http,
    ):
        for server in (one, two, one):
            await fetch(http, request(server.url))
            assert http.statistics().idle == 1
        assert http.statistics().opened == 3


async def test_timeouts() -> None:
    async def script(conversation: Conversation) -> None:
        head = await conversation.request()
        assert head is not None
        if b"/half" in head:
            await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await trio.sleep_forever()

    async def never(host: str, port: int) -> trio.SocketStream:
        await trio.sleep_forever()
        raise AssertionError

    async with http_server(script) as server:
        async with H11Transport(max_connections=1) as http:
            with pytest.raises(httpx.ReadTimeout):
                await fetch(http, request(server.url, timeout=0.02, of="read"))
            with pytest.raises(httpx.ReadTimeout):
                await fetch(http, request(server.url + "/half", timeout=0.02, of="read"))
            large = b"x" * 50_000_000
            with pytest.raises(httpx.WriteTimeout):
                await fetch(
                    http, request(server.url, "POST", timeout=0.05, of="write", content=large)
                )
            response = await http.handle_async_request(request(server.url + "/half"))
            with pytest.raises(httpx.PoolTimeout):
                await fetch(http, request(server.url, timeout=0.02, of="pool"))
            await response.aclose()
            assert http.statistics().in_use == 0
        async with H11Transport(open_stream=never) as http:
            with pytest.raises(httpx.ConnectTimeout):
                await fetch(http, request(server.url, timeout=0.02))


async def test_what_cannot_be_reached() -> None:
    async with H11Transport() as http:
        with pytest.raises(httpx.ConnectError):
            await fetch(http, request("http://127.0.0.1:1/"))
        with pytest.raises(httpx.UnsupportedProtocol):
            await fetch(http, request("ftp://127.0.0.1/"))
        await http.aclose()
        with pytest.raises(httpx.ConnectError, match="closed"):
            await fetch(http, request("http://127.0.0.1:1/"))


async def no_tls(conversation: Conversation) -> None:
    await conversation.answer(status=b"400 Bad Request")
    await conversation.request()


async def test_certificates_are_checked() -> None:
    async with http_server(echo_path, tls=True) as server:
        async with H11Transport() as http:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await fetch(http, request(server.url))
        wrong_name = request(server.url)
        wrong_name.extensions["sni_hostname"] = "discord.com"
        async with H11Transport(tls=client_tls()) as http:
            with pytest.raises(httpx.ConnectError, match=r"(?i)hostname mismatch|not valid for"):
                await fetch(http, wrong_name)
            assert http.statistics().in_use == 0
        named = request(server.url)
        named.extensions["sni_hostname"] = "localhost"
        async with H11Transport(tls=client_tls()) as http:
            assert (await fetch(http, named)).status_code == 200
        async with http_server(no_tls) as plain, H11Transport(tls=client_tls()) as http:
            with pytest.raises(httpx.ConnectError):
                await fetch(http, request(plain.url.replace("http", "https")))


async def test_a_truncated_tls_body_is_noticed() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    async with http_server(script, tls=True) as server, H11Transport(tls=client_tls()) as http:
        with pytest.raises(httpx.RemoteProtocolError, match="6 bytes before"):
            await fetch(http, request(server.url))


@pytest.mark.parametrize("tls", [False, True])
async def test_a_large_body_comes_in_large_parts(tls: bool) -> None:
    size = 8_000_000

    async def script(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.answer(b"x" * size)

    async with http_server(script, tls=tls) as server, H11Transport(tls=client_tls()) as http:
        response = await http.handle_async_request(request(server.url))
        parts = [len(part) async for part in response.aiter_raw()]
        await response.aclose()
        assert sum(parts) == size
        assert max(parts) > 30_000


async def test_open_stream_decides_where_to_connect() -> None:
    asked: list[tuple[str, int]] = []

    async with http_server(echo_path) as server:

        async def connect(host: str, port: int) -> trio.SocketStream:
            asked.append((host, port))
            return await trio.open_tcp_stream(server.host, server.port)

        async with H11Transport(open_stream=connect) as http:
            await fetch(http, request("http://clips.example:8080/x"))
            assert asked == [("clips.example", 8080)]

        async def refuse(host: str, port: int) -> trio.SocketStream:
            await trio.lowlevel.checkpoint()
            raise OSError("10.0.0.1 is a private address")

        async with H11Transport(open_stream=refuse) as http:
            with pytest.raises(httpx.ConnectError, match="private address"):
                await fetch(http, request(server.url))


def test_only_http_1_1_is_offered() -> None:
    context = ssl.create_default_context()
    offered: list[list[str]] = []
    context.set_alpn_protocols = offered.append  # type: ignore[method-assign, assignment]
    H11Transport(tls=context)
    assert offered == [["http/1.1"]]
