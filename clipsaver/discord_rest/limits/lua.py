"""The limits' scripts, and the names of the keys that they keep.

All keys of a token begin with `{clipsaver:limits:<hash of the token>}`, so that no key shows the
token. The invalid answers are the host's, whichever token they cost; so a script uses keys of two
slots, and a cluster will not do.
"""

from __future__ import annotations

import functools
import hashlib
from importlib import resources

from clipsaver.redis_calls.scripts import Script, joined

PARTS = ("token", "bucket", "pace")
"""What each script has in front, after its clock."""


@functools.cache
def script(name: str, clock: str = "clock") -> Script:
    """The script in `scripts/<name>.lua`."""
    folder = resources.files("clipsaver.discord_rest.limits") / "scripts"
    return joined(name, folder, (clock, *PARTS, name))


def token_hash(token: str) -> str:
    """What stands for a token where it may be seen."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def token_key(token: str) -> str:
    """The name of a token's state, which all its other keys begin with."""
    return f"{{clipsaver:limits:{token_hash(token)}}}"


def invalid_key(egress: str) -> str:
    """The invalid answers that came to one address; `egress` is a name for it."""
    return f"{{clipsaver:invalid:{egress}}}"
