"""A group of pages as columns: the parameters of the statement that commits them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clipsaver.database.arrays import BigInts, Booleans, Column, Floats, Texts, Times, columns
from clipsaver.database.opt_outs import Marks
from clipsaver.records import PageResult

PAGE: dict[str, type[Column]] = {
    "run_id": Texts,
    "fence": BigInts,
    "page_number": BigInts,
    "guild_id": BigInts,
    "channel_id": BigInts,
    "epoch": BigInts,
    "settings_hash": Texts,
    "read": Texts,
    "covered": Texts,
    "read_at": Times,
    "messages": BigInts,
    "clips": BigInts,
    "requests": BigInts,
    "replaces": Booleans,
}
# `page` is the place of the row's page in the group.
MARK: dict[str, type[Column]] = {"page": BigInts, "author_id": BigInts, "mark": Texts}
"""Under which an author may be on the list of those who are not stored."""
AUTHOR: dict[str, type[Column]] = {
    "page": BigInts,
    "author_id": BigInts,
    "username": Texts,
    "global_name": Texts,
    "avatar": Texts,
    "is_bot": Booleans,
}
MESSAGE: dict[str, type[Column]] = {
    "page": BigInts,
    "message_id": BigInts,
    "author_id": BigInts,
    "type": BigInts,
    "content": Texts,
    "posted_at": Times,
    "edited_at": Times,
}
CLIP: dict[str, type[Column]] = {
    "page": BigInts,
    "clip_id": Texts,
    "message_id": BigInts,
    "author_id": BigInts,
    "source": Texts,
    "attachment_id": BigInts,
    "filename": Texts,
    "title": Texts,
    "content_type": Texts,
    "size_bytes": BigInts,
    "width": BigInts,
    "height": BigInts,
    "duration_seconds": Floats,
    "url": Texts,
    "url_expires_at": Times,
    "placeholder": Texts,
    "spoiler": Booleans,
    "discord_clip": Booleans,
    "posted_at": Times,
}
DEPARTURE: dict[str, type[Column]] = {"page": BigInts, "clip_id": Texts, "reason": Texts}
# A page of a search: what counts for its run, and its parts, one for each channel.
SEARCH_PAGE: dict[str, type[Column]] = {
    "run_id": Texts,
    "fence": BigInts,
    "page_number": BigInts,
    "messages": BigInts,
    "clips": BigInts,
    "requests": BigInts,
    "search_left": Texts,
}
PART: dict[str, type[Column]] = {
    "guild_id": BigInts,
    "channel_id": BigInts,
    "epoch": BigInts,
    "settings_hash": Texts,
    "read_at": Times,
}


def pages_alone(pages: Sequence[PageResult]) -> list[Column]:
    """One row for each page."""
    return columns(PAGE, [_page_row(page) for page in pages])


def what_they_found(pages: Sequence[PageResult], marks: Marks) -> list[Column]:
    """The rows of marks, the fingerprint of their key, and the rows of authors, messages and clips,
    in this order."""
    numbered = list(enumerate(pages, 1))
    marked = [
        (k, a.author_id, mark)
        for k, page in numbered
        for a in page.authors
        for mark in marks.all_of(a.author_id, page.guild_id)
    ]
    authors = [
        (k, a.author_id, a.username, a.global_name, a.avatar, a.is_bot)
        for k, page in numbered
        for a in page.authors
    ]
    messages = [
        (k, m.message_id, m.author_id, m.type, m.content, m.posted_at, m.edited_at)
        for k, page in numbered
        for m in page.messages
    ]
    clips = [
        (
            *(k, c.clip_id, c.message_id, c.author_id, c.source, c.attachment_id, c.filename),
            *(c.title, c.content_type, c.size_bytes, c.width, c.height, c.duration_seconds),
            *(c.url, c.url_expires_at, c.placeholder, c.spoiler, c.discord_clip, c.posted_at),
        )
        for k, page in numbered
        for c in page.clips
    ]
    return [
        *columns(MARK, marked),
        Texts([marks.fingerprint]),
        *columns(AUTHOR, authors),
        *columns(MESSAGE, messages),
        *columns(CLIP, clips),
    ]


def what_they_missed(pages: Sequence[PageResult]) -> list[Column]:
    """The rows of departures."""
    rows = [(k, d.clip_id, d.reason) for k, page in enumerate(pages, 1) for d in page.departures]
    return columns(DEPARTURE, rows)


def page_of_parts(parts: Sequence[PageResult]) -> list[Column]:
    """The one row of SEARCH_PAGE, then those of PART."""
    first = parts[0]
    left = (part.search_left for part in parts if part.search_left is not None)
    page = (
        first.run_id,
        first.fence,
        first.page_number,
        sum(part.messages_read for part in parts),
        sum(len(part.clips) for part in parts),
        sum(part.requests for part in parts),
        next(left, None),
    )
    rows = [(p.guild_id, p.channel_id, p.epoch, p.settings_hash, p.read_at) for p in parts]
    return [*columns(SEARCH_PAGE, [page]), *columns(PART, rows)]


def _page_row(page: PageResult) -> tuple[Any, ...]:
    return (
        page.run_id,
        page.fence,
        page.page_number,
        page.guild_id,
        page.channel_id,
        page.epoch,
        page.settings_hash,
        str(page.read),
        str(page.covered),
        page.read_at,
        page.messages_read,
        len(page.clips),
        page.requests,
        page.replaces,
    )
