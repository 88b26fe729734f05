"""Columns of values as PostgreSQL's binary arrays, for `unnest(%b, ...)`.

psycopg dumps a list by looking at its items, so the parameter's type changes with the values (int2,
int4 or int8; text if all are null) and each mix of types is another statement to prepare. These
columns have one type each. A value that cannot be stored is a psycopg.DataError, as it would be on
the server. Wire format: PostgreSQL, src/backend/utils/adt/arrayfuncs.c, array_recv.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

from clipsaver.database.text import storable_bytes

_NULL = struct.pack("!i", -1)
_HEAD = struct.Struct("!iiIii").pack  # dimensions, has nulls, element type; length, lower bound
_LENGTH = struct.Struct("!i").pack
_INT8 = struct.Struct("!iq").pack
_FLOAT8 = struct.Struct("!id").pack
_TRUE, _FALSE = b"\0\0\0\1\1", b"\0\0\0\1\0"
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Column(list[Any]):
    """A list of values, None for null, that is sent as an array of one fixed type."""

    element_oid: ClassVar[int]
    array_oid: ClassVar[int]

    @staticmethod
    def element(value: Any) -> bytes:
        """One value with its length before it."""
        raise NotImplementedError

    def to_bytes(self) -> bytes:
        """The whole array as sent."""
        try:
            body = b"".join([_NULL if v is None else self.element(v) for v in self])
        except (struct.error, OverflowError) as error:
            raise psycopg.DataError(f"a value is out of range: {error}") from error
        head = _HEAD(1, None in self, self.element_oid, len(self), 1)
        return head + body


class BigInts(Column):
    """bigint[]"""

    element_oid, array_oid = 20, 1016

    @staticmethod
    def element(value: int) -> bytes:
        return _INT8(8, value)


class Floats(Column):
    """double precision[]"""

    element_oid, array_oid = 701, 1022

    @staticmethod
    def element(value: float) -> bytes:
        return _FLOAT8(8, value)


class Booleans(Column):
    """boolean[]"""

    element_oid, array_oid = 16, 1000

    @staticmethod
    def element(value: bool) -> bytes:  # noqa: FBT001 -- the value is the datum, not a switch
        return _TRUE if value else _FALSE


class Texts(Column):
    """text[], with what PostgreSQL cannot store taken out of each text."""

    element_oid, array_oid = 25, 1009

    @staticmethod
    def element(value: str) -> bytes:
        encoded = storable_bytes(value)
        return _LENGTH(len(encoded)) + encoded


class Times(Column):
    """timestamptz[]; sent as microseconds since 2000."""

    element_oid, array_oid = 1184, 1185

    @staticmethod
    def element(value: datetime) -> bytes:
        return _INT8(8, (value - _POSTGRES_EPOCH) // _MICROSECOND)


class _ColumnDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Column) -> bytes:
        return obj.to_bytes()


def columns(kinds: Mapping[str, type[Column]], rows: Sequence[tuple[Any, ...]]) -> list[Column]:
    """Rows of values as columns of these kinds, in their order."""
    if not rows:
        return [kind() for kind in kinds.values()]
    return [
        kind(values) for kind, values in zip(kinds.values(), zip(*rows, strict=True), strict=True)
    ]


def register(connection: psycopg.AsyncConnection[Any]) -> None:
    """Teaches the connection to send columns."""
    for kind in (BigInts, Floats, Booleans, Texts, Times):
        dumper = type(f"{kind.__name__}Dumper", (_ColumnDumper,), {"oid": kind.array_oid})
        connection.adapters.register_dumper(kind, dumper)
