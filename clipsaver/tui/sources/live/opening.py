"""Opens what the terminal UI stands on, as the configuration says."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from clipsaver.config import EMBEDDED, Config, egress_of, storage_of
from clipsaver.masking import mask
from clipsaver.operating.rules import rules_of
from clipsaver.queue.link import Link
from clipsaver.queue.names import Names
from clipsaver.thumbnails.storage.access import access_of
from clipsaver.tui.sources.live.asking import open_desk
from clipsaver.tui.sources.live.looking import LiveSource
from clipsaver.tui.sources.live.operating import LiveOperator
from clipsaver.tui.sources.live.pictures import Pictures
from clipsaver.tui.sources.live.redis import open_asyncio_redis
from clipsaver.tui.sources.live.servers import hold_servers
from clipsaver.tui.sources.live.tables import Tables

_REDIS_S = 1.5
"""A look at a Redis that hangs is over after that."""
_LOOK_S = 2.0
"""What one statement of a look may take in the database."""
_ACT_S = 10.0
"""And one of what a person asks for."""


@asynccontextmanager
async def open_live(
    config: Config, *, config_name: str = ""
) -> AsyncIterator[tuple[LiveSource, LiveOperator]]:
    """Both for the time of the block; nothing is asked of a server yet.

    Starts the embedded servers that are configured, or joins those that run; raises
    EmbeddedServerError where one cannot be started. `config_name` is where the configuration comes
    from, for a person. On asyncio.
    """
    redis_url, database_url = str(config.redis.url), str(config.database.url)
    async with hold_servers(
        config.data_dir, redis=redis_url == EMBEDDED, database=database_url == EMBEDDED
    ) as servers:
        redis_url = servers.redis or redis_url
        database_url = servers.database or database_url
        schema = config.database.schema
        with (
            closing(Tables(database_url, schema, statement_s=_LOOK_S)) as looked_at,
            closing(Tables(database_url, schema, statement_s=_ACT_S)) as acted_on,
        ):
            async with (
                open_asyncio_redis(redis_url, timeout_s=_REDIS_S) as redis,
                open_desk(looked_at) as desk,
            ):
                names = Names(stream=config.redis.stream, group=config.redis.group)
                link = Link(redis, names, server=mask(redis_url))
                source = LiveSource(
                    link,
                    desk,
                    Pictures(storage_of(config), access_of(config.s3)),
                    rules=rules_of(config),
                    token=str(config.discord.token),
                    egress=egress_of(config, host=socket.gethostname()),
                    config_name=config_name,
                )
                yield source, LiveOperator(link, acted_on, rules_of(config))
