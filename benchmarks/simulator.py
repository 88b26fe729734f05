"""What a page of history costs the simulator, measured from outside.

    python -m benchmarks.simulator

A client in a process of its own asks for full pages over one keep-alive connection. Each page is
read once cold (it has to be written first) and then many times warm.
"""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from functools import partial
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

import trio

from clipsaver.simulator import Simulator, World, serve_simulator

CHANNELS, PAGES = 4, 50
WARM_ROUNDS = 10


def serve(pipe: Connection, clip_share: float) -> None:
    """The server's process: tells where it is, then its CPU time whenever it is asked."""
    world = World.generate(
        1, channels=CHANNELS, messages=PAGES * 100, clip_share=clip_share, simple=True
    )
    trio.run(_serve, pipe, world)


async def _serve(pipe: Connection, world: World) -> None:
    async with trio.open_nursery() as nursery:
        simulator: Simulator = await nursery.start(partial(serve_simulator, world))
        pipe.send((simulator.api_url, simulator.token, _targets(world)))
        # A thread, so that answering costs the loop nothing.
        threading.Thread(target=_tell_cpu, args=(pipe,), daemon=True).start()


def _tell_cpu(pipe: Connection) -> None:
    while pipe.recv():
        pipe.send(time.process_time())


def _targets(world: World) -> list[str]:
    """The paths of all full pages, as a reader who goes backward asks for them."""
    targets = []
    for channel_id, history in world.histories.items():
        cursor = history.before(None, 1)[0] + 1
        for _ in range(PAGES):
            targets.append(f"/channels/{channel_id}/messages?limit=100&before={cursor}")
            cursor = history.before(cursor, 100)[-1]
    return targets


class Client:
    """As little client as there can be: it must not be what is measured."""

    def __init__(self, api_url: str, token: str) -> None:
        parts = urlsplit(api_url)
        self._prefix = parts.path
        self._head = f"Host: {parts.netloc}\r\nAuthorization: Bot {token}\r\n\r\n"
        self._socket = socket.create_connection((parts.hostname, parts.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, target: str) -> int:
        """Reads one answer and gives the length of its body."""
        self._socket.sendall(f"GET {self._prefix}{target} HTTP/1.1\r\n{self._head}".encode())
        data = self._socket.recv(1 << 20)
        head, _, body = data.partition(b"\r\n\r\n")
        while b"\r\n\r\n" not in data:
            data += self._socket.recv(1 << 20)
            head, _, body = data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{target} was answered with {head[:40]!r}")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        missing = length - len(body)
        while missing:
            missing -= len(self._socket.recv(1 << 20))
        return length

    def close(self) -> None:
        self._socket.close()


def measure(clip_share: float) -> None:
    """One server, cold and warm."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs, clip_share), daemon=True)
    server.start()
    api_url, token, targets = ours.recv()
    client = Client(api_url, token)
    try:
        for name, rounds in (("cold", 1), ("warm", WARM_ROUNDS)):
            cpu_s, wall_s, size_bytes = _timed(ours, client, targets * rounds)
            pages = len(targets) * rounds
            print(
                f"{clip_share:>5.0%} clips, {name}: {pages / wall_s:7,.0f} pages/s over one "
                f"connection, {pages / cpu_s:7,.0f} pages per CPU second of the server "
                f"({cpu_s / pages * 1e6:,.0f} us each), {size_bytes / pages / 1024:.0f} KiB a page"
            )
    finally:
        client.close()
        server.terminate()
        server.join()


def _timed(pipe: Connection, client: Client, targets: list[str]) -> tuple[float, float, int]:
    pipe.send("cpu")
    cpu_before, begun = pipe.recv(), time.perf_counter()
    size_bytes = sum(client.get(target) for target in targets)
    wall_s = time.perf_counter() - begun
    pipe.send("cpu")
    return pipe.recv() - cpu_before, wall_s, size_bytes


def main() -> None:
    """At least 1,000 warm pages a second are wanted, so that it never slows what it tests."""
    for clip_share in (0.01, 0.2):
        measure(clip_share)


if __name__ == "__main__":
    main()
