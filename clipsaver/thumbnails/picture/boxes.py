"""The boxes of an ISO file (mp4, mov), and what its index says of fragments. No I/O.

FFmpeg walks the boxes one by one and, in a fragmented file, every fragment: 35 to 71 requests. So
the index is looked for here, and fetched in one piece, before FFmpeg begins. Source: ISO/IEC
14496-12; Apple, QuickTime File Format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

MOST_BOXES = 200
_HEADER_BYTES = 16
_MFRO_BYTES = 16
_KNOWN = frozenset(
    (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"udta", b"meta",
     b"sidx", b"styp", b"moof", b"mfra", b"emsg", b"prft", b"ssix", b"PICT", b"junk", b"idat")
)  # fmt: skip


class Box(NamedTuple):
    """One box: where it begins, where its content does, and where it ends."""

    kind: bytes
    start: int
    content: int
    end: int | None
    """None: it reaches to the end of the file."""


def box_at(position: int, header: bytes) -> Box | None:
    """The box of which these are the first bytes, or None if they cannot be one."""
    if len(header) < 8:
        return None
    size, kind = struct.unpack_from(">I4s", header)
    content = position + 8
    if size == 1:
        if len(header) < _HEADER_BYTES:
            return None
        (size,) = struct.unpack_from(">Q", header, 8)
        content = position + 16
    if size == 0:
        return Box(kind, position, content, None)
    end = position + size
    return Box(kind, position, content, end) if end >= content else None


def boxes_in(content: bytes, start: int = 0) -> Iterator[Box]:
    """The boxes that lie in these bytes one after another, the last one perhaps not whole."""
    position = start
    for _ in range(MOST_BOXES):
        box = box_at(position, content[position - start : position - start + _HEADER_BYTES])
        if box is None:
            return
        yield box
        if box.end is None or box.end - start >= len(content):
            return
        position = box.end


def is_iso(beginning: bytes) -> bool:
    """Whether a file that begins so can be an ISO file or a QuickTime one."""
    box = box_at(0, beginning[:_HEADER_BYTES])
    return box is not None and box.kind in _KNOWN


class Fragments(NamedTuple):
    """What the index says of a file in fragments."""

    length_s: float | None
    """`mehd`: the length of all fragments together, where the writer knew it."""


def fragments_of(moov: bytes) -> Fragments | None:
    """Of the content of a `moov` box; None where it announces no fragments."""
    timescale = 0
    for box in boxes_in(moov):
        inside = moov[box.content : box.end]
        if box.kind == b"mvhd" and len(inside) >= 24:
            (timescale,) = struct.unpack_from(">I", inside, 20 if inside[0] == 1 else 12)
        elif box.kind == b"mvex":
            return Fragments(_length_of(inside, timescale))
    return None


def _length_of(mvex: bytes, timescale: int) -> float | None:
    for box in boxes_in(mvex):
        inside = mvex[box.content : box.end]
        if box.kind != b"mehd" or len(inside) < 8:
            continue
        is_long = inside[0] == 1 and len(inside) >= 12
        (length,) = struct.unpack_from(">Q" if is_long else ">I", inside, 4)
        return length / timescale if length and timescale else None
    return None


def end_of_fragments(sidx: bytes, end: int) -> int | None:
    """Where the last fragment ends that a `sidx` box lists; `end` is where the box itself does.

    None where it lists other such boxes, or makes no sense.
    """
    if len(sidx) < 12:
        return None
    is_long = sidx[0] == 1
    first = 28 if is_long else 20
    if len(sidx) < first + 4:
        return None
    (offset,) = struct.unpack_from(">Q" if is_long else ">I", sidx, first - 8 if is_long else 16)
    (count,) = struct.unpack_from(">H", sidx, first + 2)
    position = end + offset
    for number in range(count):
        at = first + 4 + 12 * number
        if at + 12 > len(sidx):
            return None
        (size,) = struct.unpack_from(">I", sidx, at)
        if size >> 31:
            return None
        position += size
    return int(position)


def size_of_mfra(ending: bytes) -> int | None:
    """The length of the list of fragments (`mfra`) at the end of a file; None where there is none.

    `ending` are the file's last bytes.
    """
    if len(ending) < _MFRO_BYTES or ending[-12:-8] != b"mfro":
        return None
    (size,) = struct.unpack(">I", ending[-4:])
    return int(size) if size >= _MFRO_BYTES else None
