"""The screen of clips: what was saved?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from clipsaver.database.clips import StoredClip
from clipsaver.operating.thumbnail_advice import advice
from clipsaver.tui.sources.seen import ClipDetail, ClipsBody, Seen
from clipsaver.tui.viewmodel.layout import boxed, fact, facts, half_width, whole_width, wrapped
from clipsaver.tui.viewmodel.rows import (
    Cell,
    Column,
    Later,
    Line,
    Listing,
    Look,
    Measure,
    Pane,
    Row,
    Tone,
    Value,
)
from clipsaver.tui.viewmodel.words import (
    NOTHING,
    age,
    clip_length,
    compact,
    counted,
    error,
    length,
    safe,
    size,
    tail,
)
from clipsaver.utc import minute, second

COLUMNS = (
    Column("POSTED", 16, narrow_width=11, measure=Measure.MOMENT),
    Column("CHANNEL", 16, grows=1, narrow_width=13),
    Column("AUTHOR", 14, grows=1, narrow_width=11),
    Column("TITLE", 27, grows=3, narrow_width=24),
    Column("SIZE", 7, is_right=True, is_narrow=False, measure=Measure.SIZE),
    Column("LENGTH", 7, is_right=True, is_narrow=False, measure=Measure.LENGTH),
    Column("THUMBNAIL", 11),
    Column("LINK", 8, is_right=True, is_narrow=False, measure=Measure.LENGTH),
)
_FIELDS = {
    "guild": "the guild's id",
    "channel_id": "the channel's id",
    "author_id": "the author's id",
    "message": "the message's id",
    "file": "the file's name",
    "type": "its MIME type",
    "source": "attachment, forward, component or embed",
}
_TONES = {
    "ready": Tone.GOOD,
    "pending": Tone.NOTE,
    "failed": Tone.BAD,
    "unavailable": Tone.DIM,
    "skipped": Tone.DIM,
}
_MOST_TEXT = 2_000


def rows(seen: Seen, look: Look) -> tuple[Row, ...]:
    """A row for each clip."""
    body = seen.body
    return tuple(_row(one, look) for one in body.clips) if isinstance(body, ClipsBody) else ()


def _row(one: StoredClip, look: Look) -> Row:
    cells = Later(lambda: _cells(one, look))
    return Row(one.clip_id, cells, Later(lambda: _values(one, look)), raw=one)


def _cells(one: StoredClip, look: Look) -> dict[str, Cell]:
    posted = minute(_ms(one.posted_at))
    left_ms = _left_ms(one, look)
    state = safe(one.thumbnail_state)
    return {
        "POSTED": Cell(posted if look.is_wide else posted[5:]),
        "CHANNEL": Cell(_channel(one, look)),
        "AUTHOR": Cell(safe(one.author_name) or _tail(one.author_id, look)),
        "TITLE": Cell(_title(one) or NOTHING),
        "SIZE": Cell(size(one.size_bytes)),
        "LENGTH": Cell(clip_length(one.duration_seconds)),
        "THUMBNAIL": Cell(state, _TONES.get(state, Tone.PLAIN)),
        "LINK": Cell(
            _link(left_ms), Tone.DIM if left_ms is not None and left_ms <= 0 else Tone.PLAIN
        ),
    }


def _values(one: StoredClip, look: Look) -> dict[str, Value]:
    seconds = one.duration_seconds
    return {
        "posted": _ms(one.posted_at),
        "channel": _channel(one, look),
        "author": safe(one.author_name),
        "title": _title(one),
        "size": one.size_bytes,
        "length": None if seconds is None else seconds * 1000,
        "thumbnail": safe(one.thumbnail_state),
        "link": _left_ms(one, look),
        "guild": str(one.guild_id),
        "channel_id": str(one.channel_id),
        "author_id": str(one.author_id),
        "message": str(one.message_id),
        "file": safe(one.filename),
        "type": safe(one.content_type),
        "source": safe(one.source),
    }


def _channel(one: StoredClip, look: Look) -> str:
    return f"#{safe(one.channel_name)}" if one.channel_name else _tail(one.channel_id, look)


def _title(one: StoredClip) -> str:
    return safe(one.title or one.filename)


def _left_ms(one: StoredClip, look: Look) -> int | None:
    """Until its link works no longer."""
    return None if one.url_expires_at is None else _ms(one.url_expires_at) - look.now_ms


def _link(left_ms: int | None) -> str:
    """How much longer the link works; it is signed anew when it is needed."""
    if left_ms is None:
        return NOTHING
    return length(left_ms) if left_ms > 0 else "expired"


def panes(seen: Seen, look: Look, key: str | None) -> tuple[Pane, ...]:
    """The facts of the clip under the cursor."""
    body = seen.body
    if not isinstance(body, ClipsBody):
        return ()
    one = next((one for one in body.clips if one.clip_id == key), None)
    if one is None:
        return ()
    more = body.detail if body.detail and body.detail.clip_id == key else None
    return (boxed("Clip", _about(one, more, look, half_width(look)), look, is_half=True),)


def detail(seen: Seen, look: Look, key: str) -> tuple[Pane, ...]:
    """All of it, with the message's text."""
    body = seen.body
    if not isinstance(body, ClipsBody):
        return ()
    one = next((one for one in body.clips if one.clip_id == key), None)
    if one is None:
        return ()
    more = body.detail if body.detail and body.detail.clip_id == key else None
    cells = whole_width(look)
    shown = [boxed("Clip", _about(one, more, look, cells), look)]
    if more is not None and more.content:
        lines = [(Cell(line),) for line in wrapped(safe(more.content[:_MOST_TEXT]), cells)]
        shown.append(boxed("Message", lines, look, note="a stranger's words"))
    return tuple(shown)


