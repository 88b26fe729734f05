"""The libraries' own APIs on Trio: redis-py's commands, psycopg's connections, httpx's transport.

Each adapter replaces only what waits. Commands, SQL, adaptation, reply parsing and errors stay the
libraries' own, so code written over them runs on asyncio with the libraries' own clients as well.
Linux and macOS (both have `select.poll`); Windows is not supported.
"""
