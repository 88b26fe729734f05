"""Claims: pending clips that one worker makes thumbnails of, until it records a result.

A claim is a lease and a token. The lease lets others take the clip when its worker has died; the
token is what each result is recorded under, so that who lost the lease changes nothing. Any worker
may claim any clip: nothing is locked but rows, and those that another one is at are passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, sql

from clipsaver.errors import LeaseLost

DUE_SHARE = 4
"""One claim of so many is for a clip that failed before or was asked for, if there are such."""


class ClaimLost(LeaseLost):
    """Another worker has the clip, or it was deleted: nothing was recorded."""

    reason = "claim_lost"


@dataclass(frozen=True, slots=True)
class Claim:
    """One clip in one worker's hands."""

    clip_id: str
    token: int


@dataclass(frozen=True, slots=True)
class ClaimedClip:
    """A clip to make thumbnails of, as its message described it."""

    claim: Claim
    message_id: int
    channel_id: int
    guild_id: int
    source: str
    attachment_id: int | None
    filename: str
    content_type: str
    size_bytes: int | None
    width: int | None
    height: int | None
    duration_seconds: float | None
    url: str
    url_expires_at: datetime | None
    attempts: int
    """Failed ones before this."""


# The limits are literals: for a parameter the planner would assume a tenth of all that is pending.
_CLAIM = sql.SQL(
    """
with due as materialized (
    select clip_id, row_number() over (order by thumbnail_due_at) as place from (
        select clip_id, thumbnail_due_at from clips
        where thumbnail_state = 'pending' and thumbnail_due_at <= now() and deleted_at is null
          and (thumbnail_lease_until is null or thumbnail_lease_until <= now())
        order by thumbnail_due_at limit {count} for update skip locked
    ) one
), new as materialized (
    select clip_id, row_number() over (order by message_id desc) as place from (
        select clip_id, message_id from clips
        where thumbnail_state = 'pending' and thumbnail_due_at is null and deleted_at is null
          and (thumbnail_lease_until is null or thumbnail_lease_until <= now())
        order by message_id desc limit {count} for update skip locked
    ) one
), chosen as (
    select clip_id from (
        select clip_id, place, case when place <= {for_due} then 1 else 3 end as turn from due
        union all select clip_id, place, 2 from new
    ) one
    order by turn, place limit {count}
)
update clips c
set thumbnail_token = %(token)s, thumbnail_lease_until = now() + %(lease_s)s * interval '1 second'
from chosen where c.clip_id = chosen.clip_id
returning c.clip_id, c.thumbnail_token, c.message_id, c.channel_id, c.guild_id, c.source,
          c.attachment_id, c.filename, c.content_type, c.size_bytes, c.width, c.height,
          c.duration_seconds, c.url, c.url_expires_at, c.thumbnail_attempts
"""
)


def places_for_due(count: int, claimed: int) -> int:
    """How many of the next `count` claims go to clips that are due first, after `claimed` others.

    Neither kind starves: new clips have the other places, and each kind what the other leaves.
    """
    return (claimed + count) // DUE_SHARE - claimed // DUE_SHARE


async def claim_clips(
    conn: AsyncConnection[Any], *, count: int, for_due: int, token: int, lease_s: float
) -> list[ClaimedClip]:
    """Takes up to `count` pending clips: the newest of those never tried, and those that are due.

    Clips of new messages come before all that a backfill left, however much that is. `for_due` is
    from `places_for_due`; `token` is a random number of 62 bits, made for this call.
    """
    literals = {"count": sql.Literal(count), "for_due": sql.Literal(for_due)}
    found = await conn.execute(
        _CLAIM.format(**literals), {"token": token, "lease_s": lease_s}, prepare=True
    )
    claimed = [ClaimedClip(Claim(row[0], row[1]), *row[2:]) for row in await found.fetchall()]
    return sorted(claimed, key=lambda clip: clip.message_id, reverse=True)


async def renew_claims(
    conn: AsyncConnection[Any], claims: Sequence[Claim], *, lease_s: float
) -> set[str]:
    """Renews the leases; returns the clips that are still held. The others are to be let go of."""
    found = await conn.execute(
        f"""
        with {_HELD}
        update clips c set thumbnail_lease_until = now() + %(lease_s)s * interval '1 second'
        from held where c.clip_id = held.clip_id and held.deleted_at is null
        returning c.clip_id
        """,  # noqa: S608 -- a constant
        {**_arrays(claims), "lease_s": lease_s},
    )
    return {row[0] for row in await found.fetchall()}


async def hand_back_claims(conn: AsyncConnection[Any], claims: Sequence[Claim]) -> None:
    """Lets go of clips whose attempt did not end: others take them at once, no attempt is used."""
    await conn.execute(
        f"""
        with {_HELD}
        update clips c set thumbnail_lease_until = null, thumbnail_token = null
        from held where c.clip_id = held.clip_id
        """,  # noqa: S608 -- a constant
        _arrays(claims),
    )


# Rows are locked in the order in which the writers of pages lock them.
_HELD = """
held as materialized (
    select c.clip_id, c.deleted_at
    from unnest(%(clips)s::text[], %(tokens)s::bigint[]) as mine(clip_id, token)
    join clips c on c.clip_id = mine.clip_id and c.thumbnail_token = mine.token
    order by c.clip_id for update of c
)"""


def _arrays(claims: Sequence[Claim]) -> dict[str, Any]:
    return {
        "clips": [claim.clip_id for claim in claims],
        "tokens": [claim.token for claim in claims],
    }
