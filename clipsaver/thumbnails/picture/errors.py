"""Why there is no picture.

    PictureError
    ├── NoVideo         the file has no video track, or is no video file at all
    ├── Unsupported     a video, of a codec or an encryption that is not decoded here
    ├── Broken          no picture of it can be decoded
    ├── TooBig          its pictures have too many pixels, or take too much memory
    ├── BudgetSpent     it would cost more bytes, requests or time than a clip may
    └── SourceFailed    the source of its bytes could not go on; says nothing about the clip

All but the last say something of the file, which will be the same the next time. `reason` is the
stable name under which `clips.thumbnail_error` files them, and the text is for a person.
"""

from __future__ import annotations

from clipsaver.errors import ClipsaverError, Handling


class PictureError(ClipsaverError):
    """Root of what `make_picture` raises; it raises nothing else."""

    reason = "no_picture"
    handling = Handling.DEAD


class NoVideo(PictureError):
    """No video track in it, or no video file: audio only, a cover, a page of HTML."""

    reason = "no_video"


class Unsupported(PictureError):
    """There is a video track, which is encrypted or of a codec without a decoder here."""

    reason = "unsupported"


class Broken(PictureError):
    """Not one picture of it can be decoded: cut off, empty, or not what it says."""

    reason = "broken"


class TooBig(PictureError):
    """More pixels than `Wanted.max_pixels`, or more memory than this process may take."""

    reason = "too_big"


class BudgetSpent(PictureError):
    """More bytes, requests or time than one clip may cost. A `Ranges` may raise it as well."""

    reason = "budget_spent"


class SourceFailed(PictureError):
    """What a `Ranges` raises when it cannot go on; what else it raises ends up as this."""

    reason = "source_failed"
    handling = Handling.RETRY
