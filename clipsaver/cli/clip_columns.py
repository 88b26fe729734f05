"""The columns of an exported clip: names that stay, with meanings in docs/clips.md. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from clipsaver.cli.json_text import json_text
from clipsaver.database.clip_list import ListedClip
from clipsaver.database.thumbnails.results import StoredPicture

Value = str | int | float | bool | None

_IDS = (
    "clip_id",
    "message_id",
    "channel_id",
    "guild_id",
    "author_id",
    "attachment_id",
    "parent_id",
)
_PLAIN = (
    "source", "filename", "title", "content_type", "size_bytes", "width", "height",
    "duration_seconds", "codec", "url", "url_expires_at", "message_link", "placeholder", "spoiler",
    "discord_clip", "posted_at", "edited_at", "content", "guild_name", "channel_name",
    "channel_type", "nsfw", "parent_name", "author_name", "author_username", "author_is_bot",
    "thumbnail_state", "thumbnail_error", "thumbnail_error_message", "thumbnail_attempts",
    "thumbnail_due_at",
)  # fmt: skip
_LAST = ("first_seen_at", "updated_at", "deleted_at", "deleted_reason")
_PICTURE = {
    "key": lambda one: one.storage_key,
    "width": lambda one: one.width,
    "height": lambda one: one.height,
    "bytes": lambda one: one.size_bytes,
    "source": lambda one: one.source,
}

# A cell that begins so is a formula to spreadsheets (OWASP, "CSV Injection"), also behind what some
# take away before they look: blanks, controls, marks that nobody sees. And an apostrophe, so that
# a reader that takes one away from the front has what was there.
_FORMULA = re.compile(
    r"[\t\r\n']|[\s\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*"
    "[=+@＝＋－＠-]"  # noqa: RUF001 - these too
)


def record_of(clip: ListedClip) -> dict[str, Value]:
    """A clip by column. Ids are texts, since JavaScript and spreadsheets round them."""
    return {name: read(clip) for name, read in COLUMNS.items()}


def json_line(clip: ListedClip) -> str:
    """One JSON object on one line, in which nothing is that a terminal would obey."""
    return json_text(record_of(clip))


def csv_cells(clip: ListedClip) -> list[str]:
    """The cells of a row. Null is an empty cell, and no text is a formula."""
    return [_cell(value) for value in record_of(clip).values()]


def harmless(text: str) -> str:
    """With an apostrophe before what a spreadsheet would take for a formula, or an apostrophe."""
    return f"'{text}" if _FORMULA.match(text) else text


def _cell(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return harmless(value)
        case _:
            return str(value)


def _id(name: str) -> Callable[[ListedClip], Value]:
    def read(clip: ListedClip) -> Value:
        value = getattr(clip, name)
        return None if value is None else str(value)

    return read


def _plain(name: str) -> Callable[[ListedClip], Value]:
    def read(clip: ListedClip) -> Value:
        value: Value | datetime = getattr(clip, name)
        return _time(value) if isinstance(value, datetime) else value

    return read


def _picture(
    which: str, read_one: Callable[[StoredPicture], Value]
) -> Callable[[ListedClip], Value]:
    def read(clip: ListedClip) -> Value:
        picture: StoredPicture | None = getattr(clip, which)
        return None if picture is None else read_one(picture)

    return read


def _time(at: datetime) -> str:
    """ISO 8601 in UTC, to the millisecond, as `2026-11-25T20:48:07.123Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


COLUMNS: Mapping[str, Callable[[ListedClip], Value]] = {
    **{name: _id(name) for name in _IDS},
    **{name: _plain(name) for name in _PLAIN},
    **{
        f"{which}_{name}": _picture(which, read)
        for which in ("small", "large")
        for name, read in _PICTURE.items()
    },
    **{name: _plain(name) for name in _LAST},
}
