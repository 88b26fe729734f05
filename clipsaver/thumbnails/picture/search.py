"""The search for a picture that shows something: what is tried, in which order, at what cost.

    1. the key picture at or before the wanted moment, or the first one where that costs nothing
    2. where it cannot be decoded alone (an edit list hides it, the stream has none): in a row
    3. where it is flat: key pictures further on, as far as the container can reach them
    4. where all are: pictures in a row from the first one on

The first that is whole and not flat is taken, else the one that shows most. What a step may cost
is in `Budgets`; to have no picture at all is the only failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import av

from clipsaver.thumbnails.picture import frames
from clipsaver.thumbnails.picture.errors import PictureError
from clipsaver.thumbnails.picture.geometry import Size
from clipsaver.thumbnails.picture.lengths import stated_length
from clipsaver.thumbnails.picture.moments import moments
from clipsaver.thumbnails.picture.opening import Reel, open_reel
from clipsaver.thumbnails.picture.outline import Layout
from clipsaver.thumbnails.picture.stills import look_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clipsaver.thumbnails.picture.frames import Shot
    from clipsaver.thumbnails.picture.looks import Looks
    from clipsaver.thumbnails.picture.outline import Outline
    from clipsaver.thumbnails.picture.range_file import RangeFile
    from clipsaver.thumbnails.picture.wanted import Wanted

LOOK_AT_EVERY = 8
"""Of pictures in a row."""
LARGEST_KEY_BYTES = 8 * 2**20
"""What an index says beyond this is not fetched ahead."""
_A_CHUNKS_HEADER = 8
"""AVI lists where a packet's header begins, but its size without it."""


_ALL_PIXELS = 2**31 - 1


class Reach(NamedTuple):
    """How a container's key pictures are reached."""

    is_listed: bool
    """Its index lists them all, with where they lie."""
    seeks_first: bool
    """Seeking costs less than what lies between; else the first picture is taken as it comes."""
    seeks_on: bool
    """Others can be reached by seeking, within a budget."""


def reach_of(demuxer: str, layout: Layout, entries: int) -> Reach:
    """Without an index, seeking in FLV and in bare fragments reads all that lies between.

    In Matroska the index lies at the end or, as browsers record, nowhere: never for the first one.
    """
    if layout is Layout.BARE_FRAGMENTS:
        return Reach(is_listed=False, seeks_first=False, seeks_on=False)
    if layout is not Layout.WHOLE:
        return Reach(is_listed=False, seeks_first=True, seeks_on=True)
    if "matroska" in demuxer:
        return Reach(is_listed=False, seeks_first=False, seeks_on=True)
    if demuxer == "flv":
        return Reach(is_listed=False, seeks_first=False, seeks_on=entries > 2)
    return Reach(is_listed=entries > 0, seeks_first=entries > 0, seeks_on=entries > 0)


class Best(NamedTuple):
    """A picture, and how much it shows."""

    shot: Shot
    looks: Looks

    @property
    def is_good(self) -> bool:
        """Whole, and not flat: there is no need to look further."""
        return not (self.looks.is_flat or self.shot.frame.is_corrupt)

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Of two the one with the higher rank is taken."""
        return self.is_good, not self.looks.is_flat, self.looks.spread


class Search:
    """One search in one file."""

    def __init__(
        self, file: RangeFile, outline: Outline, wanted: Wanted, clock: Callable[[], float]
    ) -> None:
        """Opens the file. Raises NoVideo, Unsupported, and whatever PyAV does."""
        self._file = file
        self._outline = outline
        self._wanted = wanted
        self._clock = clock
        self._began_s = clock()
        self._seen: set[int | None] = set()
        self._best: Best | None = None
        self.frames = 0
        """Decoded and looked at."""
        self.reel = self._open()
        entries = len(self.reel.track.index_entries)
        self._reach = reach_of(self.reel.demuxer, outline.layout, entries)

    def best(self) -> Best | None:
        """The picture to take, or None where not one can be decoded."""
        budgets = self._wanted.budgets
        first_s, *others = moments(self._wanted.at_s, stated_length(self.reel, self._outline))
        with self._file.phase(budgets.picture_bytes):
            self._keep(self._key_shot(first_s, seeks=self._reach.seeks_first))
            if self._best is None:
                self._look_along(self._from_the_beginning(skips=False), every=1, most=1)
        if self._reach.seeks_on:
            self._look_further(others)
        if self._goes_on:
            try:
                with self._file.phase(budgets.forward_bytes):
                    shots = self._from_the_beginning(skips=True)
                    self._look_along(shots, every=LOOK_AT_EVERY, most=budgets.forward_frames)
            except (PictureError, av.FFmpegError):
                if self._best is None:
                    raise
        return self._best

    def stated_size(self) -> Size:
        """Of its pictures, as far as it is known without decoding one.

        A decoder that refuses them forgets it, so the file is opened again, and nothing decoded.
        """
        reel = open_reel(self._file, self._outline, max_pixels=_ALL_PIXELS)
        return Size(reel.track.width, reel.track.height)

    def close(self) -> None:
        """Lets go of the file and its decoder; pictures stay.

        Beside a picture of 8K a decoder of HEVC keeps 35 MB, which scaling need not come on top of.
        """
        self.reel.container.close()
        del self.reel

    @property
    def _goes_on(self) -> bool:
        """Whether there is something to look for, and time left."""
        if self._file.failure is not None:
            return False
        if self._best is None:
            return True
        is_late = self._clock() - self._began_s > self._wanted.budgets.patience_s
        return not (self._best.is_good or is_late)

    def _open(self, *, skips: bool = False) -> Reel:
        return open_reel(
            self._file,
            self._outline,
            max_pixels=self._wanted.max_pixels,
            skips_unreferenced=skips,
        )

    def _look_further(self, others: Iterable[float]) -> None:
        for moment_s in others:
            if not self._goes_on:
                return
            with self._file.phase(self._wanted.budgets.another_bytes):
                self._keep(self._key_shot(moment_s, seeks=True))
                if self._file.is_held:  # it reads all that lies between
                    return

    def _key_shot(self, moment_s: float, *, seeks: bool) -> Shot | None:
        tick = frames.ticks(self.reel, moment_s)
        if seeks and self._reach.is_listed:
            key = frames.key_at(self.reel, moment_s)
            if key is None:
                return None
            tick = key.tick
            if 0 < key.size <= LARGEST_KEY_BYTES and not self._file.has(*key.place):
                self._file.fetch(key.start, key.start + key.size + _A_CHUNKS_HEADER)
        if seeks and not frames.go_to(self.reel, tick):
            return None
        return frames.key_shot(self.reel, self._seen)

    def _from_the_beginning(self, *, skips: bool) -> Iterable[Shot]:
        self.reel.container.close()
        self.reel = self._open(skips=skips)
        return frames.shots_in_a_row(self.reel)

    def _look_along(self, shots: Iterable[Shot], *, every: int, most: int) -> None:
        last: Shot | None = None
        for number, shot in enumerate(shots):
            is_looked_at = number % every == 0
            last = None if is_looked_at else shot
            if is_looked_at:
                self._keep(shot)
            if number + 1 >= most or not self._goes_on:
                break
        self._keep(last)

    def _keep(self, shot: Shot | None) -> None:
        if shot is None:
            return
        self.frames += 1
        found = Best(shot, look_at(shot.frame))
        if self._best is None or found.rank > self._best.rank:
            self._best = found
