"""The scripts of the stream: each is a file, with what all of them share in front."""

from __future__ import annotations

import functools
from importlib import resources

from clipsaver.redis_calls.scripts import Script, joined


@functools.cache
def script(name: str) -> Script:
    """The script in `scripts/<name>.lua`."""
    return joined(name, resources.files("clipsaver.queue") / "scripts", ("held", name))
