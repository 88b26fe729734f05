"""What to tell of a whole answer that is not what was asked for."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from clipsaver.discord_rest.models import ErrorBody
from clipsaver.terminal_text import printable

_SHOWN = 60
_decoder = msgspec.json.Decoder(ErrorBody)


class Trouble(NamedTuple):
    """What is wrong with it."""

    words: str
    code: int | None = None
    """Discord's own, where it is one of its errors under a status that says otherwise."""


def trouble_with(body: bytes, error: Exception) -> Trouble:
    """What is wrong with this body, for a person; `error` is what reading it ended with."""
    start = body.lstrip()[:_SHOWN]
    if not start:
        return Trouble("it is empty")
    if start[:1] not in b"[{":
        # What is no JSON of Discord's is a page of somebody between: its first words tell whose.
        return Trouble(f"it begins with {printable(start.decode('latin-1'))!r}")
    said = _error_in(body)
    if said is not None:
        return Trouble(f"it is an error; it says: {printable(said.message)[:200]}", said.code)
    return Trouble(str(error))


def _error_in(body: bytes) -> ErrorBody | None:
    try:
        said = _decoder.decode(body)
    except (ValueError, RecursionError):
        return None
    return said if said.message and said.code else None
