"""Which source of a thumbnail is next, and what an attempt comes to. Pure.

auto       the clip's own bytes, and Discord's still where those cannot be decoded
decode     the clip's own bytes
discord    Discord's still
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from clipsaver.errors import ClipsaverError, Handling
from clipsaver.thumbnails.errors import (
    DecoderCrashed,
    DecoderTimedOut,
    LinkRefused,
    MediaEmpty,
    MediaForbidden,
    MediaGone,
    MediaTooLarge,
    RangesIgnored,
)
from clipsaver.thumbnails.media.refusals import refused_again
from clipsaver.thumbnails.picture.errors import BudgetSpent, TooBig, Unsupported


class Source(enum.StrEnum):
    """Where a picture came from, as in `thumbnails.source`."""

    DECODE = "decode"
    """A frame of the clip, decoded here."""
    DISCORD = "discord"
    """The media proxy's still."""


SOURCES = {
    "auto": (Source.DECODE, Source.DISCORD),
    "decode": (Source.DECODE,),
    "discord": (Source.DISCORD,),
}
"""By `thumbnails.source`: what is tried, in this order."""


class Next(enum.Enum):
    """What comes after a source has failed."""

    SIGN = enum.auto()
    """The same source, with a link that is signed anew."""
    OTHER = enum.auto()
    """The next source, if there is one."""
    END = enum.auto()
    """The attempt is over: another source would fail as well, or the same may succeed later."""


_FOR_ALL_SOURCES = (MediaGone, MediaEmpty, MediaForbidden)
_ABOUT_US = (
    RangesIgnored, MediaTooLarge, Unsupported, TooBig, BudgetSpent, DecoderCrashed, DecoderTimedOut,
)  # fmt: skip
"""Another source can well have a picture of such a file: it is whole, and too much for us."""


def after(error: ClipsaverError, *, was_signed: bool) -> Next:
    """What to do next; `was_signed` says whether this attempt had its link signed already."""
    if isinstance(error, LinkRefused):
        return Next.END if was_signed else Next.SIGN
    if error.handling is not Handling.DEAD or isinstance(error, _FOR_ALL_SOURCES):
        return Next.END
    return Next.OTHER


def conclusion(failures: Sequence[tuple[Source, ClipsaverError]]) -> ClipsaverError:
    """The error that an attempt ended with, of those of its sources in the order tried.

    Where all is said, the first counts: the clip's own bytes tell why, and what the media proxy
    says of its link is no word about the file. Only where the proxy may well have a picture, later,
    is the attempt worth repeating. A link that is refused was signed anew before.
    """
    first, last = failures[0][1], failures[-1][1]
    if len(failures) > 1 and (isinstance(last, LinkRefused) or not isinstance(first, _ABOUT_US)):
        return first
    if isinstance(last, LinkRefused):
        return refused_again(last)
    return first if last.handling is Handling.DEAD else last


def words(failures: Sequence[tuple[Source, ClipsaverError]]) -> str:
    """What happened, for a person."""
    concluded = conclusion(failures)
    if len(failures) == 1:
        return str(concluded)
    return "; ".join(f"{source}: {error}" for source, error in failures)
