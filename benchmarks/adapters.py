"""What a round trip costs in CPU: the Trio adapters beside the libraries' own transports.

    python -m benchmarks.adapters [http] [redis] [postgres]

The server is another process; the figures are this process's CPU time per request (user and
system), the best of several alternating rounds, since other programs only ever add to it.
`redis` needs REDIS_URL, `postgres` needs DATABASE_URL; without them they are left out.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import ssl
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import trio

from clipsaver.trio_io.http import H11Transport
from clipsaver.trio_io.postgres import open_pool
from clipsaver.trio_io.redis import open_redis

ROUNDS = 5
REQUESTS = 400
BODY = b'{"content": "' + b"x" * 100_000 + b'"}'
HEADERS = (
    b"HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n"
    b"Server: cloudflare\r\nX-RateLimit-Bucket: abcd1234\r\nX-RateLimit-Limit: 5\r\n"
    b"X-RateLimit-Remaining: 4\r\nX-RateLimit-Reset: 1700000000.123\r\n"
    b"X-RateLimit-Reset-After: 1\r\n"
    b"Strict-Transport-Security: max-age=31536000\r\nVary: Accept-Encoding\r\nVia: 1.1 google\r\n"
)
COUNTED = HEADERS + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
CHUNKS = [BODY[start : start + 8192] for start in range(0, len(BODY), 8192)]
CHUNKED = (
    HEADERS
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in CHUNKS)
    + b"0\r\n\r\n"
)
PEM = Path(__file__).parent.parent / "tests" / "trio_io" / "localhost.pem"

Fetch = Callable[[], Awaitable[object]]


def serve_fixed_bytes(listener: socket.socket, answer: bytes, *, tls: bool) -> None:
    """Answer every request with the same bytes; one thread per connection."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)

    def talk(raw: socket.socket) -> None:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = context.wrap_socket(raw, server_side=True) if tls else raw
        received = b""
        while part := connection.recv(65_536):
            received += part
            while b"\r\n\r\n" in received:
                received = received.partition(b"\r\n\r\n")[2]
                connection.sendall(answer)

    while True:
        threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()


async def cpu_us(fetch: Fetch, *, tasks: int, requests: int = REQUESTS) -> float:
    """CPU microseconds of this process per call."""

    async def some() -> None:
        for _ in range(requests // tasks):
            await fetch()

    await fetch()  # connections, caches
    start = time.process_time()
    async with trio.open_nursery() as nursery:
        for _ in range(tasks):
            nursery.start_soon(some)
    return (time.process_time() - start) / (requests // tasks * tasks) * 1e6


async def compare(title: str, ways: dict[str, Fetch], *, requests: int = REQUESTS) -> None:
    """Print each way's best round, alone and with 8 tasks at once; the first one is the measure."""
    print(f"\n{title}: CPU us per call (share of the first)")
    for tasks in (1, 8):
        best: dict[str, float] = dict.fromkeys(ways, float("inf"))
        for _ in range(ROUNDS):
            for name, fetch in ways.items():
                best[name] = min(best[name], await cpu_us(fetch, tasks=tasks, requests=requests))
        measure = next(iter(best.values()))
        for name, cost in best.items():
            print(
                f"  {tasks} task{'s' * (tasks > 1):1}  {name:44} {cost:7.0f}  {cost / measure:5.0%}"
            )


async def bench_http(title: str, url: str) -> None:
    async with AsyncExitStack() as stack:
        tls = ssl.create_default_context(cafile=str(PEM))
        limits = httpx.Limits(max_connections=16, max_keepalive_connections=16)
        theirs = await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(verify=tls, limits=limits))
        )
        transport = H11Transport(
            max_connections=16, tls=ssl.create_default_context(cafile=str(PEM))
        )
        ours = await stack.enter_async_context(httpx.AsyncClient(transport=transport))
        headers = httpx.Headers({"Host": "localhost", "Authorization": "Bot x", "Accept": "*/*"})
        extensions = {"timeout": {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": None}}
        target = f"{url}/api/v10/channels/123456789/messages?limit=100"

        def prebuilt() -> httpx.Request:
            return httpx.Request("GET", target, headers=headers, extensions=extensions)

        async def get(client: httpx.AsyncClient) -> None:
            assert len((await client.get(target)).content) == len(BODY)

        async def send(client: httpx.AsyncClient) -> None:
            assert len((await client.send(prebuilt())).content) == len(BODY)

        async def handle(over: httpx.AsyncBaseTransport) -> None:
            response = await over.handle_async_request(prebuilt())
            body = await response.aread()
            await response.aclose()
            assert len(body) == len(BODY)

        async def handle_raw() -> None:
            response = await transport.handle_async_request(prebuilt())
            assert isinstance(response.stream, httpx.AsyncByteStream)
            body = b"".join([part async for part in response.stream])
            assert len(body) == len(BODY)

        await compare(
            title,
            {
                "httpx default: client.get": partial(get, theirs),
                "httpx default: client.send": partial(send, theirs),
                "httpx default: transport and aread": partial(handle, theirs._transport),  # noqa: SLF001 - what is compared
                "H11Transport: client.get": partial(get, ours),
                "H11Transport: client.send": partial(send, ours),
                "H11Transport: transport and aread": partial(handle, transport),
                "H11Transport: transport, body as it came": handle_raw,
            },
        )


async def bench_redis(url: str) -> None:
    import redis

    payload = b"x" * 100
    sync = redis.Redis.from_url(url, protocol=3)

    async def sync_set() -> None:
        sync.set("bench", payload)
        await trio.lowlevel.checkpoint()

    async with open_redis(url) as client:
        ways: dict[str, Any] = {
            "redis-py, blocking": sync_set,
            "TrioRedis": partial(client.set, "bench", payload),
        }
        await compare("redis SET of 100 bytes", ways, requests=2000)


async def bench_postgres(url: str) -> None:
    import psycopg

    sync = psycopg.connect(url, autocommit=True)

    async def sync_select() -> None:
        sync.execute("SELECT 1").fetchone()
        await trio.lowlevel.checkpoint()

    async with open_pool(url, size=8) as pool:

        async def pooled() -> None:
            async with pool.connection() as connection:
                await connection.set_autocommit(True)
                await (await connection.execute("SELECT 1")).fetchone()

        ways: dict[str, Any] = {"psycopg, blocking": sync_select, "TrioPool": pooled}
        await compare("PostgreSQL SELECT 1", ways, requests=2000)


def main(rooms: list[str]) -> None:
    """Run what is named, or everything."""
    if not rooms or "http" in rooms:
        for title, answer, tls in (
            ("100 KB with a length", COUNTED, False),
            ("100 KB in 8 KiB chunks", CHUNKED, False),
            ("100 KB with a length over TLS", COUNTED, True),
        ):
            listener = socket.create_server(("127.0.0.1", 0))
            server = multiprocessing.get_context("fork").Process(
                target=partial(serve_fixed_bytes, tls=tls), args=(listener, answer), daemon=True
            )
            server.start()
            scheme = "https" if tls else "http"
            trio.run(bench_http, title, f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
            server.kill()
            server.join()
            listener.close()
    if (not rooms or "redis" in rooms) and (url := os.environ.get("REDIS_URL")):
        trio.run(bench_redis, url)
    if (not rooms or "postgres" in rooms) and (url := os.environ.get("DATABASE_URL")):
        trio.run(bench_postgres, url)


if __name__ == "__main__":
    main(sys.argv[1:])
