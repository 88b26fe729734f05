"""What there is to do, what could not be done, and asking for it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, sql

from clipsaver.records import ThumbnailState

AT_ONCE = 5_000
"""Clips that one statement asks for again: their rows are locked for less than a second."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still pending, of the clips that are there."""

    due_now: int
    """Nobody is at them."""
    under_way: int
    later: int
    next_due_at: datetime | None
    """When the first of the later ones is due."""


@dataclass(frozen=True, slots=True)
class StateCount:
    """Clips that are there, of one state and one error."""

    state: ThumbnailState
    error: str | None
    clips: int


@dataclass(frozen=True, slots=True)
class ThumbnailFilter:
    """Which clips are meant; what is empty leaves none out. Deleted clips are never meant."""

    states: tuple[ThumbnailState, ...] = ()
    errors: tuple[str, ...] = ()
    """Names as in `clips.thumbnail_error`."""
    guilds: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    authors: tuple[int, ...] = ()
    made_before: datetime | None = None
    """Only those that have a picture from before then."""


TO_RETRY = (ThumbnailState.PENDING, ThumbnailState.FAILED, ThumbnailState.UNAVAILABLE)
"""The states that a retry means where none is named: there is no thumbnail."""
TO_REMAKE = (ThumbnailState.READY,)
"""And a remake, as after a change of sizes: there is one, and it is to be another."""


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What one statement asked for again."""

    clips: int
    last: str | None
    """Where the next one goes on; None = that was all."""


@dataclass(frozen=True, slots=True)
class NamedAgain:
    """What became of clips that were named, each in the order given."""

    asked: tuple[str, ...] = ()
    ready: tuple[str, ...] = ()
    """They have a thumbnail: left alone."""
    deleted: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedClip:
    """A clip and its link, for who has it signed."""

    clip_id: str
    channel_id: int
    message_id: int
    url: str
    url_expires_at: datetime | None


async def thumbnail_counts(conn: AsyncConnection[Any]) -> list[StateCount]:
    """How many clips are in which state, and why. Reads every clip: a second for a million."""
    found = await conn.execute(
        """
        select thumbnail_state, thumbnail_error, count(*) from clips where deleted_at is null
        group by thumbnail_state, thumbnail_error order by thumbnail_state, count(*) desc
        """
    )
    return [
        StateCount(ThumbnailState(state), error, clips)
        for state, error, clips in await found.fetchall()
    ]


async def backlog(conn: AsyncConnection[Any]) -> Backlog:
    """Counts what is pending; reads no clip that is not."""
    found = await conn.execute(
        """
        select count(*) filter (where is_due and not is_held), count(*) filter (where is_held),
               count(*) filter (where not is_due and not is_held),
               min(thumbnail_due_at) filter (where not is_due and not is_held)
        from (
            select thumbnail_due_at, coalesce(thumbnail_due_at <= now(), true) as is_due,
                   coalesce(thumbnail_lease_until > now(), false) as is_held
            from clips where thumbnail_state = 'pending' and deleted_at is null
        ) one
        """
    )
    row = await found.fetchone()
    assert row is not None
    return Backlog(*row)


async def is_any_due(conn: AsyncConnection[Any]) -> bool:
    """Whether a clip is due or being made: a worker that drains stays until none is."""
    found = await conn.execute(
        """
        select exists (select from clips where thumbnail_state = 'pending'
                       and thumbnail_due_at is null and deleted_at is null)
            or exists (select from clips where thumbnail_state = 'pending'
                       and thumbnail_due_at <= now() and deleted_at is null)
        """
    )
    row = await found.fetchone()
    assert row is not None
    return bool(row[0])


async def count_chosen(conn: AsyncConnection[Any], chosen: ThumbnailFilter) -> int:
    """How many clips `ask_again` would ask for in all."""
    query = sql.SQL("select count(*) from clips c where {}").format(conditions_of(chosen))
    row = await (await conn.execute(query)).fetchone()
    assert row is not None
    return int(row[0])


async def ask_again(
    conn: AsyncConnection[Any], chosen: ThumbnailFilter, *, after: str = "", limit: int = AT_ONCE
) -> AskedAgain:
    """Makes up to `limit` of the clips pending and due, in the order of their ids from `after` on.

    Their attempts count anew. Pictures that they have stay until others replace them. Clips that
    were never tried, or are due already, are left as they are. Call it until `last` is None.
    """
    query = sql.SQL(
        """
        with chosen as materialized (
            select c.clip_id from clips c where {conditions} and c.clip_id > {after}
            order by c.clip_id limit {limit} for update
        )
        update clips c set {again}, thumbnail_due_at = now() from chosen
        where c.clip_id = chosen.clip_id
        returning c.clip_id
        """
    ).format(
        conditions=conditions_of(chosen),
        after=sql.Literal(after),
        limit=sql.Literal(limit),
        again=_AGAIN,
    )
    ids = [row[0] for row in await (await conn.execute(query)).fetchall()]
    return AskedAgain(len(ids), max(ids) if len(ids) == limit else None)


async def ask_for_named(
    conn: AsyncConnection[Any], clip_ids: Sequence[str], *, with_ready: bool = False
) -> NamedAgain:
    """Makes the clips due now, whatever their backoff, before all others that are.

    One that is being made goes on, and is not made twice. Those that have a thumbnail are left
    alone, unless `with_ready` says that they are to be made anew.
    """
    query = sql.SQL(
        """
        with named as materialized (
            select clip_id, deleted_at is not null as is_deleted,
                   thumbnail_state = 'ready' and not %(with_ready)s as is_ready
            from clips where clip_id = any(%(clips)s::text[]) order by clip_id for update
        ), asked as (
            update clips c set {again}, thumbnail_due_at = least(now(), (
                    select min(thumbnail_due_at) from clips
                    where thumbnail_state = 'pending' and thumbnail_due_at is not null
                      and deleted_at is null
                )) - interval '1 microsecond'
            from named n where c.clip_id = n.clip_id and not n.is_deleted and not n.is_ready
        )
        select clip_id, case when is_deleted then 'deleted' when is_ready then 'ready'
                             else 'asked' end
        from named
        """
    ).format(again=_AGAIN)
    found = await conn.execute(query, {"clips": list(clip_ids), "with_ready": with_ready})
    return by_fate(clip_ids, dict(await found.fetchall()))


def by_fate(clip_ids: Sequence[str], fates: Mapping[str, str]) -> NamedAgain:
    """Sorted by what became of each; one without a fate is unknown."""

    def those(fate: str | None) -> tuple[str, ...]:
        return tuple(one for one in dict.fromkeys(clip_ids) if fates.get(one) == fate)

    return NamedAgain(those("asked"), those("ready"), those("deleted"), those(None))


async def read_named(conn: AsyncConnection[Any], clip_ids: Sequence[str]) -> list[NamedClip]:
    """Those of the clips that are there and have no thumbnail."""
    found = await conn.execute(
        """
        select clip_id, channel_id, message_id, url, url_expires_at from clips
        where clip_id = any(%s::text[]) and deleted_at is null and thumbnail_state <> 'ready'
        order by clip_id
        """,
        [list(clip_ids)],
    )
    return [NamedClip(*row) for row in await found.fetchall()]


async def not_tried_yet(conn: AsyncConnection[Any], clip_ids: Sequence[str]) -> list[str]:
    """Those of the clips that are due or being made, still."""
    found = await conn.execute(
        """
        select clip_id from clips
        where clip_id = any(%s::text[]) and thumbnail_state = 'pending' and deleted_at is null
          and (thumbnail_due_at is null or thumbnail_due_at <= now())
        """,
        [list(clip_ids)],
    )
    return [row[0] for row in await found.fetchall()]


_AGAIN = sql.SQL("thumbnail_state = 'pending', thumbnail_attempts = 0, updated_at = now()")
_EQUALS = {"guilds": "guild_id", "channels": "channel_id", "authors": "author_id"}


def conditions_of(chosen: ThumbnailFilter) -> sql.Composable:
    """Of a clip `c`, as literals: each filter has a plan of its own."""
    conditions: list[sql.Composable] = [
        sql.SQL("c.deleted_at is null"),
        sql.SQL("(c.thumbnail_state <> 'pending' or c.thumbnail_due_at > now())"),
    ]
    among = {
        "thumbnail_state": [state.value for state in chosen.states],
        "thumbnail_error": list(chosen.errors),
        **{column: list(getattr(chosen, name)) for name, column in _EQUALS.items()},
    }
    conditions += [
        sql.SQL("c.{} in ({})").format(
            sql.Identifier(column), sql.SQL(", ").join(sql.Literal(value) for value in values)
        )
        for column, values in among.items()
        if values
    ]
    if chosen.made_before is not None:
        conditions.append(
            sql.SQL(
                "exists (select from thumbnails t where t.clip_id = c.clip_id "
                "and t.created_at < {})"
            ).format(sql.Literal(chosen.made_before))
        )
    return sql.SQL(" and ").join(conditions)
