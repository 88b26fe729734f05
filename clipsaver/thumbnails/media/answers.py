"""What the heads of answers say, read without trust. Pure.

Source: RFC 9110, 8.8.3 (entity tags), 10.2.3 (Retry-After), 14.4 (Content-Range).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_CONTENT_RANGE = re.compile(
    r"bytes\s+(?:([0-9]{1,18})\s*-\s*([0-9]{1,18})|\*)/(?:([0-9]{1,18})|\*)", re.IGNORECASE
)
_LENGTH = re.compile(r"[0-9]{1,18}")
_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
LONGEST_WAIT_S = 24 * 3600.0
"""A longer wait is taken for this one: it is asked again anyhow."""


@dataclass(frozen=True, slots=True)
class ContentRange:
    """What part of a file an answer holds."""

    start: int
    end: int
    """Not included, as in Python; the header names the last byte."""
    total: int | None
    """The file's length, where it is told."""


@dataclass(frozen=True, slots=True)
class EntityTag:
    """What names one version of a file."""

    tag: str
    """With its quotes."""
    is_strong: bool
    """Whether equal tags mean equal bytes; only such a one may go with a range (13.1.5)."""


def content_range(value: str) -> ContentRange | None:
    """What `bytes 0-9/100` says; None for anything else, `bytes */100` included."""
    match = _CONTENT_RANGE.fullmatch(value.strip())
    if match is None or match[1] is None:
        return None
    start, end = int(match[1]), int(match[2]) + 1
    total = int(match[3]) if match[3] is not None else None
    if end <= start or (total is not None and end > total):
        return None
    return ContentRange(start, end, total)


def unsatisfied_size(value: str) -> int | None:
    """The file's length that a 416 tells (`bytes */100`); None where it does not."""
    match = _CONTENT_RANGE.fullmatch(value.strip())
    if match is None or match[1] is not None or match[3] is None:
        return None
    return int(match[3])


def content_length(headers: Mapping[str, str]) -> int | None:
    """How long the body is said to be; None where that is not told."""
    value = headers.get("content-length", "").strip()
    return int(value) if _LENGTH.fullmatch(value) else None


def entity_tag(headers: Mapping[str, str]) -> EntityTag | None:
    """The file's entity tag; None where there is none, or something that is not one."""
    match = _TAG.fullmatch(headers.get("etag", "").strip())
    return None if match is None else EntityTag(match[2], is_strong=match[1] is None)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The wait that an answer asks for, in seconds or up to a date.

    A date counts from the answer's own `Date`, so that no clock but the server's is believed.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        wait_s = float(value)
    except ValueError:
        wait_s = _seconds_between(headers.get("date", ""), value)
    return min(wait_s, LONGEST_WAIT_S) if math.isfinite(wait_s) and wait_s >= 0 else None


def _seconds_between(earlier: str, later: str) -> float:
    try:
        difference = parsedate_to_datetime(later) - parsedate_to_datetime(earlier)
    except (ValueError, TypeError):  # TypeError: one of them names no zone
        return math.nan
    return max(0.0, difference.total_seconds())
