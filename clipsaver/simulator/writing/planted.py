"""The truth about a simulated channel: which clips were put into it.

Written down by whoever writes a message, at the moment of writing. It is never worked out from the
finished message, so that a mistake in reading messages cannot be repeated here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Planted:
    """One clip that a reader of the channel has to find."""

    clip_id: str
    message_id: int
    channel_id: int
    source: str
    """attachment, forward, component or embed."""
    kind: str
    """The name of the kind of message that holds it, for the reader of a failed test."""
    filename: str
    content_type: str
    """The type that counts: without parameters, from the extension where Discord names none."""
    attachment_id: int | None
    size_bytes: int | None
    """None where the message does not tell it."""
    url: str
    """Without signature."""
    spoiler: bool = False
    discord_clip: bool = False
    by_default: bool = True
    """False for embeds, which are clips only for those who ask for them."""


def attachment_clip_id(message_id: int, attachment_id: int) -> str:
    """The name of a clip that was uploaded with its message."""
    return f"{message_id}-{attachment_id}"


def linked_clip_id(message_id: int, source: str, bare_url: str) -> str:
    """The name of a clip that has no attachment id: it is known by its link without signature."""
    digest = hashlib.sha256(bare_url.encode()).hexdigest()
    return f"{message_id}-{source}-{digest[:8]}"
