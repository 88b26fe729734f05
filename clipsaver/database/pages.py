"""A group of pages as one statement, which is one transaction and one round trip.

First the channels are locked against a purge and the runs updated where fence, epoch and page
number match; what those pages found is then written, and what came with the others is dropped.
Whether a page is in is decided by the database alone, in the statement that writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.arrays import BigInts, Booleans, Column, Floats, Texts, Times
from clipsaver.errors import LeaseLost
from clipsaver.records import PageResult

_PAGE: dict[str, type[Column]] = {
    "run_id": Texts,
    "fence": BigInts,
    "page_number": BigInts,
    "guild_id": BigInts,
    "channel_id": BigInts,
    "epoch": BigInts,
    "settings_hash": Texts,
    "read": Texts,
    "covered": Texts,
    "messages": BigInts,
    "clips": BigInts,
    "requests": BigInts,
}
# `page` is the place of the row's page in the group.
_AUTHOR: dict[str, type[Column]] = {
    "page": BigInts,
    "author_id": BigInts,
    "username": Texts,
    "global_name": Texts,
    "avatar": Texts,
    "is_bot": Booleans,
}
_MESSAGE: dict[str, type[Column]] = {
    "page": BigInts,
    "message_id": BigInts,
    "author_id": BigInts,
    "type": BigInts,
    "content": Texts,
    "posted_at": Times,
    "edited_at": Times,
}
_CLIP: dict[str, type[Column]] = {
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


def _unnest(columns: dict[str, type[Column]]) -> str:
    return f"unnest({', '.join(['%b'] * len(columns))})"


def _names(columns: dict[str, type[Column]], *, without: str = "page") -> str:
    return ", ".join(name for name in columns if name != without)


def _newer(column: str) -> str:
    """The value with the link that is valid longer; unsigned links take the one read last."""
    return (
        f"case when s.url_expires_at > excluded.url_expires_at then s.{column} "
        f"else excluded.{column} end"
    )


def _measured(column: str) -> str:
    """The message's value until the file itself was looked into (which sets codec)."""
    return (
        f"case when s.codec is null then coalesce(excluded.{column}, s.{column}) "
        f"else s.{column} end"
    )


def _kept(column: str) -> str:
    """What was known once does not become unknown: the file behind an id never changes."""
    return f"coalesce(excluded.{column}, s.{column})"


def _update(expressions: dict[str, str]) -> str:
    """`on conflict` action that leaves rows alone which would not change."""
    sets = ", ".join(f"{name} = {new}" for name, new in expressions.items())
    old = ", ".join(f"s.{name}" for name in expressions)
    return (
        f"do update set {sets}, updated_at = now() "
        f"where ({old}) is distinct from ({', '.join(expressions.values())})"
    )


def _latest(*names: str) -> dict[str, str]:
    return {name: f"excluded.{name}" for name in names}


_AUTHOR_UPDATE = _latest("username", "global_name", "avatar", "is_bot")
_MESSAGE_UPDATE = _latest("type", "content", "edited_at")
_CLIP_UPDATE = {
    **_latest("source", "filename", "title", "spoiler", "discord_clip", "settings_hash"),
    **{name: _kept(name) for name in ("attachment_id", "size_bytes", "placeholder")},
    **{name: _measured(name) for name in ("content_type", "width", "height", "duration_seconds")},
    **{name: _newer(name) for name in ("url", "url_expires_at")},
    "deleted_at": "null",  # read again: it is there again
    "deleted_reason": "null",
}

# `=` on the state would tempt the planner, on young tables, to read the index of states and so all
# running runs for each group.
_ACCEPT = f"""
with page as materialized (
    select * from {_unnest(_PAGE)} with ordinality as p({_names(_PAGE)}, page)
), held as materialized (
    select channel_id, epoch from channels where channel_id in (select channel_id from page)
    order by channel_id for share
), accepted as (
    update runs r set pages = r.pages + 1, messages = r.messages + p.messages,
           clips = r.clips + p.clips, requests = r.requests + p.requests,
           remaining = r.remaining - p.read::int8multirange, updated_at = now()
    from page p join held h on (h.channel_id, h.epoch) = (p.channel_id, p.epoch)
    where r.run_id = p.run_id and r.fence = p.fence and r.state is not distinct from 'RUNNING'
      and r.pages = p.page_number - 1
    returning p.page, p.guild_id, p.channel_id, p.settings_hash, p.covered::int8multirange
), coverage as (
    insert into scan_coverage as s (channel_id, settings_hash, covered)
    select channel_id, settings_hash, range_agg(piece)
    from accepted cross join unnest(covered) as piece
    group by channel_id, settings_hash
    order by channel_id, settings_hash
    on conflict (channel_id, settings_hash) do update
    set covered = s.covered + excluded.covered, updated_at = now()
    where not s.covered @> excluded.covered
)"""  # noqa: S608 -- constants

