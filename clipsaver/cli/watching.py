"""Shows something anew each second, until ctrl-c."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import trio

_EVERY_S = 1.0


async def watch(look: Callable[[], Awaitable[str]], *, as_json: bool) -> NoReturn:
    """Shows what `look` returns; raises what it raises.

    On a terminal each text takes the place of the last one; elsewhere, and as JSON, they follow
    each other.
    """
    with _shown_anew(as_json=as_json) as put:
        while True:
            put(await look())
            await trio.sleep(_EVERY_S)


@contextmanager
def _shown_anew(*, as_json: bool) -> Iterator[Callable[[str], None]]:
    if as_json or not sys.stdout.isatty():
        yield _write
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(), screen=True, auto_refresh=False) as live:
        yield lambda text: live.update(Text(text, no_wrap=True, overflow="ellipsis"), refresh=True)


def _write(text: str) -> None:
    sys.stdout.write(text if text.startswith("{") else f"{text}\n")
    sys.stdout.flush()
