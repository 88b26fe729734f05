"""Processes that use the embedded servers, and a look at which server processes live."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from clipsaver.embedded.lifecycle import Server, is_running
from clipsaver.embedded.postgres import place_postgres
from clipsaver.embedded.processes import listening_pid
from clipsaver.embedded.valkey import place_valkey

REPOSITORY = Path(__file__).parents[2]


class Pids(NamedTuple):
    """Who listens on the servers' sockets."""

    postgres: int | None
    valkey: int | None


def servers_of(data_dir: Path) -> tuple[Server, Server]:
    return place_postgres(data_dir), place_valkey(data_dir)


def pids_of(data_dir: Path) -> Pids:
    return Pids(*(listening_pid(server.socket) for server in servers_of(data_dir)))


def running(data_dir: Path) -> tuple[bool, bool]:
    """Whether any process of each server lives."""
    postgres, valkey = servers_of(data_dir)
    return is_running(postgres), is_running(valkey)


def fake_postgres(folder: Path, initdb: str) -> Path:
    """Programs of a PostgreSQL 18 whose initdb is a line of shell; `$2` is its data folder."""
    folder.mkdir(parents=True)
    for name, line in (("postgres", "echo 'postgres (PostgreSQL) 18.4'"), ("initdb", initdb)):
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    return folder


class User:
    """Another process that uses the servers of a data_dir."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.embedded.user", str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            start_new_session=True,
        )

    def first_words(self) -> str:
        """`up`, as soon as it has the servers, or why it does not get them."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate(timeout=60)

    def kill(self) -> None:
        """SIGKILL for all of its session, as far as it has not ended."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.communicate(timeout=60)


@pytest.fixture
def start_user(data_dir: Path) -> Iterator[Callable[[], User]]:
    """Starts processes that use `data_dir`; they are gone when the test ends."""
    users: list[User] = []

    def start() -> User:
        users.append(User(data_dir))
        return users[-1]

    yield start
    for user in users:
        user.kill()
