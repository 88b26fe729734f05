"""JSON as commands write it: nothing in it is what a terminal would obey. Pure."""

from __future__ import annotations

import json
import re

import msgspec

from clipsaver.terminal_text import FLOOD

# What a terminal would obey or turn around, and what no terminal shows: legal in JSON, but JSON
# can say it otherwise.
_NOT_SHOWN = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)


def json_text(value: object) -> str:
    """The value as JSON on one line; who reads it has every character as it was.

    Also half a surrogate pair, which a path can hold and UTF-8 cannot.
    """
    try:
        text = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(value))
    return FLOOD.sub(_without_flood, _NOT_SHOWN.sub(_escaped, text))


def _without_flood(found: re.Match[str]) -> str:
    """A few marks above a letter as they are; the others would cover what is around it."""
    return found[1] + "".join(map(_in_ascii, found[0][found.end(1) - found.start() :]))


def _escaped(found: re.Match[str]) -> str:
    return _in_ascii(found[0])


def _in_ascii(character: str) -> str:
    """As JSON says a character outside ASCII: in halves of UTF-16."""
    encoded = character.encode("utf-16-be")
    halves = (encoded[at : at + 2] for at in range(0, len(encoded), 2))
    return "".join(f"\\u{int.from_bytes(half, 'big'):04x}" for half in halves)
