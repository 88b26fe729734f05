"""How long the clip is, where what FFmpeg says can be believed or made up for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av

from clipsaver.thumbnails.picture import ebml, frames
from clipsaver.thumbnails.picture.outline import Layout
from clipsaver.thumbnails.picture.wanted import KIB, MIB

if TYPE_CHECKING:
    from clipsaver.thumbnails.picture.opening import Reel
    from clipsaver.thumbnails.picture.outline import Outline
    from clipsaver.thumbnails.picture.range_file import RangeFile

LONGEST_S = 7 * 86_400.0
"""A timescale of 0 and the like give more; then it is unknown."""
_TAILS = (256 * KIB, 1 * MIB)


def plausible(seconds: float | None) -> float | None:
    """A length that a clip can have."""
    return seconds if seconds is not None and 0 < seconds <= LONGEST_S else None


def stated_length(reel: Reel, outline: Outline) -> float | None:
    """What the file says in front. Costs nothing.

    Of fragments FFmpeg only sees the first: 2 s of 60.
    """
    if outline.layout in (Layout.LISTED_FRAGMENTS, Layout.BARE_FRAGMENTS):
        return plausible(outline.length_s)
    ticks = reel.container.duration
    if ticks is None:
        return None
    length_s = ticks / av.time_base
    if "matroska" in reel.demuxer and reel.track.time_base:
        # Counted from 0, also where the recording joined a stream that had run for hours.
        begins_s = float(reel.start * reel.track.time_base)
        length_s -= begins_s if 0 < begins_s < length_s else 0
    return plausible(length_s)


def searched_length(reel: Reel, outline: Outline, file: RangeFile) -> float | None:
    """What its end tells, where its beginning does not; 1 or 2 requests. Moves the reel."""
    if outline.layout is Layout.LISTED_FRAGMENTS:
        return plausible(_end_of_last_fragment(reel))
    if "matroska" in reel.demuxer:
        return plausible(_end_of_last_cluster(reel, file))
    return None


def _end_of_last_fragment(reel: Reel) -> float | None:
    if not frames.go_to(reel, 2**62):
        return None
    first = next(reel.container.demux(reel.track), None)
    entries = reel.track.index_entries
    if first is None or first.dts is None or not len(entries):
        return None
    last = entries[len(entries) - 1].timestamp
    before = entries[len(entries) - 2].timestamp if len(entries) > 1 else last
    step, usual = last - before, first.duration or 0
    if not first.dts <= before < last or (usual and step > 2 * usual):
        # The one before is of an earlier fragment: of those in between FFmpeg knows nothing.
        step = usual
    # The index lists when a picture is decoded, which for the first one is before it is shown.
    return frames.seconds(reel, last + step + frames.delay_of(reel))


def _end_of_last_cluster(reel: Reel, file: RangeFile) -> float | None:
    size = file.size
    base = reel.track.time_base
    if size is None or not base:
        return None
    for length in _TAILS:
        last = ebml.last_time(file.bytes_of(max(0, size - length), size))
        if last is not None:
            return float((last - reel.start) * base)
        if length >= size:
            break
    return None
