"""Seconds, memory, files and processes of one child."""

from __future__ import annotations

import resource
import signal

CPU_S = 10
"""A picture takes 0.05 to 0.3 s, the largest allowed 1 s; SIGXCPU ends what takes more."""
MEMORY_BYTES = 512 * 1024 * 1024
"""Of addresses; a picture of 8K takes a quarter of it."""
LIFE_S = 120
"""SIGALRM ends what lives longer; the worker's own limit lies below and is kept from outside."""


class Limits:
    """After all that opens a file, such as landlock: RLIMIT_NOFILE leaves the open ones alone and
    lets no other be opened, which holds on every POSIX system. RLIMIT_NPROC does not bind root."""

    name = "limits"

    def __init__(self, *, cpu_s: int = CPU_S, memory_bytes: int = MEMORY_BYTES) -> None:
        self._limits = (
            ("RLIMIT_CPU", (cpu_s, cpu_s + 1), f"{cpu_s} s of CPU"),
            ("RLIMIT_AS", (memory_bytes, memory_bytes), f"{memory_bytes // 2**20} MB"),
            ("RLIMIT_FSIZE", (0, 0), "no writing to files"),
            ("RLIMIT_CORE", (0, 0), ""),
            ("RLIMIT_NPROC", (0, 0), "no processes"),
            ("RLIMIT_NOFILE", (0, 0), "no further files or sockets"),
        )

    def applies(self) -> str:
        return ""

    def apply(self) -> str:
        set_here = [words for name, bounds, words in self._limits if _set(name, bounds)]
        signal.setitimer(signal.ITIMER_REAL, LIFE_S)
        return ", ".join(filter(None, set_here))


def _set(name: str, bounds: tuple[int, int]) -> bool:
    """False where the system has no such limit, or will not have it so low."""
    kind = getattr(resource, name, None)
    if kind is None:
        return False
    try:
        soft, hard = bounds
        _, ceiling = resource.getrlimit(kind)
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))
    except (OSError, ValueError):
        return False
    return True
