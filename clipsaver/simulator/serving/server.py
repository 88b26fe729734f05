"""Serves a world over HTTP on this machine."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import h11
import trio

from clipsaver.simulator.api.discord import Discord
from clipsaver.simulator.api.pages import PageShelf
from clipsaver.simulator.serving.connection import BadRequest, Connection
from clipsaver.simulator.traffic.faults import Faults
from clipsaver.simulator.traffic.limits import LimitBook, Limits
from clipsaver.simulator.traffic.statistics import Statistics
from clipsaver.simulator.world.world import World

LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")
PAGES_LIMIT_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Simulator:
    """A world that is being served."""

    base_url: str
    discord: Discord

    @property
    def api_url(self) -> str:
        """What stands for `https://discord.com/api/v10`."""
        return f"{self.base_url}/api/v10"

    @property
    def media_host(self) -> str:
        """What stands for both `cdn.discordapp.com` and `media.discordapp.net`, with its port."""
        return self.base_url.removeprefix("http://")

    @property
    def world(self) -> World:
        return self.discord.world

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def faults(self) -> Faults:
        """What goes wrong; add to it at any time."""
        return self.discord.faults

    def statistics(self) -> Statistics:
        """Counts since the start."""
        return self.discord.statistics()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a world is served."""

    limits: Limits | LimitBook | None = None
    """None: no limits. A book of one's own may keep a record of what it grants."""
    compress: bool = False
    """Whether pages go out as gzip to who accepts it."""
    pages_limit_bytes: int = PAGES_LIMIT_BYTES
    """How much of what was rendered is kept."""
    wall_clock: Callable[[], float] = time.time
    """Unix seconds: dates links. Limits run on Trio's clock."""


def assembled(world: World, faults: Faults | None, options: Options) -> Discord:
    """What answers the requests about this world."""
    return Discord(
        world=world,
        shelf=PageShelf(options.pages_limit_bytes),
        faults=Faults() if faults is None else faults,
        limits=LimitBook(options.limits) if isinstance(options.limits, Limits) else options.limits,
        compress=options.compress,
    )


async def serve_simulator(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Faults | None = None,
    options: Options | None = None,
    task_status: trio.TaskStatus[Simulator] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serves until cancelled; starts with the `Simulator`.

    `host` is a loopback address, since the simulator asks nobody who they are (ValueError).
    `port` 0 takes a free one. OSError if the address cannot be had. `faults` can be added to
    while it runs.
    """
    listeners = await _listen(host, port)
    await _serve_on(listeners, world, faults, options or Options(), task_status=task_status)


@asynccontextmanager
async def open_simulator(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    limits: Limits | LimitBook | None = None,
    faults: Faults | None = None,
    compress: bool = False,
    pages_limit_bytes: int = PAGES_LIMIT_BYTES,
    wall_clock: Callable[[], float] = time.time,
) -> AsyncIterator[Simulator]:
    """Serves a world while the block runs; see `serve_simulator` and `Options`."""
    options = Options(
        limits=limits,
        compress=compress,
        pages_limit_bytes=pages_limit_bytes,
        wall_clock=wall_clock,
    )
    # Outside the nursery, so that an address that cannot be had is no group of errors.
    listeners = await _listen(host, port)
    async with trio.open_nursery() as nursery:
        simulator: Simulator = await nursery.start(_serve_on, listeners, world, faults, options)
        yield simulator
        nursery.cancel_scope.cancel()


async def _listen(host: str, port: int) -> list[trio.SocketListener]:
    if host not in LOOPBACK_HOSTS:
        raise ValueError(f"the simulator listens on {', '.join(LOOPBACK_HOSTS)} only, not {host}")
    if not 0 <= port <= 65_535:
        raise ValueError(f"a port is a number from 0 to 65535, not {port}")
    # `localhost` may mean two addresses, and with port 0 these would get two ports.
    return await trio.open_tcp_listeners(port, host="127.0.0.1" if host == "localhost" else host)


async def _serve_on(
    listeners: list[trio.SocketListener],
    world: World,
    faults: Faults | None,
    options: Options,
    *,
    task_status: trio.TaskStatus[Simulator],
) -> None:
    bound_host, bound_port = listeners[0].socket.getsockname()[:2]
    shown_host = f"[{bound_host}]" if ":" in bound_host else bound_host
    world.base_url = f"http://{shown_host}:{bound_port}"
    discord = assembled(world, faults, options)

    async def serve(stream: trio.SocketStream) -> None:
        await _serve_connection(stream, discord, options.wall_clock)

    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, serve, listeners)
        task_status.started(Simulator(world.base_url, discord))


async def _serve_connection(
    stream: trio.SocketStream, discord: Discord, wall_clock: Callable[[], float]
) -> None:
    tally = discord.tally
    tally.connections += 1
    tally.open_connections += 1
    try:
        await Connection(stream, discord, wall_clock).serve()
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return  # they are gone: nobody is left to answer
    except (h11.RemoteProtocolError, BadRequest) as error:
        await _refuse(stream, str(error))
    finally:
        tally.open_connections -= 1


async def _refuse(stream: trio.SocketStream, why: str) -> None:
    """Answers bytes that are no request; the connection ends with it."""
    body = f"400 Bad Request: {why}\n".encode()
    head = (
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    try:
        await stream.send_all(head.encode() + body)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return
