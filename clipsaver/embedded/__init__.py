"""Real PostgreSQL and Valkey servers that need no administrator.

`database.url` and `redis.url` are "embedded" by default: the servers come from wheels, keep their
data in `data_dir`, listen on unix sockets only, and run in sessions of their own, shared by all
processes that use the same `data_dir`.

    async with open_servers(data_dir, postgres=True, valkey=True) as servers:
        await nursery.start(servers.keep_running)
        ... servers.database_url, servers.redis_url ...
"""

from clipsaver.embedded.servers import Servers, open_servers, open_servers_blocking

__all__ = ["Servers", "open_servers", "open_servers_blocking"]
