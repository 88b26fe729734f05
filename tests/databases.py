"""Empty databases for tests that want a whole one, each for one test at a time and many in turn.

To make one takes a tenth of a second and more, a checkpoint among it; to drop the schemas that a
test made takes a few milliseconds. A database in which anything else is left is dropped.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

_OURS_FROM = 16384
"""PostgreSQL numbers what it brings itself below that."""

_SCHEMAS = f"""
    select nspname from pg_namespace where oid >= {_OURS_FROM} and nspname not like 'pg\\_%'
"""

# `public` and the settings of a database are there from the start: they have to be as they were.
_LEFT = f"""
    select (select count(*) from pg_class where oid >= {_OURS_FROM} and relkind <> 't')
        + (select count(*) from pg_proc where oid >= {_OURS_FROM})
        + (select count(*) from pg_type where oid >= {_OURS_FROM})
        + (select count(*) from pg_extension where oid >= {_OURS_FROM})
        + (select count(*) from pg_event_trigger)
        + (select count(*) from pg_default_acl)
        + (select count(*) from pg_largeobject_metadata)
        + (select count(*) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
            where d.datname = current_database()),
        (select array[xmin::text, nspacl::text] from pg_namespace where nspname = 'public'),
        (select array[xmin::text, datacl::text] from pg_database
            where datname = current_database())
"""


class Databases:
    """Those of one server; each is made when there is none to take."""

    def __init__(self, url: str, admin: psycopg.Connection[tuple[object, ...]]) -> None:
        """`url` is that of the maintenance database, to which `admin` is connected."""
        self._url = url
        self._admin = admin
        self._numbers = itertools.count(1)
        self._free: list[tuple[str, list[tuple[object, ...]]]] = []

    @contextmanager
    def taken(self) -> Iterator[str]:
        """The URL of a database that is empty, for the time of the block."""
        name, form = self._free.pop() if self._free else self._made()
        yield self._url_of(name)
        self._admin.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s",
            [name],
        )
        if self._emptied(name) == form:
            self._free.append((name, form))
        else:
            drop = sql.SQL("drop database if exists {} with (force)")
            self._admin.execute(drop.format(sql.Identifier(name)))

    def _made(self) -> tuple[str, list[tuple[object, ...]]]:
        name = f"test_{next(self._numbers)}"
        # file_copy: with fsync off it costs a fifth of the default's write-ahead log.
        make = sql.SQL("create database {} strategy file_copy template template0")
        self._admin.execute(make.format(sql.Identifier(name)))
        return name, self._emptied(name)

    def _emptied(self, name: str) -> list[tuple[object, ...]]:
        """What it is like without what tests make in schemas of their own; nothing where it
        cannot be told."""
        try:
            with psycopg.connect(self._url_of(name), autocommit=True) as connection:
                connection.execute("set default_transaction_read_only = off")
                for (schema,) in connection.execute(_SCHEMAS).fetchall():
                    drop = sql.SQL("drop schema {} cascade").format(sql.Identifier(schema))
                    connection.execute(drop)
                return connection.execute(_LEFT).fetchall()
        except psycopg.Error:  # it is gone, or lets nobody in
            return []

    def _url_of(self, name: str) -> str:
        return self._url.replace("/postgres?", f"/{name}?")
