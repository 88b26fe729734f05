"""The settings that a job may bring, and what they come to.

The contract's patterns end with `\\Z`, since Python's `$` also passes before a last line break;
`job_schema` writes `$` instead, which is the end in other languages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
import re2
from msgspec import Meta

from clipsaver.errors import BadJob

Direction = Literal["backward", "forward"]

WITHOUT_NUL = r"^[^\x00]*\Z"
"""Text that PostgreSQL can store."""

# Without all that counts as a blank in Python or in JavaScript, so that both match the same.
MimeType = Annotated[
    str,
    Meta(pattern=r"^[^\s\x00-\x1f\x85\ufeff/;]{1,60}/[^\s\x00-\x1f\x85\ufeff/;]{1,100}\Z"),
]
Regex = Annotated[str, Meta(max_length=10_000, pattern=WITHOUT_NUL)]


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a job may set for itself; what it leaves out is the configuration's."""

    allowed_mime_types: Annotated[
        tuple[MimeType, ...] | None,
        Meta(
            description="Types of the files that count as clips, such as video/mp4 or video/*; "
            "null = the configuration's scan.allowed_mime_types."
        ),
    ] = None
    match_regex: Annotated[
        Regex | None,
        Meta(
            description="Searched in the message's text, by RE2: without lookaround and "
            "backreferences; null = every message."
        ),
    ] = None
    scan_mode: Annotated[
        Direction | None,
        Meta(
            description="The direction of a rescan, and of a batch job that names none; "
            "null = backward."
        ),
    ] = None
    enable_message_content_storage: Annotated[
        bool,
        Meta(description="Text is stored only where this and scan.store_content both allow it."),
    ] = True


def compile_pattern(pattern: str) -> re2._Regexp:
    """The pattern on RE2, which takes linear time whatever the text.

    Raises BadJob where RE2 refuses it: backreferences and lookaround are not regular.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        detail = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise BadJob("$.settings.match_regex", f"the regex engine refuses it: {detail}") from None


def settings_hash(
    mime_types: Iterable[str], match_regex: str | None, sources: Iterable[str]
) -> str:
    """Names one way of reading: what was read under it need not be read again.

    16 hex digits over the allowed types, the pattern and the sources in force, in any order.
    """
    parts = (sorted(set(mime_types)), match_regex, sorted(set(sources)))
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]
