"""The scripts of this room: each is a file, with what all of the stream's and of ours share."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib import resources
from typing import Any

from clipsaver.queue.link import Link
from clipsaver.redis_calls.scripts import Script, Value, joined
from clipsaver.redis_calls.unavailable import translated

_SHARED = ("scripts/held", "operating/scripts/audit", "operating/scripts/closing")
_BESIDE = {"release": ("scripts/line",), "repair": ("scripts/restoring",)}
"""What only some share."""


@functools.cache
def script(name: str) -> Script:
    """The script in `operating/scripts/<name>.lua`."""
    parts = (*_SHARED, *_BESIDE.get(name, ()), f"operating/scripts/{name}")
    return joined(name, resources.files("clipsaver.queue"), parts)


async def run(link: Link, name: str, keys: Sequence[Value], arguments: Sequence[Value]) -> Any:
    """Run a script of this room; raises what `Link.run` raises."""
    with translated(link.server):
        return await script(name).run(link.redis, keys, arguments)
