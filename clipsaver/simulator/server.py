"""Serves a world over HTTP on this machine."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import h11
import trio

from clipsaver.simulator.connection import BadRequest, Connection
from clipsaver.simulator.discord import Discord
from clipsaver.simulator.faults import Faults
from clipsaver.simulator.limits import LimitBook, Limits
from clipsaver.simulator.pages import PageShelf
from clipsaver.simulator.statistics import Statistics
from clipsaver.simulator.world import World

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


async def serve_simulator(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    limits: Limits | None = None,
    faults: Faults | None = None,
    compress: bool = False,
    pages_limit_bytes: int = PAGES_LIMIT_BYTES,
    wall_clock: Callable[[], float] = time.time,
    task_status: trio.TaskStatus[Simulator] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serves until cancelled; starts with the `Simulator`.

    `host` is a loopback address, since the simulator asks nobody who they are (ValueError).
    `port` 0 takes a free one. OSError if the address cannot be had. Without `limits` there are
    none; `faults` can be added to while it runs. `compress` gives pages as gzip to who accepts it.
    `wall_clock` (Unix seconds) dates links; limits run on Trio's clock.
    """
    if host not in LOOPBACK_HOSTS:
        raise ValueError(f"the simulator listens on {', '.join(LOOPBACK_HOSTS)} only, not {host}")
    listeners = await trio.open_tcp_listeners(port, host=host)
    bound_port = listeners[0].socket.getsockname()[1]
    shown_host = f"[{host}]" if ":" in host else host
    world.base_url = f"http://{shown_host}:{bound_port}"
    discord = Discord(
        world=world,
        shelf=PageShelf(pages_limit_bytes),
        faults=Faults() if faults is None else faults,
        limits=None if limits is None else LimitBook(limits),
        compress=compress,
    )
    simulator = Simulator(world.base_url, discord)

    async def serve(stream: trio.SocketStream) -> None:
        await _serve_connection(stream, discord, wall_clock)

    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, serve, listeners)
        task_status.started(simulator)


@asynccontextmanager
async def open_simulator(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    limits: Limits | None = None,
    faults: Faults | None = None,
    compress: bool = False,
    pages_limit_bytes: int = PAGES_LIMIT_BYTES,
    wall_clock: Callable[[], float] = time.time,
) -> AsyncIterator[Simulator]:
    """Serves a world while the block runs; see `serve_simulator`."""
    async with trio.open_nursery() as nursery:
        serve = partial(
            serve_simulator,
            world,
            host=host,
            port=port,
            limits=limits,
            faults=faults,
            compress=compress,
            pages_limit_bytes=pages_limit_bytes,
            wall_clock=wall_clock,
        )
        simulator: Simulator = await nursery.start(serve)
        yield simulator
        nursery.cancel_scope.cancel()


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
