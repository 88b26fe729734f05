"""Migrated schemas for tests to work in, each for one test at a time and for many in turn.

A schema takes 80 ms of a processor to make and to drop, and some thousand tests want one; to take
out what a test has put in takes 3 ms. A schema in which a test has left more than rows is dropped:
another table, trigger or right, what ANALYZE has counted, or so many pages that a plan could come
to depend on what was there before.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from clipsaver.database.migrations import migrate

_FEW_PAGES = 10
"""The planner takes a table that nobody has analyzed for one of so many, if it has fewer."""

_TABLES = "select relname from pg_class where relnamespace = %(schema)s::regnamespace "
_OTHERS = _TABLES + "and relkind = 'r' and relname <> 'schema_migrations'"
_LARGE = f"""
    {_TABLES} and relkind = 'r' and pg_relation_size(oid) > {_FEW_PAGES} * 8192 limit 1
"""

# Every change of a catalogue's row makes another row, of another transaction; only what ANALYZE
# and VACUUM count is written into the one that is there.
_FORM = """
    with of as (
        select oid, xmin, reltuples from pg_class where relnamespace = %(schema)s::regnamespace
    ), form as (
        select 'class', oid, concat(xmin, ' ', reltuples) as it from of
        union all select 'column', attrelid, string_agg(xmin::text, ' ' order by attnum)
            from pg_attribute where attrelid in (select oid from of) group by attrelid
        union all select 'default', oid, xmin::text
            from pg_attrdef where adrelid in (select oid from of)
        union all select 'constraint', oid, xmin::text
            from pg_constraint where connamespace = %(schema)s::regnamespace
        union all select 'index', indexrelid, xmin::text
            from pg_index where indrelid in (select oid from of)
        union all select 'trigger', oid, xmin::text
            from pg_trigger where tgrelid in (select oid from of) and not tgisinternal
        union all select 'rule', oid, xmin::text
            from pg_rewrite where ev_class in (select oid from of)
        union all select 'function', oid, xmin::text
            from pg_proc where pronamespace = %(schema)s::regnamespace
        union all select 'type', oid, xmin::text
            from pg_type where typnamespace = %(schema)s::regnamespace
        union all select 'schema', oid, xmin::text
            from pg_namespace where oid = %(schema)s::regnamespace
    )
    select md5(string_agg(form::text, ' ' order by form)) from form
"""


@dataclass(frozen=True, slots=True)
class _Room:
    schema: str
    form: tuple[object, ...]
    """What it was like when it was made."""
    emptying: sql.Composed


class Rooms:
    """The schemas of one server; each is made when there is none to take."""

    def __init__(self, url: str, admin: psycopg.Connection[tuple[object, ...]]) -> None:
        """`admin` is a connection of the same user that commits by itself."""
        self._url = url
        self._admin = admin
        self._numbers = itertools.count(1)
        self._free: list[_Room] = []

    @contextmanager
    def taken(self) -> Iterator[str]:
        """The name of a migrated schema without a row, for the time of the block.

        A block that fails may leave it in any state, and locked: nobody gets that one again.
        """
        room = self._free.pop() if self._free else self._made()
        yield room.schema
        if self._is_as_it_was(room):
            self._free.append(room)
        else:
            name = sql.Identifier(room.schema)
            self._admin.execute(sql.SQL("drop schema if exists {} cascade").format(name))

    def _made(self) -> _Room:
        schema = f"room_{next(self._numbers)}"
        # In a thread, since a test may be in the middle of a loop of its own.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _migrate(self._url, schema)).result()
        tables = [name for (name,) in self._rows(_OTHERS, schema)]
        deletes = [
            sql.SQL("delete from {}").format(sql.Identifier(schema, str(name))) for name in tables
        ]
        # As a replica, which does not look for rows that refer to what it deletes.
        first = sql.SQL("set local session_replication_role = replica")
        return _Room(schema, self._form(schema), sql.SQL("; ").join([first, *deletes]))

    def _is_as_it_was(self, room: _Room) -> bool:
        exists = self._rows("select to_regnamespace(%(schema)s) is not null", room.schema)
        if exists != [(True,)] or self._form(room.schema) != room.form:
            return False
        if self._rows(_LARGE, room.schema):
            return False
        with self._admin.transaction():
            self._admin.execute("set local lock_timeout = '5s'")
            self._admin.execute(room.emptying)
            self._rows(
                "select setval(format('%%I.%%I', schemaname, sequencename)::regclass, start_value, "
                "false) from pg_sequences where schemaname = %(schema)s",
                room.schema,
            )
        return True

    def _form(self, schema: str) -> tuple[object, ...]:
        name = sql.Identifier(schema, "schema_migrations")
        query = sql.SQL("select array_agg(it::text order by version) from {} it").format(name)
        return (*self._rows(_FORM, schema), *self._admin.execute(query).fetchall())

    def _rows(self, query: str, schema: str) -> list[tuple[object, ...]]:
        return self._admin.execute(query, {"schema": schema}).fetchall()


async def _migrate(url: str, schema: str) -> None:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await migrate(connection, schema)
