"""The statement that commits a group of pages: one transaction and one round trip.

First the channels are locked against a purge and the runs updated where fence, epoch and page
number match; what those pages found is then written, and what came with the others is dropped.
Whether a page is in is decided by the database alone, in the statement that writes it.

All parts see the tables as they were before, so a row may be written by one part only: pages that
mark clips of a channel deleted, or replace its coverage, share no group with another page of it
(see `writers`).
"""

from __future__ import annotations

from clipsaver.database.arrays import Column
from clipsaver.database.page_columns import AUTHOR, CLIP, DEPARTURE, MARK, MESSAGE, PAGE


def unnest(columns: dict[str, type[Column]]) -> str:
    """The call that makes rows of the columns, which are parameters."""
    return f"unnest({', '.join(['?'] * len(columns))})"


def names(columns: dict[str, type[Column]], *, without: str = "page") -> str:
    """The columns' names as a list; a page's place in its group is in no table."""
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


def _stays_deleted(read_at: str) -> str:
    """Whether a clip was found to be gone at Discord after it was read here.

    What is deleted there never comes back, so this page is only late: it waited for its commit.
    """
    return f"(s.deleted_reason in ('message', 'attachment') and s.deleted_at > {read_at})"


def _was_known(read_at: str) -> str:
    """Whether a clip was there to be missed: an edit can add one after a page was read."""
    return f"s.first_seen_at <= {read_at}"


def _there_again(column: str) -> str:
    """Null, since what was read is there, unless later evidence says otherwise."""
    return f"case when {_stays_deleted('excluded.first_seen_at')} then s.{column} end"


def on_conflict_update(expressions: dict[str, str]) -> str:
    """The `on conflict` action that leaves rows alone which would not change."""
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
    **{name: _there_again(name) for name in ("deleted_at", "deleted_reason")},
}

_HEAD = f"""
with page as materialized (
    select * from {unnest(PAGE)} with ordinality as p({names(PAGE)}, page)
), held as materialized (
    select channel_id, epoch from channels where channel_id in (select channel_id from page)
    order by channel_id for share
)"""  # noqa: S608 -- constants


def _wanted(row: str) -> str:
    """Of what was found, that which is not of somebody who is not to be stored."""
    same = f"(b.page, b.author_id) = ({row}.page, {row}.author_id)"
    return f"not exists (select from barred b where {same})"


# The list is asked for one mark at a time: a join would be planned once, while it is short.
FOUND = f""", barred as materialized (
    select m.page, m.author_id from {unnest(MARK)} as m({", ".join(MARK)})
    cross join lateral (select from opt_outs o where o.mark = m.mark limit 1) one
), another_key as materialized (
    select from opt_out_key where only_one and fingerprint <> all (?)
), author_found as materialized (
    select * from {unnest(AUTHOR)} as a({", ".join(AUTHOR)}) where {_wanted("a")}
), message_found as materialized (
    select * from {unnest(MESSAGE)} as m({", ".join(MESSAGE)}) where {_wanted("m")}
), clip_found as materialized (
    select * from {unnest(CLIP)} as c({", ".join(CLIP)}) where {_wanted("c")}
)"""  # noqa: S608 -- constants
"""The rows of `page_columns.what_they_found`, but for people who opted out."""
KEY_IS_KNOWN = "not exists (select from another_key)"
"""Else the marks say nothing of who is on the list."""

# What changes is counted before it does. Of a clip that two pages of a group find at once, both
# count it; that happens where two runs read the same messages at the same moment.
# `=` on a channel or a state would tempt the planner, on young tables, to read the index of the
# channel's clips or of all running runs for each group.
_CHANGES = f"""{FOUND}, departure as materialized (
    select * from {unnest(DEPARTURE)} as d({", ".join(DEPARTURE)})
), change as materialized (
    select page, count(*) filter (where is_new) as added,
           count(*) filter (where is_back) as restored,
           count(*) filter (where is_gone) as deleted
    from (
        select page, s.clip_id is null as is_new,
               s.deleted_at is not null and not {_stays_deleted("p.read_at")} as is_back,
               false as is_gone
        from clip_found join page p using (page) left join clips s using (clip_id)
        union all
        select page, false, false, s.deleted_at is null and {_was_known("p.read_at")}
        from departure join page p using (page)
        join clips s on s.clip_id = departure.clip_id
                        and s.channel_id is not distinct from p.channel_id
    ) as one
    group by page
)"""  # noqa: S608 -- constants

