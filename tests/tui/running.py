"""Runs a test of the application, which is asyncio's, beside tests that are Trio's."""

from __future__ import annotations

import asyncio
import functools
import time
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


P = ParamSpec("P")
FRAME_S = 0.02
"""Within it Textual's own timers end, with which it collects what is to be painted or laid out."""


def run_aio(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """The test as pytest runs it: to its end, in a loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


async def nothing_is_due(
    min_sleep: float = 0.0,
    max_sleep: float = 1.0,
    *,
    within_s: float = FRAME_S,
) -> None:
    """Returns once the loop has nothing left to run and no timer ends `within_s`, or after
    `max_sleep` seconds; `min_sleep` is what Textual hands to its own wait, in whose place this is.

    What comes from a server or a thread is not waited for: that is what `until` is for.
    """
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + max_sleep
    while (now := loop.time()) < ends_at:
        timers = [one.when() for one in loop._scheduled if not one.cancelled()]
        next_at = min(timers, default=ends_at)
        if not loop._ready and next_at > now + within_s:
            return
        await asyncio.sleep(0.0 if loop._ready else max(0.0, next_at - now))


async def until(
    condition: Callable[[], object],
    words: str,
    *,
    seconds: float = 10.0,
    shown: Callable[[], str] = str,
) -> None:
    """Returns once it is so; fails with these words and what is shown where that takes too long."""
    ends_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends_at, f"it never came to be that {words}\n{shown()}"
        await asyncio.sleep(0.01)
