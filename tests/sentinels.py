"""A primary, its replica and their sentinels, on loopback; each may be killed.

Sentinels know each other from the start: they would take two seconds to find each other by
themselves.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import redis

from clipsaver.embedded.binaries import choose_valkey, valkey_programs
from tests.servers import _running, _short_folder

SERVICE = "clips"
_HOST = "127.0.0.1"
_PORTS = range(20_000, 30_000)
"""Below those that the kernel gives to clients."""
_READY_S = 30.0
_POLL_S = 0.02
_SERVER = ("--bind", _HOST, "--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0")


@dataclass(frozen=True, slots=True)
class Watched:
    """Servers that sentinels watch over."""

    sentinels: tuple[int, ...]
    """Their ports."""

    @property
    def url(self) -> str:
        hosts = ",".join(f"{_HOST}:{port}" for port in self.sentinels)
        return f"redis+sentinel://{hosts}/{SERVICE}/0"

    @property
    def primary(self) -> int:
        """The port of the primary, as the sentinels have it."""
        with redis.Redis(host=_HOST, port=self.sentinels[0]) as sentinel:
            return int(sentinel.sentinel_master(SERVICE)["port"])

    @property
    def primary_url(self) -> str:
        return f"redis://{_HOST}:{self.primary}/0"

    def kill_primary(self) -> None:
        """It is gone at once, without a word to anybody."""
        with redis.Redis.from_url(self.primary_url) as client:
            os.kill(client.info("server")["process_id"], signal.SIGKILL)


@contextmanager
def watched_servers(
    *, replicas: int = 0, sentinels: int = 1, down_after_ms: int = 30_000
) -> Iterator[Watched]:
    """Yields when every sentinel knows of the replicas and the other sentinels."""
    program = str(choose_valkey(valkey_programs()))
    with ExitStack() as stack:
        primary, *others = _free_ports(1 + replicas)
        for port in (primary, *others):
            of = ("--replicaof", f"{_HOST} {primary}") if port != primary else ()
            folder = _short_folder("vk")
            command = [program, "--port", str(port), "--dir", str(folder), *_SERVER, *of]
            stack.enter_context(_running(command, folder, stop="TERM"))
            _wait_until_up(port)
        watched = Watched(tuple(_free_ports(sentinels)))
        for number in range(sentinels):
            folder = _short_folder("se")
            config = _configuration(number, watched.sentinels, primary, others, down_after_ms)
            (folder / "sentinel.conf").write_text(config)
            command = [program, str(folder / "sentinel.conf"), "--sentinel"]
            stack.enter_context(_running(command, folder, stop="TERM"))
        for port in watched.sentinels:
            _wait_until_ready(port, replicas=replicas)
        yield watched


def _configuration(
    number: int, sentinels: tuple[int, ...], primary: int, replicas: list[int], down_after_ms: int
) -> str:
    lines = [
        f"port {sentinels[number]}",
        f"bind {_HOST}",
        f"sentinel myid {_id(number)}",
        f"sentinel monitor {SERVICE} {_HOST} {primary} {len(sentinels) // 2 + 1}",
        f"sentinel down-after-milliseconds {SERVICE} {down_after_ms}",
        f"sentinel failover-timeout {SERVICE} 2000",
    ]
    lines += [f"sentinel known-replica {SERVICE} {_HOST} {port}" for port in replicas]
    lines += [
        f"sentinel known-sentinel {SERVICE} {_HOST} {port} {_id(other)}"
        for other, port in enumerate(sentinels)
        if other != number
    ]
    return "\n".join([*lines, ""])


def _id(number: int) -> str:
    return f"{number + 1:040x}"


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        port = random.choice(_PORTS)
        with socket.socket() as trial:
            try:
                trial.bind((_HOST, port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def _wait_until_up(port: int) -> None:
    with redis.Redis(host=_HOST, port=port) as client:
        _until(lambda: bool(client.ping()), f"the server at port {port} is up")


def _wait_until_ready(port: int, *, replicas: int) -> None:
    with redis.Redis(host=_HOST, port=port) as client:

        def is_ready() -> bool:
            state = client.sentinel_master(SERVICE)
            alive = [
                one
                for one in client.sentinel_slaves(SERVICE)
                if one["master-link-status"] == "ok" and not one["is_sdown"]
            ]
            client.sentinel_ckquorum(SERVICE)  # an error while others are missing
            return state["is_master"] and not state["is_sdown"] and len(alive) == replicas

        _until(is_ready, f"the sentinel at port {port} sees {replicas} replicas and the others")


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            if condition():
                return
        except (redis.ConnectionError, redis.ResponseError, KeyError):
            pass
        assert time.monotonic() < deadline, f"not within {_READY_S:g} s: {what}"
        time.sleep(_POLL_S)
