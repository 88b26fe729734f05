"""Why a clip has no thumbnail yet, or never will.

    ThumbnailError
    ├── LinkRefused             the CDN does not take the link: sign it again, once
    ├── MediaGone               no link leads to it any more, however fresh
    ├── RangesIgnored           no ranges of a file too large to fetch whole: another source
    ├── StillUnsupported        the media proxy makes no still of this file: another source
    ├── MediaTooLarge           it would cost more bytes or requests than a clip may: another source
    ├── MediaEmpty              there is not one byte in it
    ├── MediaForbidden          nothing is fetched from there: the host, or where its name leads
    ├── MediaChanged            another file came in between: again from its beginning
    ├── MediaUnavailable        network, 5xx, 429, too slow, cut off: later
    ├── DecoderCrashed          the file brought its decoder down, or made it say nonsense
    ├── DecoderTimedOut         the file keeps its decoder busy for longer than one clip may
    ├── DecoderKilled           something outside ended the decoder: later, for it may be the file
    ├── DecoderUnavailable      no decoder can be started here: says nothing about the clip
    ├── PictureError            what the decoder finds out about a file: see picture/errors.py
    └── StorageTrouble          pictures cannot be stored now: nobody claims until they can be
        ├── StorageFull         no space or no quota is left
        ├── StorageDenied       we may not write there, or the bucket is not there
        └── StorageUnavailable  it does not answer, or fails in a way that may pass

`reason` is the stable name under which `clips.thumbnail_error` files them; the text is for a
person and holds no signature of a link. `handling` is RETRY where the same may succeed later, and
WAIT where the clip has no part in it.
"""

from __future__ import annotations

from clipsaver.errors import ClipsaverError, DependencyError, Handling


class ThumbnailError(ClipsaverError):
    """Root of what ends the making of one thumbnail, and nothing else."""

    reason = "thumbnail"


class LinkRefused(ThumbnailError):
    """403, 404, 410 and their like: the link has expired, or its file is gone."""

    reason = "link_refused"

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class MediaGone(ThumbnailError):
    """Its message is gone or shows it no more, or a fresh link to it meets a 404."""

    reason = "media_gone"
    handling = Handling.DEAD


class RangesIgnored(ThumbnailError):
    """200 for a range of a large file, or twice another range than the one that was asked for."""

    reason = "ranges_ignored"
    handling = Handling.DEAD


class StillUnsupported(ThumbnailError):
    """415 from the media proxy, or something else than a picture."""

    reason = "still_unsupported"
    handling = Handling.DEAD


class MediaTooLarge(ThumbnailError):
    """The budget of bytes or requests is spent, or would be."""

    reason = "media_too_large"
    handling = Handling.DEAD


class MediaEmpty(ThumbnailError):
    """The file has no bytes."""

    reason = "media_empty"
    handling = Handling.DEAD


class MediaForbidden(ThumbnailError):
    """A host that is not configured, an address that is not public, or a redirect."""

    reason = "media_forbidden"
    handling = Handling.DEAD


class MediaChanged(ThumbnailError):
    """Entity tag or size are not those of the first answer: what was read does not fit."""

    reason = "media_changed"


class MediaUnavailable(ThumbnailError):
    """No usable answer now."""

    reason = "media_unavailable"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        """`retry_after_s` is the wait that the server asks for, where it does."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DecoderCrashed(ThumbnailError):
    """The process that decoded this file ended without an answer, or sent what none sends."""

    reason = "decoder_crashed"
    handling = Handling.DEAD


class DecoderTimedOut(ThumbnailError):
    """The process that decoded this file took more time than one clip may."""

    reason = "decoder_timed_out"
    handling = Handling.DEAD


class DecoderKilled(ThumbnailError):
    """Ended from outside, as the kernel does to whoever is largest when memory runs out. Whether
    the file is to blame cannot be told, so it is tried again, and nothing else waits for it."""

    reason = "decoder_killed"


class DecoderUnavailable(DependencyError, ThumbnailError):
    """No process to decode with, or all of them ended at once: ours, so again later."""

    reason = "decoder_unavailable"

    def __init__(self, obstacle: str, *, said: object = "", retry_after_s: float = 0.0) -> None:
        """`retry_after_s`: before that no new one is started."""
        super().__init__(obstacle, said=said)
        self.retry_after_s = retry_after_s


class StorageTrouble(DependencyError, ThumbnailError):
    """The storage cannot serve: a state of ours that says nothing of the clip."""

    reason = "storage"


class StorageFull(StorageTrouble):
    """No space or no quota is left."""

    reason = "storage_full"


class StorageDenied(StorageTrouble):
    """We may not write there, the credentials are wrong, or the bucket is not there."""

    reason = "storage_denied"


class StorageUnavailable(StorageTrouble):
    """It does not answer, or fails in a way that may pass."""

    reason = "storage_unavailable"
