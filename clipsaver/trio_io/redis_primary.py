"""The primary that sentinels watch over, on asyncio: redis-py's Sentinel client, put to use.

Runs on any asyncio loop; redis_sentinel.py brings one that runs on Trio. Each new connection asks
the sentinels where the primary is. Nothing is tried again here: whether a command may be sent twice
is known to the caller only.

Of redis-py this leans on what a pool and its connections offer to a client: `get_connection`,
`release`, `send_packed_command`, `read_response`, `disconnect`; on SentinelConnectionPool's
`get_master_address` and `master_address`; and, undocumented, on its `_get_free_connections` and
`_get_in_use_connections`, and on `release` being over without waiting. A test holds each.
"""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio.connection import ConnectionPool
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from clipsaver.config.sentinel import SentinelUrl
from clipsaver.trio_io.redis_client import CLIENT_NAME
from clipsaver.trio_io.sentinel_view import SentinelView

_NO_LIMIT = 2**31
"""Of connections: how many there are is the caller's to decide."""


class SentinelPrimary:
    """Connections to whichever server is the primary; made and used on one asyncio loop."""

    def __init__(self, url: SentinelUrl, *, timeout_s: float) -> None:
        """`timeout_s` is what finding the primary may take; what the rest may take is not ours."""
        # Two rounds through the sentinels have to fit: for the answer, and for why there is none.
        wait_s = timeout_s / (len(url.sentinels) + 2)
        fixed: dict[str, Any] = {
            "socket_connect_timeout": wait_s,
            "retry": Retry(NoBackoff(), 0),
            # Else a connection that has unread data counts as usable.
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        }
        if url.is_encrypted:
            fixed |= {"ssl": True, "ssl_cert_reqs": url.cert_reqs, "ssl_ca_certs": url.ca_certs}
        self._service = url.service
        self._sentinels = _Sentinels(  # type: ignore[no-untyped-call]
            url.sentinels,
            sentinel_kwargs={
                **fixed,
                "socket_timeout": wait_s,
                "username": url.sentinel_username,
                "password": url.sentinel_password,
            },
        )
        self._pool = _Pool(
            url.service,
            self._sentinels,
            **fixed,
            max_connections=_NO_LIMIT,
            socket_timeout=None,
            protocol=3,
            db=url.db,
            username=url.username,
            password=url.password,
            client_name=CLIENT_NAME,
            driver_info=None,
        )

    def counts(self) -> tuple[int, int, int]:
        """Connections that wait for a command, that were opened so far, and that are closed."""
        return self._pool.counts()

    async def exchange(self, packed: bytes, count: int) -> list[Any]:
        """As `exchange_over`, with the primary."""
        return await exchange_over(self._pool, packed, count)

    async def look(self) -> SentinelView:
        """Ask all sentinels."""
        return await self._sentinels.look(self._service)

    async def close(self) -> None:
        """Close all connections."""
        try:
            await self._pool.aclose()
        finally:
            await self._sentinels.aclose()


async def exchange_over(pool: ConnectionPool, packed: bytes, count: int) -> list[Any]:
    """Send commands and collect `count` raw replies; a reply that is an error is returned.

    A connection whose exchange does not end, as it is cancelled or breaks, is closed.
    """
    connection = await pool.get_connection()  # type: ignore[no-untyped-call]
    done = False
    try:
        await connection.send_packed_command(packed, check_health=False)
        replies: list[Any] = []
        while len(replies) < count:
            try:
                replies.append(await connection.read_response())
            except ResponseError as error:
                replies.append(error)
        done = not any(map(_tells_of_demotion, replies))
        return replies
    finally:
        if not done:
            await connection.disconnect(nowait=True)  # awaits nothing
        await pool.release(connection)  # nor does this, so it is not cancelled halfway


def _tells_of_demotion(reply: Any) -> bool:
    """Of a primary that becomes a replica; the next command has to find the new one."""
    return isinstance(reply, ResponseError) and str(reply).startswith("UNBLOCKED")


class _Pool(SentinelConnectionPool):
    """Connections to a server that is the primary no longer are not used again."""

    def __init__(self, service: str, sentinels: Sentinel, **kwargs: Any) -> None:
        super().__init__(service, sentinels, **kwargs)  # type: ignore[no-untyped-call]
        self._opened = 0

    def counts(self) -> tuple[int, int, int]:
        idle = sum(one.is_connected for one in self._get_free_connections())
        in_use = sum(one.is_connected for one in self._get_in_use_connections())
        return idle, self._opened, self._opened - idle - in_use

    async def get_master_address(self) -> tuple[str, int]:
        """Asked for by each connection that is opened."""
        address: tuple[str, int] = await super().get_master_address()  # type: ignore[no-untyped-call]
        self._opened += 1
        return address

    async def release(self, connection: Any) -> None:
        """Take back what was in use, perhaps while another connection found a new primary."""
        if (connection.host, connection.port) != self.master_address:
            await connection.disconnect(nowait=True)
        await super().release(connection)


class _Sentinels(Sentinel):
    """Says why there is no primary to connect to, in words that can be told apart."""

    async def discover_master(self, service_name: str) -> tuple[str, int]:
        """Raises MasterNotFoundError."""
        try:
            address: tuple[str, int] = await super().discover_master(service_name)
            return address
        except (MasterNotFoundError, ResponseError) as error:
            failed = error
        view = await self.look(service_name)
        raise MasterNotFoundError(view.obstacle or str(failed)) from failed

    async def look(self, service: str) -> SentinelView:
        """Ask all of them at once."""
        answers = await asyncio.gather(
            *(_ask(one, service) for one in self.sentinels), return_exceptions=True
        )
        failures: list[RedisError] = []
        told: list[tuple[dict[str, Any], int]] = []
        for answer in answers:
            if isinstance(answer, RedisError):
                failures.append(answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                told.append(answer)
        if not told:
            return SentinelView(
                service,
                asked=len(answers),
                answered=0,
                problems=tuple(map(str, failures)),
                obstacle=_obstacle(failures, service),
            )
        state, replicas = told[0]
        is_up = any(_is_up(each) for each, _ in told)
        return SentinelView(
            service,
            asked=len(answers),
            answered=len(told),
            primary=f"{state['ip']}:{state['port']}",
            is_up=is_up,
            replicas=replicas,
            quorum=int(state["quorum"]),
            sentinels=int(state["num-other-sentinels"]) + 1,
            problems=tuple(map(str, failures)),
            obstacle="" if is_up else f"sentinels know no primary of {service} that is up",
        )


async def _ask(sentinel: Any, service: str) -> tuple[dict[str, Any], int]:
    state = await sentinel.sentinel_master(service)
    replicas = await sentinel.sentinel_slaves(service)
    alive = [one for one in replicas if not (one["is_sdown"] or one["is_odown"])]
    return state, len(alive)


def _is_up(state: dict[str, Any]) -> bool:
    return bool(state["is_master"]) and not (state["is_sdown"] or state["is_odown"])


def _obstacle(failures: list[RedisError], service: str) -> str:
    """What all of them have to say, where none knows the service."""
    said = "; ".join(map(str, failures))
    if any(isinstance(error, AuthenticationError) for error in failures):
        return f"sentinels refuse the login: {said}"
    if any("No such master" in str(error) for error in failures):
        return f"sentinels know no service {service}"
    if any(isinstance(error, ResponseError) for error in failures):
        return f"not a sentinel: {said}"
    return f"no sentinel answers: {said}"
