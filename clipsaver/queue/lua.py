"""The scripts of the stream: each is a file, with what all of them share in front."""

from __future__ import annotations

import functools
from importlib import resources

from clipsaver.redis_calls.scripts import Script, joined

_OF_THE_LINE = frozenset({"next", "reclaim", "put_back", "hand_back"})


@functools.cache
def script(name: str) -> Script:
    """The script in `scripts/<name>.lua`."""
    parts = ("held", "line", name) if name in _OF_THE_LINE else ("held", name)
    return joined(name, resources.files("clipsaver.queue") / "scripts", parts)
