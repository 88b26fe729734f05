"""The one entry point: a picture of a clip in two sizes, and what is known of the clip."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NoReturn

from clipsaver.thumbnails.picture.errors import (
    Broken,
    BudgetSpent,
    PictureError,
    TooBig,
)
from clipsaver.thumbnails.picture.facts import facts_of
from clipsaver.thumbnails.picture.found import Cost, Picture
from clipsaver.thumbnails.picture.lengths import searched_length, stated_length
from clipsaver.thumbnails.picture.of_still import picture_of_still
from clipsaver.thumbnails.picture.outline import read_outline
from clipsaver.thumbnails.picture.range_file import RangeFile
from clipsaver.thumbnails.picture.search import Best, Search
from clipsaver.thumbnails.picture.stills import pose_of, stills_of
from clipsaver.thumbnails.picture.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from clipsaver.thumbnails.picture.opening import Reel
    from clipsaver.thumbnails.picture.sources import Ranges

_DEFAULT = Wanted()


def make_picture(
    ranges: Ranges, wanted: Wanted = _DEFAULT, *, clock: Callable[[], float] = time.process_time
) -> Picture:
    """The picture, within the budgets. `clock` measures their seconds; only differences count.

    Raises PictureError and nothing else, whatever the file is.
    """
    file = RangeFile(ranges, wanted.budgets)
    try:
        return picture_of_still(file, wanted) if wanted.of_still else _made(file, wanted, clock)
    except MemoryError as error:
        _raise(file, TooBig("its pictures take more memory than one clip may"), error)
    except PictureError as error:
        _raise(file, error, error.__cause__)
    except Exception as error:  # noqa: BLE001 - a stranger's file: PyAV raises what FFmpeg's many parts do
        _raise(file, Broken(f"the file cannot be read as a video: {error}"), error)


def _raise(file: RangeFile, error: PictureError, cause: BaseException | None) -> NoReturn:
    """What ended the source comes first: all else may be its consequence."""
    file.check()
    if file.is_held and not isinstance(error, TooBig):
        words = f"no picture within {file.bytes_read:,} bytes and {file.requests} requests"
        raise BudgetSpent(words) from cause
    raise error from cause


def _made(file: RangeFile, wanted: Wanted, clock: Callable[[], float]) -> Picture:
    with file.phase(wanted.budgets.index_bytes):
        outline = read_outline(file)
        search = Search(file, outline, wanted, clock)
    best = _best(search, wanted)
    shot, looks = best
    pose = pose_of(shot.frame, _pixel(search.reel))
    duration_s = stated_length(search.reel, outline)
    if duration_s is None:
        with file.phase(wanted.budgets.another_bytes):
            duration_s = searched_length(search.reel, outline, file)
    if not isinstance(file.failure, BudgetSpent):  # it bought a picture all the same
        file.check()
    facts = facts_of(search.reel, outline, shot.frame, pose, duration_s)
    search.close()
    small, large = stills_of(shot.frame, pose, wanted)
    return Picture(
        small=small,
        large=large,
        at_s=shot.at_s,
        is_flat=looks.is_flat,
        facts=facts,
        cost=Cost(file.requests, file.bytes_read, search.frames),
    )


def _best(search: Search, wanted: Wanted) -> Best:
    cause: MemoryError | None = None
    try:
        best = search.best()
    except MemoryError as error:  # also how some decoders refuse too many pixels
        best, cause = None, error
    if best is not None:
        return best
    width, height = search.stated_size()
    if width * height > wanted.max_pixels:
        raise TooBig(f"its pictures are {width} by {height} pixels large") from cause
    if cause is not None:
        raise cause
    raise Broken("not one picture of the file can be decoded")


def _pixel(reel: Reel) -> Fraction | None:
    """Width by height of one pixel: the container's word counts more than the stream's."""
    return reel.track.sample_aspect_ratio or reel.track.codec_context.sample_aspect_ratio
