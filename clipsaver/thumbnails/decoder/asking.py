"""The child's side of a conversation: blocking, over the one socket that it has."""

from __future__ import annotations

import socket
from collections.abc import Callable

from clipsaver.thumbnails.decoder.messages import (
    BadMessage,
    Data,
    Done,
    Failed,
    Incoming,
    Message,
    Read,
    encode,
    limits_to_child,
)
from clipsaver.thumbnails.picture.errors import PictureError, SourceFailed
from clipsaver.thumbnails.picture.found import Picture
from clipsaver.thumbnails.picture.sources import Ranges
from clipsaver.thumbnails.picture.wanted import Wanted

MakePicture = Callable[[Ranges, Wanted], Picture]
"""What a child runs: `make_picture`, or what a test brings."""

_PIECE = 1024 * 1024


class Asking:
    """Asks the worker for what is wanted, for ranges of bytes, and tells it how it ended."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._incoming = Incoming(limits_to_child())

    def wanted(self) -> Wanted:
        """What the worker says first. Raises SourceFailed where it says something else."""
        message = self._receive()
        if not isinstance(message, Wanted):
            raise SourceFailed("the worker did not say what is wanted")
        return message

    def data(self, read: Read) -> Data:
        """The worker's answer. Raises SourceFailed where there is none."""
        self._send(read)
        message = self._receive()
        if not isinstance(message, Data):
            raise SourceFailed("the worker answered with something else than bytes")
        return message

    def tell(self, end: Done | Failed) -> None:
        """The last message. Raises SourceFailed where nobody listens any more."""
        self._send(end)

    def _send(self, message: Message) -> None:
        try:
            self._connection.sendall(encode(message))
        except OSError as error:
            raise SourceFailed(f"the worker is gone: {error.strerror}") from error

    def _receive(self) -> Message:
        message: Message | None = None
        while message is None:
            try:
                some = self._connection.recv(min(self._incoming.missing, _PIECE))
                if not some:
                    raise SourceFailed("the worker is gone")
                message = self._incoming.feed(some)
            except (OSError, BadMessage) as error:
                raise SourceFailed(f"the worker cannot be understood: {error}") from error
        return message


class AskedRanges:
    """The file of the clip as `make_picture` wants it: each read is a question to the worker."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._size: int | None = None

    @property
    def size(self) -> int | None:
        """None before the first read, and where nobody knows it."""
        return self._size

    def read(self, start: int, end: int) -> bytes:
        """The bytes [start, end); fewer only at the file's end. Raises SourceFailed."""
        data = self._asking.data(Read(start, end))
        self._size = data.size
        return data.content[: end - start]


def answer(connection: socket.socket, make: MakePicture) -> None:
    """Holds the whole conversation about one clip. Raises SourceFailed where nobody listens."""
    asking = Asking(connection)
    wanted = asking.wanted()
    end: Done | Failed
    try:
        end = Done(make(AskedRanges(asking), wanted))
    except PictureError as error:
        end = Failed(error.reason, str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours: told there, where people look
        end = Failed("", f"{type(error).__name__}: {error}")
    asking.tell(end)
