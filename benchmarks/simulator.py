"""What a page of history costs the simulator, measured from outside.

    python -m benchmarks.simulator

A client in a process of its own asks for full pages over one keep-alive connection. Each page is
read once cold (it has to be written first) and then many times warm. What is held to a figure is
pages per second of the server's CPU, cold, of a world as benchmarks of the worker use it: talk and
plain clips, 1 % of them clips.
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

CHANNELS, PAGES = 4, 100
WARM_ROUNDS = 5
WANTED_PER_CPU_S = 1000
SIMPLE, ALL_KINDS = "simple", "all kinds"


def serve(pipe: Connection, clip_share: float, kinds: str) -> None:
    """The server's process: tells where it is, then its CPU time whenever it is asked."""
    world = World.generate(
        1,
        channels=CHANNELS,
        messages=PAGES * 100,
        clip_share=clip_share,
        simple=kinds == SIMPLE,
        thread_messages=0,
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
        for page in range(PAGES):
            cursor = history.id_at(len(history) - 1 - page * 100) + 1
            targets.append(f"/channels/{channel_id}/messages?limit=100&before={cursor}")
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


def measure(clip_share: float, kinds: str, *, held: bool = False) -> None:
    """One server, cold and warm."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs, clip_share, kinds), daemon=True)
    server.start()
    theirs.close()
    api_url, token, targets = ours.recv()
    client = Client(api_url, token)
    try:
        for name, rounds in (("cold", 1), ("warm", WARM_ROUNDS)):
            cpu_s, wall_s, size_bytes = _timed(ours, client, targets * rounds)
            pages = len(targets) * rounds
            print(
                f"{clip_share:>5.0%} clips, {kinds:9}, {name}: {pages / wall_s:6,.0f} pages/s over "
                f"one connection, {pages / cpu_s:6,.0f} per CPU second of the server "
                f"({cpu_s / pages * 1e6:,.0f} us each), {size_bytes / pages / 1024:.0f} KiB a page"
                + (_verdict(pages / cpu_s) if held and name == "cold" else "")
            )
    finally:
        client.close()
        server.terminate()
        server.join()


def _verdict(pages_per_cpu_s: float) -> str:
    reached = "reached" if pages_per_cpu_s >= WANTED_PER_CPU_S else "MISSED"
    return f" <- held to {WANTED_PER_CPU_S:,} per CPU second: {reached}"


def _timed(pipe: Connection, client: Client, targets: list[str]) -> tuple[float, float, int]:
    pipe.send("cpu")
    cpu_before, begun = pipe.recv(), time.perf_counter()
    size_bytes = sum(client.get(target) for target in targets)
    wall_s = time.perf_counter() - begun
    pipe.send("cpu")
    return pipe.recv() - cpu_before, wall_s, size_bytes


def main() -> None:
    """Cold pages are what a test reads: each page once. The server must not slow the worker."""
    measure(0.01, SIMPLE, held=True)
    measure(0.2, SIMPLE)
    measure(0.2, ALL_KINDS)


if __name__ == "__main__":
    main()
