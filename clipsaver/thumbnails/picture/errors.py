"""Why there is no picture.

    PictureError
    ├── NoVideo         the file has no video track
    ├── Unsupported     of a container or a codec that is not read here, or encrypted
    ├── Broken          it is no video, or no picture of it can be decoded
    ├── TooBig          its pictures have too many pixels, or take too much memory
    ├── BudgetSpent     it would cost more bytes, requests or time than a clip may
    └── SourceFailed    the source of its bytes could not go on; says nothing about the clip

All but the last say something of the file, which will be the same the next time. `reason` is the
stable name under which `clips.thumbnail_error` files them, and the text is for a person.
"""

from __future__ import annotations

from clipsaver.errors import Handling
from clipsaver.thumbnails.errors import ThumbnailError


class PictureError(ThumbnailError):
    """Root of what `make_picture` raises; it raises nothing else."""

    reason = "no_picture"
    handling = Handling.DEAD


class NoVideo(PictureError):
    """There are tracks in it, and none is a video: sound alone, or sound with a cover."""

    reason = "no_video"


class Unsupported(PictureError):
    """A file of another container, or a video that is encrypted or has no decoder here."""

    reason = "unsupported"


class Broken(PictureError):
    """Not one picture of it can be decoded: cut off, empty, damaged, or a page of HTML."""

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
