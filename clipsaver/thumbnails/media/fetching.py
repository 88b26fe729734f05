"""One request to one host: a head, and as much of the body as is wanted.

The transport is driven without httpx's client: its redirects, cookies and proxies of the
environment are just what must not be followed, kept or used here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import trio

from clipsaver.discord_rest.exchange import USER_AGENT
from clipsaver.thumbnails.errors import MediaUnavailable
from clipsaver.thumbnails.media.answers import content_length, retry_after_s
from clipsaver.thumbnails.media.budget import Budget
from clipsaver.thumbnails.media.hosts import shown
from clipsaver.thumbnails.media.limits import Limits
from clipsaver.thumbnails.media.refusals import Broken

_NO_BODY = httpx.ByteStream(b"")
_WORTH_READING_BYTES = 4096
"""A rest up to this length is read for its connection's sake."""


@dataclass(slots=True)
class Tally:
    """What was asked of all hosts since the beginning."""

    requests: int = 0
    bytes_read: int = 0
    retries: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    """By status."""


class Reply:
    """The answer to one request, while its connection is held."""

    def __init__(self, response: httpx.Response, began: _Asked, limits: Limits) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.length = content_length(response.headers)
        """Of the body, where the head tells it."""
        self.wait_s = retry_after_s(response.headers)
        """What the server asks for, where it does."""
        self._response = response
        self._asked = began
        self._limits = limits

    async def body(self, most: int) -> bytes:
        """The body, or its first `most` bytes: the rest is not read.

        Raises Broken where it ends before the length that was announced for it, MediaUnavailable
        where that takes too long.
        """
        expected = most if self.length is None else min(most, self.length)
        self._asked.scope.deadline = self._asked.at + self._limits.answer_s(expected)
        received = bytearray()
        assert isinstance(self._response.stream, httpx.AsyncByteStream)
        try:
            async for part in self._response.stream:
                received += part
                self._asked.count(len(part))
                if len(received) >= most:
                    break
        except httpx.TimeoutException as error:
            raise MediaUnavailable(f"{self._asked.shown}: {error}") from None
        except (httpx.TransportError, httpx.StreamError) as error:
            raise Broken(_cause(error), bytes(received[:most])) from None
        return bytes(received[:most])

    async def skip(self) -> None:
        """Reads a short rest, so that the connection can be kept."""
        if self.length is not None and self.length <= _WORTH_READING_BYTES:
            try:
                await self.body(self.length)
            except Broken:
                return  # then it is closed


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request that is on its way."""

    shown: str
    at: float
    scope: trio.CancelScope
    budget: Budget
    tally: Tally

    def count(self, size_bytes: int) -> None:
        self.budget.count(size_bytes)
        self.tally.bytes_read += size_bytes


class Fetcher:
    """Sends requests that say nothing of who asks. A host that answered 429 is left alone."""

    def __init__(self, transport: httpx.AsyncBaseTransport, limits: Limits) -> None:
        self.limits = limits
        self.tally = Tally()
        self._transport = transport
        self._held_until: dict[str, float] = {}

    @asynccontextmanager
    async def ask(
        self, url: httpx.URL, budget: Budget, wanted_bytes: int, headers: Mapping[str, str]
    ) -> AsyncIterator[Reply]:
        """The answer to a GET; its connection is kept if its body was read to the end.

        Raises MediaTooLarge where the budget does not allow it, MediaUnavailable where the answer
        is too slow or the host wants a pause, MediaForbidden where the host's name leads elsewhere,
        and Broken where the exchange ended in the middle.
        """
        self._check_hold(url)
        budget.take_request(wanted_bytes)
        self.tally.requests += 1
        limits, where = self.limits, shown(str(url))
        # One limit for all of it: a head can drip as well, and then each byte of it is in time.
        with trio.move_on_after(limits.connect_s + limits.slack_s) as scope:
            asked = _Asked(where, trio.current_time(), scope, budget, self.tally)
            try:
                response = await self._transport.handle_async_request(self._request(url, headers))
            except httpx.TimeoutException as error:
                raise MediaUnavailable(f"{where}: {error}") from None
            except httpx.TransportError as error:
                raise Broken(_cause(error)) from None
            try:
                self.tally.answers[response.status_code] += 1
                reply = Reply(response, asked, limits)
                if reply.status == 429:
                    await reply.skip()
                    wait_s = limits.unsaid_wait_s if reply.wait_s is None else reply.wait_s
                    self._held_until[url.host] = trio.current_time() + wait_s
                    raise _paused(url, wait_s)
                yield reply
            finally:
                with trio.move_on_after(1, shield=True):
                    await response.aclose()
        if scope.cancelled_caught:
            raise MediaUnavailable(f"{where}: its answer comes too slowly to wait for the end")

    def _check_hold(self, url: httpx.URL) -> None:
        left_s = self._held_until.get(url.host, 0.0) - trio.current_time()
        if left_s > 0:
            raise _paused(url, left_s)
        self._held_until.pop(url.host, None)

    def _request(self, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Request:
        limits = self.limits
        named = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
        }
        silences = {
            "connect": limits.connect_s,
            "read": limits.first_byte_s,
            "write": limits.first_byte_s,
        }
        return httpx.Request(
            "GET",
            url,
            headers={**named, **headers},
            stream=_NO_BODY,
            extensions={"timeout": silences},
        )


def _paused(url: httpx.URL, wait_s: float) -> MediaUnavailable:
    return MediaUnavailable(
        f"{url.host} asks for a pause (HTTP 429): nothing is sent to it for {wait_s:.0f} s",
        retry_after_s=wait_s,
    )


def _cause(error: Exception) -> str:
    """What broke: the kind of error where it has no words."""
    return str(error) or type(error).__name__
