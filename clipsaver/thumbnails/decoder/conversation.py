"""The worker's side of a conversation: fetches what the child asks for, within the budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from clipsaver.thumbnails.decoder.checks import Allowance, believed, error_of
from clipsaver.thumbnails.decoder.messages import (
    BadMessage,
    Done,
    Failed,
    Incoming,
    Message,
    Read,
    encode,
    head_of_data,
    limits_to_worker,
)

if TYPE_CHECKING:
    from clipsaver.thumbnails.picture.found import Picture
    from clipsaver.thumbnails.picture.wanted import Wanted
    from clipsaver.thumbnails.ranges import AsyncRanges

_PIECE = 256 * 1024


class ChildGone(Exception):
    """The child has closed its end of the conversation before it told how it ended."""


class Conversation:
    """One, about one clip."""

    def __init__(
        self, stream: trio.SocketStream, ranges: AsyncRanges, wanted: Wanted, allowance: Allowance
    ) -> None:
        self._stream = stream
        self._ranges = ranges
        self._wanted = wanted
        self._allowance = allowance
        self._incoming = Incoming(limits_to_worker(wanted))
        self.waits_for_media = False
        """Whose turn it is: that of the bytes' source, or of the child."""

    async def hold(self) -> Picture:
        """The picture. Raises PictureError as the child tells it, what `ranges` raises,
        BudgetSpent, ChildGone, and BadMessage for what no decoder of ours sends."""
        await self._send(encode(self._wanted))
        while True:
            match await self._receive():
                case Read() as read:
                    await self._send_data(await self._fetched(read))
                case Done(picture):
                    return believed(picture, self._wanted, self._allowance)
                case Failed() as failed:
                    raise error_of(failed)
                case _:
                    raise BadMessage("it sent what only the worker sends")

    async def _fetched(self, read: Read) -> bytes:
        granted = self._allowance.grant(read, self._ranges.size)
        if granted is None:
            return b""
        self.waits_for_media = True
        content = await self._ranges.read(*granted)
        self.waits_for_media = False
        self._allowance.fetched(len(content))
        return content

    async def _send_data(self, content: bytes) -> None:
        head = head_of_data(len(content), self._ranges.size)
        if len(content) < _PIECE:
            await self._send(head + content)
        else:
            await self._send(head)
            await self._send(content)

    async def _send(self, content: bytes) -> None:
        try:
            await self._stream.send_all(content)
        except trio.BrokenResourceError:
            raise ChildGone from None

    async def _receive(self) -> Message:
        message: Message | None = None
        while message is None:
            try:
                some = await self._stream.receive_some(min(self._incoming.missing, _PIECE))
            except trio.BrokenResourceError:
                some = b""
            if not some:
                raise ChildGone
            message = self._incoming.feed(some)
        return message
