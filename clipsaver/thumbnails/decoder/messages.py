"""What a child and the worker say to each other about one clip. Pure.

    worker -> child    Wanted            first: what is asked for
                       Data              the answer to a `Read`
    child -> worker    Read              bytes [start, end), please
                       Done              the picture, and nothing after it
                       Failed            why there is none, and nothing after it

Each message is one byte of kind, four of length, and the body. The child may have been taken over
by the clip that it decodes, so what comes from it is bounded before it is read, and believed only
after `checks.py` has seen it. Who reads raises BadMessage at what it does not understand.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec

from clipsaver.thumbnails.picture.found import Picture
from clipsaver.thumbnails.picture.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WORDS = 2_000
"""Of a child's reason, in bytes."""
FACTS_BYTES = 16 * 1024
"""What a picture's message may hold beside the two encoded pictures."""
MOST_AT_ONCE = 32 * 1024 * 1024
"""Of bytes in one range: the worker holds them in memory. The index of a day has some MB."""

_HEAD = struct.Struct("!cI")
HEAD_BYTES = _HEAD.size
_RANGE = struct.Struct("!QQ")
_SIZE = struct.Struct("!q")
_UNKNOWN_SIZE = -1


class BadMessage(Exception):
    """What the other side sent is none of these messages."""


class Read(msgspec.Struct, frozen=True):
    """The child asks for the bytes [start, end)."""

    start: int
    end: int


class Data(msgspec.Struct, frozen=True):
    """Those bytes, and how long the file is where that is known."""

    content: bytes
    size: int | None


class Done(msgspec.Struct, frozen=True):
    """The picture that a child made."""

    picture: Picture


class Failed(msgspec.Struct, frozen=True):
    """Why a child made none: the reason of an error, and words for a person."""

    reason: str
    words: str


Message = Wanted | Data | Read | Done | Failed

_failed = msgspec.msgpack.Decoder(Failed)
_picture = msgspec.msgpack.Decoder(Picture)
_wanted = msgspec.msgpack.Decoder(Wanted)


def encode(message: Message) -> bytes:
    """The message as it goes over the socket."""
    match message:
        case Wanted():
            return _framed(b"W", msgspec.msgpack.encode(message))
        case Data(content, size):
            return head_of_data(len(content), size) + content
        case Read(start, end):
            return _framed(b"R", _RANGE.pack(start, end))
        case Done(picture):
            return _framed(b"P", msgspec.msgpack.encode(picture))
        case Failed(reason, words):
            short = words.encode(errors="replace")[: LONGEST_WORDS // 2].decode(errors="ignore")
            return _framed(b"F", msgspec.msgpack.encode(Failed(reason, short)))


def head_of_data(length: int, size: int | None) -> bytes:
    """What comes before the content of a `Data`, so that megabytes need not be copied."""
    told = _SIZE.pack(_UNKNOWN_SIZE if size is None else size)
    return _HEAD.pack(b"D", len(told) + length) + told


def _framed(kind: bytes, body: bytes) -> bytes:
    return _HEAD.pack(kind, len(body)) + body


def limits_to_child() -> Mapping[bytes, int]:
    """How long the body of each kind may be that a child reads."""
    return {b"W": FACTS_BYTES, b"D": _SIZE.size + MOST_AT_ONCE}


def limits_to_worker(wanted: Wanted) -> Mapping[bytes, int]:
    """How long the body of each kind may be that the worker reads, given what it asked for."""
    stills = still_limit(wanted.small.width, wanted.small.height)
    stills += still_limit(wanted.large.width, wanted.large.height)
    return {b"R": _RANGE.size, b"F": LONGEST_WORDS, b"P": FACTS_BYTES + stills}


def still_limit(width: int, height: int) -> int:
    """How many bytes an encoded picture of this size may have: what it would have without WebP."""
    return 4096 + 4 * width * height


def decode_head(head: bytes, limits: Mapping[bytes, int]) -> tuple[bytes, int]:
    """Kind and length of the body that follows."""
    kind, length = _HEAD.unpack(head)
    if kind not in limits:
        raise BadMessage(f"a message of the unknown kind {kind!r}")
    if length > limits[kind]:
        raise BadMessage(f"a message {kind!r} of {length:,} bytes; {limits[kind]:,} are allowed")
    return kind, length


def decode(kind: bytes, body: bytes) -> Message:
    """The message of a kind that `decode_head` let pass."""
    try:
        match kind:
            case b"W":
                return _wanted.decode(body)
            case b"D":
                (size,) = _SIZE.unpack_from(body)
                return Data(body[_SIZE.size :], None if size == _UNKNOWN_SIZE else size)
            case b"R":
                return Read(*_RANGE.unpack(body))
            case b"P":
                return Done(_picture.decode(body))
            case _:
                return _failed.decode(body)
    except (struct.error, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadMessage(f"a message {kind!r} that cannot be read: {error}") from error


class Incoming:
    """Whole messages out of bytes that come in any pieces; holds no more than one message."""

    def __init__(self, limits: Mapping[bytes, int]) -> None:
        self._limits = limits
        self._held = bytearray()
        self._due: tuple[bytes, int] | None = None

    @property
    def missing(self) -> int:
        """How many bytes are to be fed next, at most."""
        length = HEAD_BYTES if self._due is None else self._due[1]
        return length - len(self._held)

    def feed(self, some: bytes) -> Message | None:
        """Takes up to `missing` bytes; the message that they complete, or None."""
        self._held += some
        if self._due is None:
            if len(self._held) < HEAD_BYTES:
                return None
            self._due = decode_head(bytes(self._held), self._limits)
            self._held.clear()
        kind, length = self._due
        if len(self._held) < length:
            return None
        body = bytes(self._held)
        self._held, self._due = bytearray(), None
        return decode(kind, body)
