"""Waiting in a thread for what gives no sign of its own: a lock, a socket, another's child.

All code of this package is synchronous. A `Pause` is what it does between two looks; whoever runs
it decides whether that can be cancelled, so the same code serves Trio, asyncio and plain scripts.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import trio

POLL_S = 0.01
"""A server with existing data is up after 30 to 80 ms; looking costs 20 microseconds."""

Pause = Callable[[], None]


def plain_pause() -> None:
    """Sleeps for one interval."""
    time.sleep(POLL_S)


def cancellable_pause() -> None:
    """Sleeps for one interval; raises trio.Cancelled if the task that waits for us was cancelled.

    Only in threads that were started by `trio.to_thread.run_sync`.
    """
    trio.from_thread.check_cancelled()
    time.sleep(POLL_S)


def wait_until(is_so: Callable[[], bool], timeout_s: float, pause: Pause) -> bool:
    """Looks until `is_so`; False if it was not within the time."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() >= deadline:
            return False
        pause()
    return True
