"""Clips as lines for a person. Pure; strangers' text is made printable here and in `tables`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from clipsaver.cli.tables import cut, table
from clipsaver.database.clip_list import ListedClip
from clipsaver.database.thumbnails.results import StoredPicture
from clipsaver.masking import mask
from clipsaver.operating.thumbnail_advice import advice
from clipsaver.terminal_text import in_cells, printable
from clipsaver.tui.viewmodel.words import clip_length, size
from clipsaver.utc import minute, second


class _Layout(NamedTuple):
    """What a row has room for."""

    from_width: int
    with_id: bool
    with_time: bool
    channel: int
    author: int
    thumbnail: int


_LAYOUTS = (
    _Layout(150, with_id=True, with_time=True, channel=20, author=16, thumbnail=11),
    _Layout(100, with_id=False, with_time=True, channel=15, author=12, thumbnail=11),
    _Layout(0, with_id=False, with_time=False, channel=9, author=8, thumbnail=7),
)
_HEAD = ("size", "length", "channel", "author")


def clip_table(clips: Sequence[ListedClip], width: int | None) -> list[str]:
    """A row for each, in UTC; a narrow terminal has no room for ids and the time of day."""
    layout = next(one for one in _LAYOUTS if width is None or width >= one.from_width)
    first = (*(["clip"] * layout.with_id), "posted (UTC)" if layout.with_time else "posted")
    head = (*first, *_HEAD, "thumbnail" if layout.thumbnail > 9 else "thumb", "name")
    right = (len(first), len(first) + 1)
    return table(head, [_row(one, layout) for one in clips], width, right=right)


def _row(one: ListedClip, layout: _Layout) -> tuple[str, ...]:
    posted = minute(_ms(one.posted_at))
    channel = f"#{one.channel_name}" if one.channel_name else str(one.channel_id)
    gone = f"(gone: {one.deleted_reason}) " if one.deleted_at else ""
    cells = (
        posted if layout.with_time else posted.partition(" ")[0],
        size(one.size_bytes),
        clip_length(one.duration_seconds),
        cut(channel, layout.channel),
        cut(one.author_name, layout.author),
        cut(one.thumbnail_state, layout.thumbnail),
        f"{gone}{one.title or one.filename}",
    )
    return (one.clip_id, *cells) if layout.with_id else cells


def clip_lines(
    clip: ListedClip, now: datetime, where: Callable[[StoredPicture], str]
) -> Iterator[str]:
    """All that is known of one clip; `where` says the path or URL of a picture."""
    yield in_cells(clip.title or clip.filename)
    for name, value in _facts(clip, now, where):
        if value is not None:
            yield f"  {name:<12}  {printable(value)}"
    if clip.content:
        yield "  message"
        yield from (f"    {printable(line)}" for line in clip.content.splitlines())


def _facts(
    clip: ListedClip, now: datetime, where: Callable[[StoredPicture], str]
) -> Iterator[tuple[str, str | None]]:
    yield "clip", clip.clip_id
    yield "message", clip.message_link
    if clip.deleted_at is not None:
        why = _WHY_DELETED.get(clip.deleted_reason or "", clip.deleted_reason)
        yield "deleted", f"{_at(clip.deleted_at)}: {why}"
    edited = f", edited {_at(clip.edited_at)}" if clip.edited_at else ""
    yield "posted", f"{_at(clip.posted_at)}{edited}"
    yield "author", _author(clip)
    yield "channel", _place(clip)
    yield "guild", f"{clip.guild_name or '-'} ({clip.guild_id})"
    yield "file", clip.filename if clip.title else None
    yield "type", f"{clip.content_type}{f', {clip.codec}' if clip.codec else ''}"
    yield "size", size(clip.size_bytes)
    yield "length", clip_length(clip.duration_seconds)
    if clip.width is not None and clip.height is not None:
        yield "pixels", f"{clip.width:,} x {clip.height:,}"
    marks = (
        (clip.spoiler, "spoiler"),
        (clip.nsfw, "age-restricted channel"),
        (clip.discord_clip, "made with Discord's Clips"),
    )
    yield "source", ", ".join((clip.source, *(words for is_so, words in marks if is_so)))
    yield "link", clip.url
    yield "", _expiry(clip.url_expires_at, now)
    yield "thumbnail", _thumbnail(clip)
    for name, picture in (("small", clip.small), ("large", clip.large)):
        if picture is not None:
            measures = f"{picture.width} x {picture.height}, {size(picture.size_bytes)}"
            yield name, f"{where(picture)} ({measures}, {picture.source})"
    yield "seen first", _at(clip.first_seen_at)
    yield "changed", _at(clip.updated_at)


_WHY_DELETED = {
    "message": "its message was deleted at Discord",
    "attachment": "it was removed from its message",
    "settings": "it is not wanted any more under the settings it was last read with",
    "purge": "an operator had it removed",
}


def _author(clip: ListedClip) -> str:
    username = "" if clip.author_username == clip.author_name else f"{clip.author_username}, "
    bot = ", a bot or webhook" if clip.author_is_bot else ""
    return f"{clip.author_name} ({username}{clip.author_id}{bot})"


def _place(clip: ListedClip) -> str:
    inside = f", in {clip.parent_name}" if clip.parent_name else ""
    return f"#{clip.channel_name or '-'} ({clip.channel_id}{inside})"


def _expiry(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "it does not expire"
    if at <= now:
        return f"expired {_at(at)}; the message link lasts"
    return f"until {_at(at)}; the message link lasts"


def _thumbnail(clip: ListedClip) -> str:
    told = clip.thumbnail_state
    if clip.thumbnail_due_at is not None and clip.thumbnail_state == "pending":
        told += f", to be tried again at {_at(clip.thumbnail_due_at)}"
    if clip.thumbnail_attempts:
        told += f", failed attempts: {clip.thumbnail_attempts}"
    if clip.thumbnail_error is None:
        return told
    words = mask(clip.thumbnail_error_message or advice(clip.thumbnail_error).words)
    return f"{told}; {clip.thumbnail_error}: {words}"


def _at(at: datetime) -> str:
    return second(_ms(at))


def _ms(at: datetime) -> int:
    return round(at.astimezone(UTC).timestamp() * 1000)
