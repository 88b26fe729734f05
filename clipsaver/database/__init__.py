"""What clipsaver keeps, in PostgreSQL: migrations, runs and their fences, coverage, clips, writers.

Everything but `connections` and `writers` is plain `async def` over psycopg's
`AsyncConnection` methods and runs on Trio and on asyncio alike: who calls brings the connection.
Table names are unqualified; `conninfo.with_schema` puts the schema on the connection's search path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clipsaver.database.connections import Database, open_database
    from clipsaver.database.writers import PageWriters

__all__ = ["Database", "PageWriters", "open_database"]


def __getattr__(name: str) -> Any:
    """What runs on Trio is imported when asked for: readers on asyncio never need it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from clipsaver.database import connections, writers

    return getattr(writers if name == "PageWriters" else connections, name)
