"""The message-content intent, as an application's flags tell it. Pure.

Source: Discord's documentation, "Application Flags": GATEWAY_MESSAGE_CONTENT, and of bots that few
people can see GATEWAY_MESSAGE_CONTENT_LIMITED. Both let the bot read all messages.
"""

from __future__ import annotations

import enum

_FULL, _LIMITED = 1 << 18, 1 << 19


class Intent(enum.StrEnum):
    """Whether a bot gets messages with their content."""

    FULL = "full"
    """Granted by Discord, for bots that very many people can see."""
    LIMITED = "limited"
    """Switched on by the bot's owner. It is no less than the full one, while the bot is small."""
    MISSING = "missing"

    @property
    def is_there(self) -> bool:
        return self is not Intent.MISSING


def intent_of(flags: int) -> Intent:
    """What an application's flags say of it."""
    if flags & _FULL:
        return Intent.FULL
    return Intent.LIMITED if flags & _LIMITED else Intent.MISSING
