"""One decoded picture at a moment, or many in a row.

A key picture at or before a moment costs a third of the time and a fifth of the bytes of the exact
one: it is decoded alone, the decoder flushed after it so that it waits for no other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import av

from clipsaver.thumbnails.picture.errors import Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from clipsaver.thumbnails.picture.opening import Reel

MOST_PACKETS = 240
"""How many to look through, or to decode, before one picture has to come."""
MOST_ERRORS = 16


class Shot(NamedTuple):
    """A decoded picture."""

    frame: VideoFrame
    at_s: float | None
    """When it is shown, in seconds from the beginning."""


def ticks(reel: Reel, seconds: float) -> int:
    """A moment of the clip in the track's own time."""
    base = reel.track.time_base
    return reel.start + (math.floor(seconds / base) if base else 0)


def seconds(reel: Reel, tick: int | None) -> float | None:
    """The same the other way round."""
    base = reel.track.time_base
    if tick is None or not base:
        return None
    return max(0.0, float((tick - reel.start) * base))


class Key(NamedTuple):
    """A key picture as the index of a container lists it."""

    tick: int
    """When it is shown."""
    start: int
    size: int

    @property
    def place(self) -> tuple[int, int]:
        """The bytes [start, end) of the file."""
        return self.start, self.start + self.size


def delay_of(reel: Reel) -> int:
    """Ticks between when a picture is decoded, which an index lists, and when it is shown.

    A seek to the former would go to the key picture before it.
    """
    entries = reel.track.index_entries
    return max(0, reel.start - entries[0].timestamp) if len(entries) else 0


def key_at(reel: Reel, moment_s: float) -> Key | None:
    """The key picture at or before a moment, else the first one; None where no index lists it."""
    entries = reel.track.index_entries
    if not len(entries):
        return None
    delay = delay_of(reel)
    wanted = ticks(reel, moment_s) - delay
    place = entries.search_timestamp(wanted, backward=True)
    if place < 0:
        place = entries.search_timestamp(wanted, backward=False)
    if not 0 <= place < len(entries):
        return None
    entry = entries[place]
    return Key(entry.timestamp + delay, entry.pos, entry.size)


def go_to(reel: Reel, tick: int) -> bool:
    """Seeks to the key picture at or before it; False where the container cannot."""
    try:
        reel.container.seek(tick, stream=reel.track)
    except (av.FFmpegError, OverflowError):
        return False
    return True


def key_shot(reel: Reel, seen: set[int | None]) -> Shot | None:
    """The next key picture from where the reel is, and notes its time in `seen`.

    None where it cannot be decoded alone, as one that an edit list hides, or was seen before. The
    decoder is then at its end: the reel has to seek, or to be opened again.
    """
    context = reel.track.codec_context
    for packet in _packets(reel):
        if not packet.is_keyframe:
            continue
        if packet.pts in seen:
            return None
        seen.add(packet.pts)
        try:
            found = [*packet.decode(), *context.decode(None)]
        except MemoryError:
            raise
        except av.FFmpegError:
            found = []
        return _shot(reel, found[0], packet.pts) if found else None
    return None


def shots_in_a_row(reel: Reel) -> Iterator[Shot]:
    """Every picture from where the reel is, as it would be played; skips what cannot be decoded."""
    errors = 0
    for packet in _packets(reel, flush=True):
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except av.FFmpegError:
            errors += 1
            if errors > MOST_ERRORS:
                return
            continue
        for frame in frames:
            yield _shot(reel, frame, None)


def _shot(reel: Reel, frame: VideoFrame, pts: int | None) -> Shot:
    return Shot(frame, seconds(reel, frame.pts if frame.pts is not None else pts))


def _packets(reel: Reel, *, flush: bool = False) -> Iterator[Packet[VideoStream]]:
    """Packets of the track with something in them; with `flush` an empty one ends them.

    What cannot be read any further ends them too: there may be a picture already.
    Raises Unsupported where they are encrypted: what was decoded of them would be noise.
    """
    demuxed = reel.container.demux(reel.track)
    for _ in range(MOST_PACKETS):
        try:
            packet = next(demuxed, None)
        except MemoryError:
            raise
        except (av.FFmpegError, IndexError):  # PyAV's, at the end of one that got another track
            return
        if packet is None:
            return
        if packet.has_sidedata("encryption_info"):
            raise Unsupported("the file's video is encrypted")
        if packet.size or (flush and packet.dts is None):
            yield packet
