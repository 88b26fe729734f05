"""A CDN on a real socket that answers as a test tells it to."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio

from clipsaver.thumbnails.media.budget import Budget
from clipsaver.thumbnails.media.client import MediaClient, open_media
from clipsaver.thumbnails.media.limits import Limits
from tests.trio_io.http_server import Conversation, Server, client_tls, http_server

FILE = random.Random(1).randbytes(5000)
PATH = "/attachments/1/2/x.mp4?ex=6f000000&is=6effffff&hm=5ec4e7&"
TAG = '"one"'


@dataclass(frozen=True)
class Asked:
    """One request, as the server saw it."""

    line: str
    headers: dict[str, str]

    @property
    def range(self) -> tuple[int, int]:
        start, _, last = self.headers["range"].removeprefix("bytes=").partition("-")
        return int(start), int(last) + 1


@dataclass(frozen=True)
class Wire:
    """What goes back; nothing follows where the connection `ends` with it or is `held`."""

    data: bytes
    ends: bool = False
    held: bool = False
    dripped: bool = False


Answer = Callable[[Asked], Wire]


def reply(
    status: int, body: bytes = b"", *, length: int | None = -1, ends: bool = False, **headers: str
) -> Wire:
    """An answer as it is on the wire; `length` is what its head says, None for nothing."""
    lines = [f"HTTP/1.1 {status} Whatever"]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length < 0 else length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Wire("\r\n".join([*lines, "", ""]).encode() + body, ends=ends)


def part(
    content: bytes = FILE, *, etag: str | None = TAG, total: str | None = None, **changes: object
) -> Answer:
    """206 with the range that was asked for, as a good server sends it."""

    def answer(asked: Asked) -> Wire:
        start, end = asked.range
        end = min(end, len(content))
        shown = f"bytes {start}-{end - 1}/{len(content) if total is None else total}"
        headers = {"Content_Range": shown} | ({"ETag": etag} if etag else {})
        return reply(206, content[start:end], **(headers | changes))

    return answer


def whole(content: bytes = FILE, *, etag: str | None = TAG, **changes: object) -> Answer:
    """200 with all of it, whatever was asked for."""
    headers = {"ETag": etag} if etag else {}
    return lambda _: reply(200, content, **(headers | changes))


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    return lambda _: reply(status, body, **headers)


def hangs(_: Asked) -> Wire:
    return Wire(b"", held=True)


@dataclass
class Cdn:
    """The server's side, and a client for it."""

    server: Server
    media: MediaClient
    asked: list[Asked] = field(default_factory=list)
    budget: Budget = field(default_factory=Budget)

    @property
    def url(self) -> str:
        return self.server.url + PATH

    def file(self, budget: Budget | None = None):
        return self.media.ranges(self.url, budget=budget or self.budget)

    async def still(self, **options):
        asked = {"size": (1920, 1080), "box": (640, 360), "budget": self.budget} | options
        return await self.media.still(self.url, **asked)


TLS = client_tls()
"""Made once: to read the system's certificates takes longer than a test."""
QUICK = Limits(retry_pause_s=0)


@asynccontextmanager
async def a_cdn(*answers: Answer, limits: Limits = QUICK) -> AsyncIterator[Cdn]:
    """Answers requests in this order; the last one for ever."""
    script = list(answers)
    asked: list[Asked] = []

    async def serve(conversation: Conversation) -> None:
        while (head := await conversation.request()) is not None:
            asked.append(_read(head))
            answer = script.pop(0) if len(script) > 1 else script[0]
            if not await _send(conversation, answer(asked[-1])):
                return

    async with (
        http_server(serve) as server,
        open_media([f"{server.host}:{server.port}"], limits=limits, tls=TLS) as media,
    ):
        yield Cdn(server, media, asked)


async def _send(conversation: Conversation, wire: Wire) -> bool:
    if wire.dripped:
        for at in range(len(wire.data)):
            await conversation.send(wire.data[at : at + 1])
            await trio.sleep(0.001)
    await conversation.send(b"" if wire.dripped else wire.data)
    if wire.held:
        await trio.sleep_forever()
    return not wire.ends


def _read(head: bytes) -> Asked:
    line, *rest = head.decode("latin-1").split("\r\n")
    pairs = [one.partition(": ") for one in rest]
    return Asked(line, {name.lower(): value for name, _, value in pairs})
