"""Tells of fields that an answer was read without."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from clipsaver.discord_rest.routes import Request

log = structlog.get_logger(__name__)

OF_MESSAGES = "Discord sent them as another type; no file can hide in them"
OF_CHANNELS = "Discord sent them as another type; they only describe the channel"
MOST_NAMED = 10
"""Fields that one log line names."""


def tell_spared(request: Request, fields: Sequence[str], why: str) -> None:
    """One warning of all of them; nothing where there are none."""
    if fields:
        log.warning(
            "fields_left_out",
            route=str(request),
            fields=list(fields[:MOST_NAMED]),
            count=len(fields),
            why=why,
        )
