"""The scripts of the stream: each is a file, with what all of them share in front."""

from __future__ import annotations

import functools
from importlib import resources

from clipsaver.redis_calls.scripts import Script, joined

_BESIDE = {
    **dict.fromkeys(("next", "reclaim", "put_back", "hand_back"), ("line",)),
    "restore": ("restoring",),
}
"""What only some share."""


@functools.cache
def script(name: str) -> Script:
    """The script in `scripts/<name>.lua`."""
    parts = ("held", *_BESIDE.get(name, ()), name)
    return joined(name, resources.files("clipsaver.queue") / "scripts", parts)
