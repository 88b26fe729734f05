"""One file, read in ranges over HTTP: what each answer means, and what is asked next.

Source: RFC 9110, 13.1.5 (If-Range), 14 (range requests), 15.3.7 (206), 15.5.17 (416). A server may
answer with less or more than was asked for, or with the whole file, and all of that is right.
"""

from __future__ import annotations

from typing import NoReturn

import httpx
import trio

from clipsaver.thumbnails.errors import (
    MediaChanged,
    MediaEmpty,
    MediaUnavailable,
    RangesIgnored,
)
from clipsaver.thumbnails.media.answers import (
    EntityTag,
    content_range,
    entity_tag,
    unsatisfied_size,
)
from clipsaver.thumbnails.media.budget import Budget
from clipsaver.thumbnails.media.fetching import Fetcher, Reply
from clipsaver.thumbnails.media.hosts import shown
from clipsaver.thumbnails.media.refusals import Broken, refusal


class Odd(Broken):
    """An answer that cannot be one to the question."""


class RangeFile:
    """An `AsyncRanges` of a link. Made by `MediaClient.ranges`."""

    def __init__(self, fetcher: Fetcher, url: httpx.URL, budget: Budget) -> None:
        self._fetcher = fetcher
        self._url = url
        self._budget = budget
        self._size: int | None = None
        self._tag: EntityTag | None = None
        self._whole: bytes | None = None
        """All of it, where the server sends nothing less."""

    @property
    def size(self) -> int | None:
        """The file's length in bytes; None until an answer has told it."""
        return self._size

    async def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to but not including `end`; fewer only at the file's end.

        Of an answer that was cut off the rest is asked for once, as is what a 5xx stood for.
        Raises the errors of `thumbnails.errors`.
        """
        if not 0 <= start < end:
            raise ValueError(f"no range of a file: {start} to {end}")
        received = b""
        failures = 0
        while True:
            at = start + len(received)
            stop = end if self._size is None else min(end, self._size)
            if at >= stop:
                return received
            try:
                part = await self._ask(at, stop)
            except Broken as broken:
                received += broken.received
                failures += 1
                if failures > 1:
                    self._give_up(broken)
                self._fetcher.tally.retries += 1
                await trio.sleep(self._fetcher.limits.retry_pause_s)
                continue
            if not part:
                return received
            received += part

    def _give_up(self, broken: Broken) -> NoReturn:
        if isinstance(broken, Odd):
            raise RangesIgnored(f"{self._shown} cannot be read in ranges: {broken}, twice")
        raise MediaUnavailable(f"{self._shown}: {broken}, and again when asked once more")

    @property
    def _shown(self) -> str:
        return shown(str(self._url))

    async def _ask(self, start: int, stop: int) -> bytes:
        """What one request brings of a range: at least its first byte, none beyond the end."""
        if self._whole is not None:
            return self._whole[start:stop]
        headers = {"Range": f"bytes={start}-{stop - 1}"}
        if self._tag is not None and self._tag.is_strong:
            headers["If-Range"] = self._tag.tag
        async with self._fetcher.ask(self._url, self._budget, stop - start, headers) as reply:
            match reply.status:
                case 206:
                    return await self._part(reply, start, stop)
                case 200:
                    self._whole = await self._all(reply)
                    return self._whole[start:stop]
                case 416:
                    return await self._nothing(reply, start)
                case status:
                    await reply.skip()
                    raise refusal(self._shown, status, reply.headers, reply.wait_s)

    async def _part(self, reply: Reply, start: int, stop: int) -> bytes:
        told = content_range(reply.headers.get("content-range", ""))
        if told is None:
            raise Odd("it does not say which part of the file it sends (Content-Range)")
        if told.start != start:
            raise Odd(f"it sends bytes from {told.start:,} on, asked for those from {start:,}")
        if reply.length not in (None, told.end - told.start):
            raise Odd(f"it sends {reply.length:,} bytes as {told.end - told.start:,}")
        self._check_encoding(reply)
        self._check_version(reply, told.total)
        if self._size is not None and told.end > self._size:
            raise Odd(f"it sends bytes up to {told.end:,} of {self._size:,}")
        wanted = min(told.end, stop) - start
        part = await reply.body(wanted)
        if len(part) < wanted:
            raise Broken("the answer ended early", part)
        return part

    async def _all(self, reply: Reply) -> bytes:
        """The whole file out of a 200, where it may be kept."""
        most = self._fetcher.limits.max_whole_bytes
        self._check_encoding(reply)
        if self._size is not None and reply.length is None and not reply.headers.get("etag"):
            raise MediaChanged(
                f"{self._shown}: sent whole after parts of it, which may be of another"
            )
        self._check_version(reply, reply.length)
        if reply.length is not None:
            self._budget.check_bytes(min(reply.length, most))
        if (reply.length or 0) > most:
            self._too_large(f"has {reply.length:,} bytes")
        try:
            whole = await reply.body(most + 1)
        except Broken as broken:
            raise Broken(str(broken)) from None
        self._budget.check_bytes(0)
        if len(whole) > most:
            self._too_large(f"has more than {most:,} bytes")
        self._size = len(whole)
        if not whole:
            raise MediaEmpty(f"{self._shown} is empty")
        return whole

    def _too_large(self, what: str) -> NoReturn:
        raise RangesIgnored(
            f"{self._shown} is only sent whole, although a range was asked for, and {what}"
        )

    async def _nothing(self, reply: Reply, start: int) -> bytes:
        """What a 416 means: nothing there, nothing at all, or another file."""
        await reply.skip()
        total = unsatisfied_size(reply.headers.get("content-range", ""))
        if self._size is not None:
            raise MediaChanged(
                f"{self._shown}: had {self._size:,} bytes, and now not {start + 1:,}"
            )
        if total == 0 or (total is None and start == 0):
            raise MediaEmpty(f"{self._shown} is empty")
        if total is not None and total > start:
            raise Odd(f"it has {total:,} bytes and none of them from {start:,} on")
        self._size = total
        return b""

    def _check_encoding(self, reply: Reply) -> None:
        encoding = reply.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", ""):
            raise Odd("its bytes are compressed, which was not asked for")

    def _check_version(self, reply: Reply, total: int | None) -> None:
        """Notes which file this is. Raises MediaChanged where it is not the one so far."""
        tag = entity_tag(reply.headers)
        if tag is not None and self._tag is not None and tag.tag != self._tag.tag:
            raise MediaChanged(f"{self._shown}: another file is there now (ETag)")
        if total is not None and self._size is not None and total != self._size:
            raise MediaChanged(f"{self._shown}: had {self._size:,} bytes, and now {total:,}")
        self._tag = self._tag or tag
        self._size = total if self._size is None else self._size
