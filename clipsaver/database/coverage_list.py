"""All that is on record of what was read where, for people who look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.channels import Access
from clipsaver.database.multirange import from_multirange
from clipsaver.ranges import RangeSet


@dataclass(frozen=True, slots=True)
class ListedChannel:
    """A channel or thread on record; names are strangers' text."""

    channel_id: int
    guild_id: int
    guild_name: str | None
    parent_id: int | None
    name: str | None
    type: int
    """Discord's channel type."""
    last_message_id: int | None
    """The newest that Discord named; None = nothing was ever posted, as far as is known."""
    access: Access
    access_error: str | None
    """Name of the error behind a denial."""


@dataclass(frozen=True, slots=True)
class ListedCoverage:
    """What was read of a channel in one way."""

    channel_id: int
    settings_hash: str
    covered: RangeSet
    updated_at: datetime
    """When it last grew."""


async def listed_channels(conn: AsyncConnection[Any]) -> list[ListedChannel]:
    """All channels and threads on record, of whatever type."""
    found = await conn.execute(
        """
        select channel_id, guild_id, g.name, parent_id, c.name, type, last_message_id,
               access, access_error
        from channels c left join guilds g using (guild_id)
        order by guild_id, channel_id
        """
    )
    return [
        ListedChannel(
            channel_id, guild_id, guild_name, parent_id, name, kind, last, Access(access), error
        )
        for channel_id, guild_id, guild_name, parent_id, name, kind, last, access, error in (
            await found.fetchall()
        )
    ]


async def listed_coverages(
    conn: AsyncConnection[Any], channel_ids: Sequence[int]
) -> list[ListedCoverage]:
    """Every way in which something was read of these channels."""
    found = await conn.execute(
        """
        select channel_id, settings_hash, covered, updated_at from scan_coverage
        where channel_id = any(%s::bigint[]) and not isempty(covered)
        order by channel_id, settings_hash
        """,
        [list(channel_ids)],
    )
    return [
        ListedCoverage(channel_id, name, from_multirange(covered), at)
        for channel_id, name, covered, at in await found.fetchall()
    ]


async def messages_read(conn: AsyncConnection[Any], channel_ids: Sequence[int]) -> dict[int, int]:
    """How many messages of each of these channels were read by batch jobs that are on record."""
    found = await conn.execute(
        """
        select channel_id, sum(messages)::bigint from runs
        where type = 'batch' and channel_id = any(%s::bigint[])
        group by channel_id
        """,
        [list(channel_ids)],
    )
    return dict(await found.fetchall())


async def settings_used(conn: AsyncConnection[Any]) -> list[str]:
    """The different `settings` of the jobs on record that read channels, as JSON."""
    found = await conn.execute(
        """
        select distinct (job -> 'settings')::text from runs
        where type in ('batch', 'rescan', 'message') and job ? 'settings'
        order by 1
        """
    )
    return [row[0] for row in await found.fetchall()]
