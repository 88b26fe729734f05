"""A purge of a guild in a process of its own, as `clipsaver purge guild` asks for it.

python -m benchmarks.purger GUILD FOLDER HOW

HOW is `ask`, as the command does, which begins anew with a purge of that guild that is under way,
or `resume`, as workers do. Says `ready` once it is connected, before anything else, and at the end
the stage that it came to. The database is that of DATABASE_URL; pictures are in FOLDER.
"""

from __future__ import annotations

import os
import random
import sys
from functools import partial

import trio

from benchmarks.queries import SCHEMA
from clipsaver.database import open_database
from clipsaver.database.purging.purges import ask_purge, list_purges
from clipsaver.purging.driving import carry_out
from clipsaver.records import Purge, PurgeScope, PurgeTarget
from clipsaver.thumbnails.storage import open_storage


async def never(_: Purge) -> bool:
    """Whether to pause."""
    return False


async def main(guild: int, pictures: str, how: str) -> None:
    """Carries it out."""
    async with open_database(os.environ["DATABASE_URL"], schema=SCHEMA, pool_size=2) as database:
        await database.wait_until_ready()
        print("ready", flush=True)
        target = PurgeTarget(PurgeScope.GUILD, guild_id=guild)
        async with database.connection() as connection:
            if how == "ask":
                purge = await ask_purge(connection, target, asked_by="command")
            else:
                (purge,) = await list_purges(connection, limit=1)
        purge = await carry_out(
            database,
            partial(open_storage, pictures),
            purge,
            driver=f"purger-{os.getpid()}",
            dice=random.random,
            after_step=never,
        )
        print(purge.stage, purge.error or "", flush=True)


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]), *sys.argv[2:])
