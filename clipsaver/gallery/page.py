"""The page as HTML. Pure.

All that can run or be styled is in the one file, and named by its hash in a policy that allows
nothing else: no other script, whoever wrote it and however it got there, also none that is put
beside it. Data is in the file as well, since a page that is opened without a server cannot fetch.

What is known of clips is JSON in elements that no browser runs; in it no character is left that
could end the element. The script makes text of it and nothing else, and the policy forbids it
(trusted types) to make markup of a text even by mistake.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from clipsaver import __version__

_ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
_NAMED_GUILDS = 3


def page(
    blocks: Iterable[str], guild_names: Sequence[str], made_at: datetime, *, left_out: bool = False
) -> Iterator[str]:
    """The page in pieces. `blocks` are of `block_text`.

    `left_out` = there are more clips of the kind than it shows.
    """
    before, after = _halves()
    made_at = made_at.astimezone(UTC)
    words = {
        "title": title(guild_names),
        "made_at": f"{made_at:%Y-%m-%d %H:%M} UTC",
        "made_at_iso": f"{made_at:%Y-%m-%dT%H:%M:%SZ}",
        "version": __version__,
        "more": "There are older ones, which are not on this page." if left_out else "",
    }
    yield before.substitute({name: html.escape(text) for name, text in words.items()})
    for block in blocks:
        yield f'<script type="application/json" class="block">{block}</script>\n'
    yield after


def block_text(block: dict[str, Any]) -> str:
    """A block of `Entries` as JSON that may stand in HTML."""
    text = json.dumps(block, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_ESCAPED)


def title(guild_names: Sequence[str]) -> str:
    """What the page is called: by the guilds that its clips are of."""
    named = ", ".join(guild_names[:_NAMED_GUILDS])
    more = len(guild_names) - _NAMED_GUILDS
    return f"{named} and {more:,} more" if more > 0 else named or "No clips"


def policy(style: str, script: str) -> str:
    """The Content-Security-Policy of a page with this style and this script.

    `file:` is for browsers to which a page without a server might have no 'self'; Chromium and
    Firefox do well without. To a page that is served by HTTP no browser shows files.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "img-src 'self' file: data:",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


@cache
def _halves() -> tuple[Template, str]:
    """What comes before the blocks, still to be filled in, and what comes after them."""
    style = f"\n{_part('gallery.css')}"
    script = f'\n"use strict";\n{_part("picking.js")}{_part("gallery.js")}'
    # The script as it is, as the HTML standard has it, and no less: it cannot be escaped.
    assert "</" not in script + style
    assert "<!--" not in script
    before, after = _part("gallery.html").split("<!-- blocks -->\n")
    fixed = Template(before).safe_substitute(policy=html.escape(policy(style, script)), style=style)
    return Template(fixed), after.replace("<!-- script -->", f"<script>{script}</script>")


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
