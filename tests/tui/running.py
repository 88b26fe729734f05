"""Runs a test of the application, which is asyncio's, beside tests that are Trio's."""

from __future__ import annotations

import asyncio
import functools
import time
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


P = ParamSpec("P")


def run_aio(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """The test as pytest runs it: to its end, in a loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


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
