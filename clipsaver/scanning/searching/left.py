"""What a search has still to do, as the text that `runs.search_left` keeps. Pure.

Only what was taken in without a hole counts as done: of what was in flight nothing is kept, so a
search that goes on asks for at most that once more.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from clipsaver.snowflake import MAX_ID

_Id = Annotated[int, Meta(ge=0, le=MAX_ID)]
_Count = Annotated[int, Meta(ge=0, le=1 << 53)]
_Offset = Annotated[int, Meta(ge=0, le=10_000)]


class Gap(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Ids between two pages which hits may have slipped through."""

    min_id: _Id
    """Not among them, as with Discord."""
    max_id: _Id
    """Not among them either."""
    offset: _Offset = 0


class Left(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a search stands."""

    version: Literal[1] = 1
    question: str
    """The one that is being paged through, by its name; empty = the search is over."""
    max_id: _Id = 0
    """Of the block: its hits are older than this."""
    offset: _Offset = 0
    """The next page of the block; those before it are done."""
    total: _Count | None = None
    """How many hits the block has, as last told; None before its first page."""
    oldest: _Id | None = None
    """The oldest hit that the block has shown."""
    joint: _Id | None = None
    """The oldest hit of the last page that showed any."""
    passed: _Count = 0
    """Hits of the question in blocks that are done."""
    expected: _Count = 0
    """How many hits the question seemed to have at its first page."""
    gaps: tuple[Gap, ...] = ()


OVER = Left(question="")
"""Nothing is left to search."""


def encode(left: Left) -> str:
    """The text for `runs.search_left`."""
    return msgspec.json.encode(left).decode()


def decode(text: str | None) -> Left | None:
    """What a text says; None where there is none, or none that this version understands."""
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Left)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
