"""Jobs that go through a whole guild, and its purges, as the database knows them."""

from __future__ import annotations

from clipsaver.database import Database, guilds
from clipsaver.scanning.standing import check_standing


async def check_guild(
    database: Database, guild_id: int, asked_at: float, *, wants_all: bool = False
) -> None:
    """Raises Purged where the guild was purged after `asked_at` (Unix seconds), and BeingPurged.

    `wants_all` is for who asks for all of it: where it was purged before, it is wanted again.
    """
    async with database.connection() as connection:
        standing = await guilds.guild_standing(connection, guild_id)
        being = standing.is_being_purged
        check_standing(f"guild {guild_id}", standing.purged_at, asked_at, is_being_purged=being)
        if wants_all and standing.is_passed_over:
            await guilds.scan_again(connection, guild_id, asked_at)