def _about(one: StoredClip, more: ClipDetail | None, look: Look, cells: int) -> Iterator[Line]:
    if one.title:
        yield from facts("title", safe(one.title), cells)
    yield from facts("file", safe(one.filename), cells)
    posted = _ms(one.posted_at)
    yield fact("posted", Cell(f"{second(posted)}, {age(look.now_ms - posted)} ago"))
    channel = f"#{safe(one.channel_name)} " if one.channel_name else ""
    yield from facts("in", f"{channel}{one.channel_id}, guild {one.guild_id}", cells)
    yield from facts("by", f"{safe(one.author_name)} {one.author_id}", cells)
    codec = f", {safe(more.codec)}" if more and more.codec else ""
    pixels = f", {one.width}x{one.height}" if one.width and one.height else ""
    facts_of_file = f"{safe(one.content_type)}{codec}{pixels}, {size(one.size_bytes)}"
    yield from facts("video", f"{facts_of_file}, {clip_length(one.duration_seconds)}", cells)
    yield fact("found in", Cell(safe(one.source)))
    left_ms = None if one.url_expires_at is None else _ms(one.url_expires_at) - look.now_ms
    words = "does not expire" if left_ms is None else f"good for {_link(left_ms)}"
    if left_ms is not None and left_ms <= 0:
        words = "expired; it is signed anew when it is needed"
    yield fact("link", Cell(words))
    state = safe(one.thumbnail_state)
    yield fact("thumbnail", Cell(state, _TONES.get(state, Tone.PLAIN)))
    if more is not None:
        yield from _thumbnail(more, look, cells)
    yield fact("clip id", Cell(safe(one.clip_id)))


def _thumbnail(more: ClipDetail, look: Look, cells: int) -> Iterator[Line]:
    if more.picture_width and more.picture_height:
        whence = f", {safe(more.source)}" if more.source else ""
        bytes_ = f", {size(more.picture_bytes)}"
        yield fact("picture", Cell(f"{more.picture_width}x{more.picture_height}{bytes_}{whence}"))
    if more.where:
        yield from facts("stored as", error(more.where), cells)
    if more.thumbnail_error:
        told = advice(more.thumbnail_error)
        tried = counted(more.thumbnail_attempts, "attempt")
        yield from facts("why not", f"{safe(more.thumbnail_error)}, {tried}", cells, Tone.WARN)
        yield from facts("to do", f"{told.prospect.value}: {told.words}", cells)
    if more.thumbnail_due_at is not None:
        left_ms = _ms(more.thumbnail_due_at) - look.now_ms
        yield fact("next try", Cell(f"in {length(left_ms)}" if left_ms > 0 else "when one is free"))


def _tail(one: int, look: Look) -> str:
    return tail(str(one), 8, look.signs)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def empty(seen: Seen, _: Look) -> str:
    """Why there is none."""
    if seen.common.database.error is not None or not isinstance(seen.body, ClipsBody):
        return "what was saved is in PostgreSQL, which does not answer now"
    if seen.common.clips:
        return "none of the clips is what was asked for"
    return "no clip was found yet; in Jobs, n adds a job that looks for some"


def summary(seen: Seen, _: Look) -> str:
    """About how many there are."""
    if not seen.common.clips:
        return ""
    body = seen.body
    more = ", the newest first" if isinstance(body, ClipsBody) and body.is_more else ""
    return f"about {compact(seen.common.clips)}{more}"


LISTING = Listing(
    title="Clips",
    columns=COLUMNS,
    sort="",
    rows=rows,
    panes=panes,
    detail=detail,
    empty=empty,
    summary=summary,
    fields=_FIELDS,
)
