"""Which source of a thumbnail is next, and what an attempt comes to. Pure.

auto       the clip's own bytes, and Discord's still where those cannot be decoded
decode     the clip's own bytes
discord    Discord's still
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from clipsaver.errors import ClipsaverError, Handling
from clipsaver.thumbnails.errors import LinkRefused, MediaEmpty, MediaForbidden, MediaGone
from clipsaver.thumbnails.media.refusals import refused_again


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


def after(error: ClipsaverError, *, was_signed: bool) -> Next:
    """What to do next; `was_signed` says whether this attempt had its link signed already."""
    if isinstance(error, LinkRefused):
        return Next.END if was_signed else Next.SIGN
    if error.handling is not Handling.DEAD or isinstance(error, _FOR_ALL_SOURCES):
        return Next.END
    return Next.OTHER


def conclusion(failures: Sequence[tuple[Source, ClipsaverError]]) -> ClipsaverError:
    """The error that an attempt ended with, of those of its sources in the order tried.

    A link that is refused was signed anew before. Where all is said, the first counts: the clip's
    own bytes tell why. One that may pass counts before it: the attempt is worth repeating.
    """
    first, last = failures[0][1], failures[-1][1]
    if isinstance(last, LinkRefused):
        return refused_again(last)
    return first if last.handling is Handling.DEAD else last


def words(failures: Sequence[tuple[Source, ClipsaverError]]) -> str:
    """What happened, for a person."""
    concluded = conclusion(failures)
    if len(failures) == 1:
        return str(concluded)
    return "; ".join(f"{source}: {error}" for source, error in failures)
