"""The size of a WebP picture, by its first bytes, without decoding it. Pure.

Only what Pillow writes for a picture without extras: one chunk that fills the file. So nothing else
can be hidden in it. Source: RFC 9649, sections 2.4 to 2.6 and 3.4, and RFC 6386, section 9.1.
"""

from __future__ import annotations

import struct

_RIFF = struct.Struct("<4sI4s4sI")
_LOSSLESS_SIGNATURE = 0x2F


def size_of(content: bytes) -> tuple[int, int] | None:
    """Width and height; None if it is not exactly one plain WebP picture."""
    if len(content) < _RIFF.size + 10:
        return None
    riff, riff_length, webp, chunk, chunk_length = _RIFF.unpack_from(content)
    padded = chunk_length + chunk_length % 2
    if (riff, webp) != (b"RIFF", b"WEBP") or riff_length != len(content) - 8:
        return None
    if padded != len(content) - _RIFF.size:
        return None
    body = content[_RIFF.size : _RIFF.size + 10]
    match chunk:
        case b"VP8 ":
            return _lossy(body)
        case b"VP8L":
            return _lossless(body)
        case _:
            return None


def _lossy(frame: bytes) -> tuple[int, int] | None:
    if frame[0] & 1 or frame[3:6] != b"\x9d\x01\x2a":  # no key frame, or no start code
        return None
    width, height = struct.unpack_from("<HH", frame, 6)
    return width & 0x3FFF, height & 0x3FFF


def _lossless(stream: bytes) -> tuple[int, int] | None:
    if stream[0] != _LOSSLESS_SIGNATURE:
        return None
    (packed,) = struct.unpack_from("<I", stream, 1)
    return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
