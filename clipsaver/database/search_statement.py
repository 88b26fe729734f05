"""The statement that commits one page of a search: hits in several channels, one transaction.

A search proves less than history does. Its index is late: it shows messages that were deleted, and
others as they were before an edit. So what history read stays, and search adds what is not known;
of what is known it writes a link that is valid longer, a newer edit, and what was unknown.

What changes is counted before it does, as with history: of a clip that a page of history commits at
the same moment, both count it.

Where a purge came to one of the channels since the page was read, the page is refused as one of
history is: an author's purge reaches all channels, and hits of others would be lost with his. Who
searches asks again, and passes over what was purged for good.
"""

from __future__ import annotations

from clipsaver.database.page_columns import AUTHOR, CLIP, MESSAGE, PART, SEARCH_PAGE
from clipsaver.database.page_statement import (
    FOUND,
    KEY_IS_KNOWN,
    names,
    numbered,
    on_conflict_update,
    unnest,
)

_CAN_COME_BACK = "s.deleted_reason in ('settings', 'purge')"
"""What is deleted at Discord never comes back; what a person decided can be undone."""


def _if_back(column: str) -> str:
    return f"case when {_CAN_COME_BACK} then excluded.{column} else s.{column} end"


def _if_valid_longer(column: str) -> str:
    return (
        f"case when excluded.url_expires_at > s.url_expires_at then excluded.{column} "
        f"else s.{column} end"
    )


def _if_edited_since(column: str) -> str:
    """The same version may be stored without its text; null = never edited."""
    return (
        f"case when s.edited_at > coalesce(excluded.edited_at, '-infinity') then s.{column} "
        f"else excluded.{column} end"
    )


def _if_unknown(column: str) -> str:
    return f"coalesce(s.{column}, excluded.{column})"


_MESSAGE_UPDATE = {name: _if_edited_since(name) for name in ("type", "content", "edited_at")}
_AS_READ = ("source", "filename", "title", "spoiler", "discord_clip", "settings_hash")
_OF_THE_FILE = (
    *("attachment_id", "size_bytes", "placeholder"),
    *("content_type", "width", "height", "duration_seconds"),
)
_CLIP_UPDATE = {
    **{name: _if_back(name) for name in _AS_READ},
    **{name: _if_unknown(name) for name in _OF_THE_FILE},
    **{name: _if_valid_longer(name) for name in ("url", "url_expires_at")},
    **{
        name: f"case when {_CAN_COME_BACK} then null else s.{name} end"
        for name in ("deleted_at", "deleted_reason")
    },
}

_HEAD = f"""
with page as materialized (
    select * from {unnest(SEARCH_PAGE)} as p({names(SEARCH_PAGE)})
), part as materialized (
    select * from {unnest(PART)} with ordinality as p({names(PART)}, page)
)"""  # noqa: S608 -- constants

# A part of an unknown channel is let through: the reference from its messages then refuses it,
# which is told, while a purge is not. Channels are locked in one order by all, and found by their
# key: a join would be planned once, on a young table, and read all of it ever after.
_CHANGES = f"""{FOUND}, standing as materialized (
    select part.*, coalesce(held.epoch <> part.epoch, false) as is_passed
    from (select * from part order by channel_id) part
    left join lateral (
        select epoch from channels c where c.channel_id = part.channel_id for share
    ) held on true
), change as materialized (
    select count(*) filter (where s.clip_id is null) as added,
           count(*) filter (where {_CAN_COME_BACK}) as restored
    from clip_found join standing using (page) left join clips s using (clip_id)
)"""  # noqa: S608 -- constants

_NO_CHANGES = """, change as (select 0::bigint as added, 0::bigint as restored)"""

_IS_LET_IN = f"and {KEY_IS_KNOWN} and not exists (select from standing where is_passed)"


def _accept(guard: str) -> str:
    """The part that counts the page."""
    return f""", accepted as (
    update runs r set pages = r.pages + 1, messages = r.messages + p.messages,
           clips = r.clips + p.clips, requests = r.requests + p.requests,
           clips_added = r.clips_added + c.added, clips_by_search = r.clips_by_search + c.added,
           clips_restored = r.clips_restored + c.restored,
           search_left = coalesce(p.search_left, r.search_left), updated_at = now()
    from page p cross join change c
    where r.run_id = p.run_id and r.fence = p.fence and r.state is not distinct from 'RUNNING'
      and r.pages = p.page_number - 1 {guard}
    returning c.added, c.restored
)"""  # noqa: S608 -- constants


_ROWS = f""", author as (
    insert into authors as s ({names(AUTHOR)})
    select distinct on (author_id) {names(AUTHOR)}
    from author_found a join standing using (page) cross join accepted
    where not exists (select from authors k where k.author_id = a.author_id)
    order by author_id, page desc
    on conflict (author_id) do nothing
), message as (
    insert into messages as s ({names(MESSAGE)}, channel_id)
    select distinct on (message_id) {names(MESSAGE)}, channel_id
    from message_found join standing using (page) cross join accepted
    order by message_id, page desc
    on conflict (message_id) {on_conflict_update(_MESSAGE_UPDATE)}
), clip as (
    insert into clips as s ({names(CLIP)}, channel_id, guild_id, settings_hash, first_seen_at)
    select distinct on (clip_id) {names(CLIP)}, channel_id, guild_id, settings_hash, read_at
    from clip_found join standing using (page) cross join accepted
    order by clip_id, page desc
    on conflict (clip_id) {on_conflict_update(_CLIP_UPDATE)}
)"""  # noqa: S608 -- constants

_RESULT = """
select added, restored from accepted"""


def search_statement(*, rows: bool) -> str:
    """The statement for a page; with `rows` it holds a clip.

    The parameters are `page_columns.page_of_parts`, and with `rows` also `what_they_found`. For a
    raw cursor, as `page_statement.commit_statement`.
    """
    return _STATEMENTS[rows]


_STATEMENTS = {
    rows: numbered(
        "".join(
            (
                *(_HEAD, _CHANGES if rows else _NO_CHANGES),
                *(_accept(_IS_LET_IN if rows else ""), _ROWS if rows else "", _RESULT),
            )
        )
    )
    for rows in (False, True)
}
