"""What a child with all its layers can still reach, tried out rather than believed."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from clipsaver.thumbnails.decoder.layers.layer import LayerState

if TYPE_CHECKING:
    from collections.abc import Callable


class Isolation(msgspec.Struct, frozen=True):
    """What took effect here; a struct, since it crosses the border of a process."""

    layers: tuple[LayerState, ...]
    reaches: tuple[str, ...]
    """Of `files`, `network`, `processes` and `signals`, what a child got hold of when it tried."""

    @property
    def off(self) -> tuple[LayerState, ...]:
        return tuple(layer for layer in self.layers if not layer.is_on)


def reached() -> tuple[str, ...]:
    """Tries each; harmless where it succeeds."""
    return tuple(name for name, attempt in _ATTEMPTS.items() if _succeeds(attempt))


def _succeeds(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _open_a_file() -> None:
    os.close(os.open("/", os.O_RDONLY))


def _make_a_socket() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


def _fork() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _signal_the_parent() -> None:
    os.kill(os.getppid(), 0)


_ATTEMPTS: dict[str, Callable[[], None]] = {
    "files": _open_a_file,
    "network": _make_a_socket,
    "processes": _fork,
    "signals": _signal_the_parent,
}
