"""What the worker believes of a child, which the clip that it decodes may have taken over. Pure.

A child that lies can spoil the thumbnail of that clip, which is the clip's own picture anyway, and
nothing else: not the sizes that others read from the database, not the budgets, not a terminal.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import msgspec

from clipsaver.terminal_text import printable
from clipsaver.thumbnails.decoder.messages import MOST_AT_ONCE, BadMessage, still_limit
from clipsaver.thumbnails.decoder.webp import size_of
from clipsaver.thumbnails.errors import DecoderCrashed
from clipsaver.thumbnails.picture import errors

if TYPE_CHECKING:
    from clipsaver.errors import ClipsaverError
    from clipsaver.thumbnails.decoder.messages import Failed, Read
    from clipsaver.thumbnails.picture.found import Facts, Picture, Still
    from clipsaver.thumbnails.picture.wanted import Box, Wanted

LONGEST_SIDE = 65_535
LONGEST_CLIP_S = 7 * 86_400.0
_MOST_FRAMES_PER_S = 100_000.0
_MOST_FRAMES = 1_000_000
_WORDS_SHOWN = 500
_CONTENT_TYPE = re.compile(r"video/[a-z0-9][a-z0-9.+-]{0,60}", re.ASCII)
_CODEC = re.compile(r"[a-z0-9][a-z0-9_.-]{0,40}", re.ASCII)
_REASONS = {
    kind.reason: kind
    for kind in (
        errors.NoVideo, errors.Unsupported, errors.Broken, errors.TooBig, errors.BudgetSpent,
        errors.SourceFailed,
    )
}  # fmt: skip


class Allowance:
    """What one clip may still fetch. The decoder has tighter budgets of its own; these hold
    whatever the child does."""

    def __init__(self, *, requests: int, total_bytes: int) -> None:
        self._requests = requests
        self._bytes = total_bytes
        self.requests = 0
        """Made so far."""
        self.bytes_read = 0

    def grant(self, read: Read, size: int | None) -> tuple[int, int] | None:
        """The range to fetch; None where the file ends before it, so that nothing is to be asked.

        Raises BadMessage for what is no range, BudgetSpent for one too many or too much.
        """
        start, end = read.start, read.end
        if not start < end < 2**63:
            raise BadMessage(f"it asked for the bytes from {start} to {end}")
        if size is not None:
            end = min(end, size)
        if self.requests >= self._requests:
            raise errors.BudgetSpent(f"no picture within {self._requests} requests")
        self.requests += 1
        if end - start > MOST_AT_ONCE:
            raise errors.BudgetSpent(f"no picture with {MOST_AT_ONCE:,} bytes at once")
        if self.bytes_read + end - start > self._bytes:
            raise errors.BudgetSpent(f"no picture within {self._bytes:,} bytes")
        return (start, end) if start < end else None

    def fetched(self, count: int) -> None:
        """So many bytes came."""
        self.bytes_read += count


def believed(picture: Picture, wanted: Wanted, allowance: Allowance) -> Picture:
    """The picture, with the cost that we saw. Raises BadMessage where it is not what was asked."""
    _check_still(picture.small, wanted.small)
    _check_still(picture.large, wanted.large)
    if wanted.of_still is not (picture.facts is None):
        raise BadMessage("it knows what its bytes cannot tell, or not what they do")
    if picture.facts is not None:
        _check_facts(picture.facts)
    if picture.at_s is not None and not math.isfinite(picture.at_s):
        raise BadMessage(f"its picture is from {picture.at_s} s")
    if not 0 <= picture.cost.frames <= _MOST_FRAMES:
        raise BadMessage(f"it has decoded {picture.cost.frames} frames")
    cost = msgspec.structs.replace(
        picture.cost, requests=allowance.requests, bytes_read=allowance.bytes_read
    )
    return msgspec.structs.replace(picture, cost=cost)


def _check_still(still: Still, box: Box) -> None:
    width, height = still.width, still.height
    if not (1 <= width <= box.width and 1 <= height <= box.height):
        raise BadMessage(f"its picture of {width}x{height} is not within {box.width}x{box.height}")
    if len(still.webp) > still_limit(box.width, box.height):
        raise BadMessage(f"its picture of {width}x{height} has {len(still.webp):,} bytes")
    if size_of(still.webp) != (width, height):
        raise BadMessage(f"its picture is no WebP of {width}x{height}")


def _check_facts(facts: Facts) -> None:
    if not _CONTENT_TYPE.fullmatch(facts.content_type):
        raise BadMessage("its content type is none of a video")
    if not _CODEC.fullmatch(facts.codec):
        raise BadMessage("its codec is no codec's name")
    for side in (facts.width, facts.height, facts.stored_width, facts.stored_height):
        if not 1 <= side <= LONGEST_SIDE:
            raise BadMessage(f"a side of its video has {side} pixels")
    if not _is_within(facts.duration_s, LONGEST_CLIP_S):
        raise BadMessage(f"its video is {facts.duration_s} s long")
    if not _is_within(facts.frames_per_s, _MOST_FRAMES_PER_S):
        raise BadMessage(f"its video has {facts.frames_per_s} frames a second")


def _is_within(value: float | None, most: float) -> bool:
    """Also False for what is not a number."""
    return value is None or 0 <= value <= most


def error_of(failed: Failed) -> ClipsaverError:
    """What a child said instead of a picture, as the error that it stands for."""
    words = printable(failed.words)[:_WORDS_SHOWN]
    kind = _REASONS.get(failed.reason)
    return DecoderCrashed(f"the decoder failed: {words}") if kind is None else kind(words)