# An author who is known and unchanged is not touched: `on conflict` would lock the row, and
# writers would wait for each other at everybody who posts in many channels.
_ROWS = f""", author as (
    insert into authors as s ({_names(_AUTHOR)})
    select distinct on (author_id) {_names(_AUTHOR)}
    from {_unnest(_AUTHOR)} as a({", ".join(_AUTHOR)}) join accepted using (page)
    where not exists (
        select from authors k where k.author_id = a.author_id
        and (k.username, k.global_name, k.avatar, k.is_bot)
            is not distinct from (a.username, a.global_name, a.avatar, a.is_bot))
    order by author_id, page desc
    on conflict (author_id) {_update(_AUTHOR_UPDATE)}
), message as (
    insert into messages as s ({_names(_MESSAGE)}, channel_id)
    select distinct on (message_id) {_names(_MESSAGE)}, channel_id
    from {_unnest(_MESSAGE)} as m({", ".join(_MESSAGE)}) join accepted using (page)
    order by message_id, page desc
    on conflict (message_id) {_update(_MESSAGE_UPDATE)}
), clip as (
    insert into clips as s ({_names(_CLIP)}, channel_id, guild_id, settings_hash)
    select distinct on (clip_id) {_names(_CLIP)}, channel_id, guild_id, settings_hash
    from {_unnest(_CLIP)} as c({", ".join(_CLIP)}) join accepted using (page)
    order by clip_id, page desc
    on conflict (clip_id) {_update(_CLIP_UPDATE)}
)"""  # noqa: S608 -- constants

_RESULT = "\nselect page from accepted"

COMMIT_WITHOUT_CLIPS = _ACCEPT + _RESULT
"""Most pages hold no clip: what is not needed is not even planned."""
COMMIT = _ACCEPT + _ROWS + _RESULT


def _columns(kinds: dict[str, type[Column]], rows: list[tuple[Any, ...]]) -> list[Column]:
    if not rows:
        return [kind() for kind in kinds.values()]
    return [
        kind(values) for kind, values in zip(kinds.values(), zip(*rows, strict=True), strict=True)
    ]


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
        page.messages_read,
        len(page.clips),
        page.requests,
    )


def statement(pages: Sequence[PageResult]) -> tuple[str, list[Column]]:
    """The statement that commits the pages, and its parameters."""
    parameters = _columns(_PAGE, [_page_row(page) for page in pages])
    if not any(page.clips or page.messages or page.authors for page in pages):
        return COMMIT_WITHOUT_CLIPS, parameters
    numbered = list(enumerate(pages, 1))
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
    parameters += _columns(_AUTHOR, authors)
    parameters += _columns(_MESSAGE, messages)
    parameters += _columns(_CLIP, clips)
    return COMMIT, parameters


async def commit_pages(
    conn: AsyncConnection[Any], pages: Sequence[PageResult]
) -> list[LeaseLost | None]:
    """Commits the pages of distinct runs together; None for each that is in, now or already.

    The connection is in autocommit mode and knows columns (`arrays.register`).
    """
    query, parameters = statement(pages)
    found = await conn.execute(query, parameters, prepare=True)
    accepted = {row[0] for row in await found.fetchall()}
    if len(accepted) == len(pages):
        return [None] * len(pages)
    refused = [page for number, page in enumerate(pages, 1) if number not in accepted]
    reasons = await _why_refused(conn, refused)
    return [
        None if number in accepted else reasons[page.run_id] for number, page in enumerate(pages, 1)
    ]


async def _why_refused(
    conn: AsyncConnection[Any], pages: Sequence[PageResult]
) -> dict[str, LeaseLost | None]:
    """A look at the refused runs from now; a page that is in already is not refused.

    A connection can break while the server commits: the page is in, but nobody was told.
    """
    found = await conn.execute(
        "select run_id, fence, state, pages from runs where run_id = any(%b)",
        [Texts(page.run_id for page in pages)],
    )
    runs = {row[0]: row[1:] for row in await found.fetchall()}
    return {page.run_id: _refusal(page, runs.get(page.run_id)) for page in pages}


def _refusal(page: PageResult, run: tuple[int, str, int] | None) -> LeaseLost | None:
    what = f"page {page.page_number} of run {page.run_id} is not committed"
    if run is None:
        return LeaseLost(f"{what}: there is no such run")
    fence, state, pages = run
    if fence != page.fence:
        return LeaseLost(f"{what}: another delivery holds it (fence {fence}, ours {page.fence})")
    if pages >= page.page_number:
        return None
    if state != "RUNNING":
        return LeaseLost(f"{what}: the run is {state}")
    if pages < page.page_number - 1:
        return LeaseLost(f"{what}: its page {pages + 1} is not committed yet")
    return LeaseLost(
        f"{what}: it was read at epoch {page.epoch} of channel {page.channel_id}, which was purged "
        "since"
    )