_NO_CHANGES = """, change as (
    select null::bigint as page, 0::bigint as added, 0::bigint as restored, 0::bigint as deleted
    where false
)"""


def _accept(guard: str) -> str:
    """The part that takes pages in and counts them."""
    return f""", accepted as (
    update runs r set pages = r.pages + 1, messages = r.messages + p.messages,
           clips = r.clips + p.clips, requests = r.requests + p.requests,
           clips_added = r.clips_added + coalesce(c.added, 0),
           clips_restored = r.clips_restored + coalesce(c.restored, 0),
           clips_deleted = r.clips_deleted + coalesce(c.deleted, 0),
           remaining = r.remaining - p.read::int8multirange, updated_at = now()
    from page p join held h on (h.channel_id, h.epoch) = (p.channel_id, p.epoch)
         left join change c using (page)
    where r.run_id = p.run_id and r.fence = p.fence and r.state is not distinct from 'RUNNING'
      and r.pages = p.page_number - 1 {guard}
    returning p.page, p.guild_id, p.channel_id, p.settings_hash, p.covered::int8multirange,
              p.read_at, p.replaces, c.added, c.restored, c.deleted
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


_REPLACED = """, replaced as (
    update scan_coverage s set covered = s.covered - a.covered, updated_at = now()
    from accepted a
    where a.replaces and s.channel_id = a.channel_id and s.settings_hash <> a.settings_hash
      and s.covered && a.covered and not s.covered <@ a.covered
), emptied as (
    delete from scan_coverage s using accepted a
    where a.replaces and s.channel_id = a.channel_id and s.settings_hash <> a.settings_hash
      and s.covered <@ a.covered
)"""

# An author who is known and unchanged is not touched: `on conflict` would lock the row, and
# writers would wait for each other at everybody who posts in many channels.
_ROWS = f""", author as (
    insert into authors as s ({names(AUTHOR)})
    select distinct on (author_id) {names(AUTHOR)}
    from author_found a join accepted using (page)
    where not exists (
        select from authors k where k.author_id = a.author_id
        and (k.username, k.global_name, k.avatar, k.is_bot)
            is not distinct from (a.username, a.global_name, a.avatar, a.is_bot))
    order by author_id, page desc
    on conflict (author_id) {on_conflict_update(_AUTHOR_UPDATE)}
), message as (
    insert into messages as s ({names(MESSAGE)}, channel_id)
    select distinct on (message_id) {names(MESSAGE)}, channel_id
    from message_found join accepted using (page)
    order by message_id, page desc
    on conflict (message_id) {on_conflict_update(_MESSAGE_UPDATE)}
), clip as (
    insert into clips as s ({names(CLIP)}, channel_id, guild_id, settings_hash, first_seen_at)
    select distinct on (clip_id) {names(CLIP)}, channel_id, guild_id, settings_hash, read_at
    from clip_found join accepted using (page)
    order by clip_id, page desc
    on conflict (clip_id) {on_conflict_update(_CLIP_UPDATE)}
), gone as (
    update clips s set deleted_at = a.read_at, deleted_reason = d.reason, updated_at = now()
    from departure d join accepted a using (page)
    where s.clip_id = d.clip_id and s.channel_id is not distinct from a.channel_id
      and s.deleted_at is null and {_was_known("a.read_at")}
)"""  # noqa: S608 -- constants

_RESULT = """
select page, coalesce(added, 0), coalesce(restored, 0), coalesce(deleted, 0) from accepted"""


def commit_statement(*, rows: bool, replaces: bool) -> str:
    """The statement for a group; most pages hold no clip, and what is not needed is not planned.

    With `rows` the parameters are `page_columns.pages_alone`, `what_they_found` and
    `what_they_missed`, else only the first; `replaces` is for groups with a page that replaces
    coverage. For a raw cursor: its placeholders are PostgreSQL's, `$1` and so on.
    """
    return _STATEMENTS[rows, replaces]


def numbered(statement: str) -> str:
    """With PostgreSQL's own placeholders.

    In a statement of more than 4 KB psycopg looks for its own anew each time, which would be a
    noticeable part of the work for a page.
    """
    first, *rest = statement.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))


_STATEMENTS = {
    (rows, replaces): numbered(
        "".join(
            (
                *(_HEAD, _CHANGES if rows else _NO_CHANGES),
                _accept(f"and {KEY_IS_KNOWN}" if rows else ""),
                *(_REPLACED if replaces else "", _ROWS if rows else "", _RESULT),
            )
        )
    )
    for rows in (False, True)
    for replaces in (False, True)
}
