"""What can be known of a file before FFmpeg opens it, so that opening takes few requests."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from clipsaver.thumbnails.picture import boxes
from clipsaver.thumbnails.picture.growth import FIRST_BLOCK, LATER_BLOCK
from clipsaver.thumbnails.picture.wanted import MIB

if TYPE_CHECKING:
    from clipsaver.thumbnails.picture.range_file import RangeFile

LARGEST_INDEX = 20 * MIB
"""One that says to be larger is read as far as FFmpeg wants it."""
LARGEST_TAIL = 2 * MIB
"""What lies behind the pictures is fetched whole up to this."""
LARGEST_FRAGMENT_INDEX = 2 * MIB
MOST_BOXES = 200
MOST_JUMPS = 8
_HEADER_BYTES = 16


class Layout(enum.Enum):
    """How an ISO file keeps its pictures, which decides how FFmpeg is to open it."""

    WHOLE = enum.auto()
    """One index of all pictures; also everything that is no ISO file."""
    INDEXED_FRAGMENTS = enum.auto()
    """Fragments with a `sidx` in front that lists them all."""
    LISTED_FRAGMENTS = enum.auto()
    """Fragments with a list at the end of the file (`mfra`)."""
    BARE_FRAGMENTS = enum.auto()
    """Fragments of which each only leads to the next."""


class Outline(NamedTuple):
    """What was seen."""

    beginning: bytes
    layout: Layout
    length_s: float | None = None
    """Of all fragments, where the index in front says it."""


def read_outline(file: RangeFile) -> Outline:
    """Fetches the beginning and, of an ISO file, its index; 1 to 3 requests, with `mfra` one more.

    Raises nothing: a file that makes no sense is left to FFmpeg to refuse.
    """
    beginning = file.bytes_of(0, FIRST_BLOCK)
    if not boxes.is_iso(beginning):
        return Outline(beginning, Layout.WHOLE)
    fragments, indexed_to = _walk(file)
    if fragments is None:
        return Outline(beginning, Layout.WHOLE)
    return Outline(beginning, _layout(file, indexed_to), fragments.length_s)


def _layout(file: RangeFile, indexed_to: int | None) -> Layout:
    """FFmpeg believes a `sidx` that lists everything up to the end, or to the list there."""
    size = file.size
    if size is None:
        return Layout.BARE_FRAGMENTS
    if indexed_to == size:
        return Layout.INDEXED_FRAGMENTS
    length = boxes.size_of_mfra(file.bytes_of(max(0, size - LATER_BLOCK), size))
    if length is None or length > min(size, LARGEST_FRAGMENT_INDEX):
        return Layout.BARE_FRAGMENTS
    if indexed_to == size - length:
        return Layout.INDEXED_FRAGMENTS
    return Layout.LISTED_FRAGMENTS if file.fetch(size - length, size) else Layout.BARE_FRAGMENTS


def _walk(file: RangeFile) -> tuple[boxes.Fragments | None, int | None]:
    """From box to box until the index is here.

    Returns what it says of fragments, and up to where a `sidx` behind it lists them.
    """
    fragments: boxes.Fragments | None = None
    position = jumps = 0
    for _ in range(MOST_BOXES):
        if not file.has(position, position + _HEADER_BYTES):
            jumps += 1
            if fragments is not None or jumps > MOST_JUMPS or not _jump(file, position):
                break
        box = boxes.box_at(position, file.bytes_of(position, position + _HEADER_BYTES))
        if box is None:
            break
        end = box.end if box.end is not None else file.size
        if end is None:
            break
        if box.kind == b"moov":
            fragments = _fragments(file, box, end)
            if fragments is None:
                break
        elif box.kind == b"sidx" and fragments is not None and end - position <= LARGEST_TAIL:
            return fragments, boxes.end_of_fragments(file.bytes_of(box.content, end), end)
        elif box.kind == b"moof" or (box.kind == b"mdat" and fragments is not None):
            break
        position = end
    return fragments, None


def _jump(file: RangeFile, position: int) -> bool:
    """Fetches what begins there: all of it up to the end of the file, or enough for a header."""
    size = file.size
    if size is not None and position >= size:
        return False
    is_tail = size is not None and size - position <= LARGEST_TAIL
    return file.fetch(position, size if is_tail and size is not None else position + LATER_BLOCK)


def _fragments(file: RangeFile, moov: boxes.Box, end: int) -> boxes.Fragments | None:
    if end - moov.start > LARGEST_INDEX:
        return None
    return boxes.fragments_of(file.bytes_of(moov.content, end))
