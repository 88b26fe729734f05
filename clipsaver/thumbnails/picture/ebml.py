"""The outline of a Matroska or WebM file: its type, and the time of its last picture.

Browsers' recorders write neither a length nor an index, as they never go back. Source: RFC 8794
(EBML), RFC 9559 (Matroska).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_EBML = 0x1A45DFA3
_DOC_TYPE = 0x4282
_CLUSTER_MARK = b"\x1f\x43\xb6\x75"
_TIMESTAMP = 0xE7
_SIMPLE_BLOCK = 0xA3
_BLOCK_GROUP = 0xA0
_BLOCK = 0xA1
_BLOCK_DURATION = 0x9B
_CRC, _VOID, _POSITION, _PREVIOUS_SIZE = 0xBF, 0xEC, 0xA7, 0xAB
_IN_A_CLUSTER = frozenset(
    (_TIMESTAMP, _SIMPLE_BLOCK, _BLOCK_GROUP, _CRC, _VOID, _POSITION, _PREVIOUS_SIZE)
)
_MOST_TRIES = 64


class Element(NamedTuple):
    """One element and where its content lies; `end` None: of unknown length."""

    kind: int
    content: int
    end: int | None


def _number(data: bytes, position: int, *, keeps_marker: bool) -> tuple[int, int] | None:
    """A number of variable length and where it ends; None where it is cut off."""
    if position >= len(data) or data[position] == 0:
        return None
    first = data[position]
    length = 9 - first.bit_length()
    if position + length > len(data):
        return None
    value = int.from_bytes(data[position : position + length], "big")
    return value if keeps_marker else value & ((1 << 7 * length) - 1), position + length


def elements_in(data: bytes, position: int, end: int) -> Iterator[Element]:
    """The elements that lie one after another; stops at what cannot be one."""
    while position < end:
        kind = _number(data, position, keeps_marker=True)
        size = _number(data, kind[1], keeps_marker=False) if kind else None
        if kind is None or size is None:
            return
        digits = size[1] - kind[1]
        if size[0] == (1 << 7 * digits) - 1:
            yield Element(kind[0], size[1], None)
            return
        position = size[1] + size[0]
        yield Element(kind[0], size[1], position)


def doc_type(beginning: bytes) -> str:
    """`webm`, `matroska`, or an empty text where the header says neither."""
    header = next(elements_in(beginning, 0, len(beginning)), None)
    if header is None or header.kind != _EBML or header.end is None:
        return ""
    for element in elements_in(beginning, header.content, min(header.end, len(beginning))):
        if element.kind == _DOC_TYPE:
            return beginning[element.content : element.end].rstrip(b"\0").decode("ascii", "replace")
    return ""


def first_time(beginning: bytes) -> int | None:
    """Ticks at which the first cluster begins; None where it is not in these first bytes."""
    start = beginning.find(_CLUSTER_MARK)
    cluster = next(elements_in(beginning, start, len(beginning)), None) if start >= 0 else None
    if cluster is None:
        return None
    upto = len(beginning) if cluster.end is None else min(cluster.end, len(beginning))
    for element in elements_in(beginning, cluster.content, upto):
        if element.kind == _TIMESTAMP:
            return int.from_bytes(beginning[element.content : element.end], "big")
    return None


def last_time(ending: bytes) -> int | None:
    """Ticks at which the last picture or sound of these last bytes of a file begins or ends.

    None where no cluster begins in them.
    """
    before = len(ending)
    for _ in range(_MOST_TRIES):
        start = ending.rfind(_CLUSTER_MARK, 0, before)
        if start < 0:
            return None
        time = _last_in_cluster(ending, start)
        if time is not None:
            return time
        before = start
    return None


def _last_in_cluster(data: bytes, start: int) -> int | None:
    cluster = next(elements_in(data, start, len(data)), None)
    if cluster is None:
        return None
    base: int | None = None
    last: int | None = None
    upto = len(data) if cluster.end is None else min(cluster.end, len(data))
    for element in elements_in(data, cluster.content, upto):
        if element.kind not in _IN_A_CLUSTER:
            break
        if element.kind == _TIMESTAMP:
            base = int.from_bytes(data[element.content : element.end], "big")
        elif base is not None:
            offset = _offset_of(data, element, upto)
            if offset is not None:
                last = max(last or 0, base + offset)
    return last


def _offset_of(data: bytes, element: Element, upto: int) -> int | None:
    """Ticks after the cluster's own at which a block begins or, where it says how long, ends."""
    if element.kind == _SIMPLE_BLOCK:
        return _block_time(data, element.content)
    if element.kind != _BLOCK_GROUP:
        return None
    offset: int | None = None
    length = 0
    inside = min(element.end or upto, upto)
    for part in elements_in(data, element.content, inside):
        if part.kind == _BLOCK:
            offset = _block_time(data, part.content)
        elif part.kind == _BLOCK_DURATION:
            length = int.from_bytes(data[part.content : part.end], "big")
    return None if offset is None else offset + length


def _block_time(data: bytes, position: int) -> int | None:
    track = _number(data, position, keeps_marker=False)
    if track is None or track[1] + 2 > len(data):
        return None
    (offset,) = struct.unpack_from(">h", data, track[1])
    return int(offset)
