"""What clipsaver keeps, in PostgreSQL: migrations, runs and their fences, coverage, clips, writers.

Everything but `connections`, `outage` and `writers` is plain `async def` over psycopg's
`AsyncConnection` methods and runs on Trio and on asyncio alike: who calls brings the connection.
Table names are unqualified; `conninfo.with_schema` puts the schema on the connection's search path.
"""
