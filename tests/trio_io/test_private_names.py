"""What the adapters lean on in psycopg and redis-py without being promised it.

Where one of these fails after an upgrade, read the library's change before pinning it anew: the
adapters count on the signature, on what it awaits and on what it returns.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import psycopg
import psycopg.conninfo
import psycopg.errors
import psycopg.waiting
import pytest
import redis.asyncio.connection
import redis.client
from psycopg.adapt import AdaptersMap
from redis._parsers.base import BaseParser
from redis._parsers.encoders import Encoder
from redis._parsers.response_callbacks import get_response_callbacks
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.commands import AsyncCoreCommands

from clipsaver.trio_io.postgres_connection import TrioConnection, TrioTransaction
from clipsaver.trio_io.redis import TrioRedis
from clipsaver.trio_io.redis_replies import CommandsInBytes, TrioPipeline

Connection = psycopg.AsyncConnection
Pool = SentinelConnectionPool

SIGNATURES: list[tuple[Callable[..., Any], str]] = [
    (Connection.wait, "self, gen, interval, timeout"),
    (Connection.cancel_safe, "self, timeout"),
    (Connection._try_cancel, "self, timeout"),
    (Connection._cancel_gen, "self"),
    (Connection._connect_gen, "conninfo"),
    (Connection.transaction, "self, savepoint_name, force_rollback"),
    (
        Connection.connect,
        "conninfo, autocommit, prepare_threshold, context, row_factory, cursor_factory, kwargs",
    ),
    (Connection.close, "self"),
    (psycopg.AsyncTransaction.__aexit__, "self, exc_type, exc_val, exc_tb"),
    (psycopg.conninfo.conninfo_attempts, "params"),
    (psycopg.conninfo.timeout_from_conninfo, "params"),
    (redis.asyncio.connection.parse_url, "url"),
    (BaseParser.parse_error, "response"),
    (Encoder, "encoding, encoding_errors, decode_responses"),
    (get_response_callbacks, "user_protocol, legacy_responses"),
    (redis.asyncio.Redis.execute_command, "self, args, options"),
    (redis.asyncio.client.Pipeline.execute, "self, raise_on_error"),
    (Pool.get_connection, "self, command_name, keys, options"),
    (Pool.get_master_address, "self"),
    (Pool.release, "self, connection"),
    (Pool._get_free_connections, "self"),
    (Pool._get_in_use_connections, "self"),
    (Sentinel.discover_master, "self, service_name"),
    (AbstractConnection.send_packed_command, "self, command, check_health"),
    (
        AbstractConnection.read_response,
        "self, disable_decoding, timeout, disconnect_on_error, push_request",
    ),
    (AbstractConnection.disconnect, "self, nowait, error, failure_count, health_check_failed"),
]


@pytest.mark.parametrize(
    ("name", "expected"), SIGNATURES, ids=lambda it: getattr(it, "__qualname__", None)
)
def test_signatures(name: Callable[..., Any], expected: str) -> None:
    assert ", ".join(inspect.signature(name).parameters) == expected


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (TrioConnection.wait, Connection.wait),
        (TrioConnection.cancel_safe, Connection.cancel_safe),
        (TrioConnection.connect, Connection.connect),
        (TrioConnection.transaction, Connection.transaction),
        (TrioConnection._try_cancel, Connection._try_cancel),
        (TrioTransaction.__aexit__, psycopg.AsyncTransaction.__aexit__),
        (TrioRedis.execute_command, redis.asyncio.Redis.execute_command),
        (TrioPipeline.execute, redis.asyncio.client.Pipeline.execute),
    ],
    ids=lambda it: it.__qualname__,
)
def test_overridden_methods_take_the_same(
    ours: Callable[..., Any], theirs: Callable[..., Any]
) -> None:
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)


def test_psycopg_values() -> None:
    assert issubclass(psycopg.errors._WaitTimeout, psycopg.OperationalError)
    assert [int(flag) for flag in psycopg.waiting.Wait] == [1, 2, 3]
    assert (psycopg.waiting.Ready.NONE, psycopg.waiting.Ready.R, psycopg.waiting.Ready.W) == (
        0,
        psycopg.waiting.Wait.R,
        psycopg.waiting.Wait.W,
    )
    assert "_adapters" in inspect.getsource(Connection.connect)
    assert isinstance(psycopg.adapters, AdaptersMap)


def test_psycopg_waits_only_where_it_is_replaced() -> None:
    """Event-loop calls elsewhere in the connection would run on no loop at all."""
    replaced = {"__init__", "connect", "cancel_safe", "wait"}
    for name, member in inspect.getmembers(Connection, inspect.isfunction):
        if member.__module__ == Connection.__module__ and name not in replaced:
            source = inspect.getsource(member)
            assert "asyncio." not in source, name
            assert "waiting." not in source, name


def test_redis_py_asks_nothing_else_of_its_client() -> None:
    assert (redis.client.EMPTY_RESPONSE, redis.client.NEVER_DECODE) == (
        "EMPTY_RESPONSE",
        "NEVER_DECODE",
    )
    used = {
        name
        for name in (
            "connection_pool",
            "get_encoder",
            "get_connection_kwargs",
            "response_callbacks",
        )
        if f"self.{name}" in inspect.getsource(inspect.getmodule(AsyncCoreCommands))  # type: ignore[arg-type]
    }
    assert used <= {"get_encoder", "get_connection_kwargs"}
    assert not CommandsInBytes.__abstractmethods__
