"""Links to messages, which last where links to files expire."""

from __future__ import annotations

import re

_LINK = re.compile(
    r"https://(?:\w+\.)?discord(?:app)?\.com/channels/[0-9]+/([0-9]{1,19})/([0-9]{1,19})/?"
)


def message_link(guild_id: int, channel_id: int, message_id: int) -> str:
    """Where a message is to be read in Discord."""
    return f"https://discord.com/channels/{guild_id}/{channel_id}/{message_id}"


def message_of_link(text: str) -> int | None:
    """The message's id in a link that names one, as Discord's "Copy Message Link" gives it."""
    place = place_of_message(text)
    return place[1] if place else None


def place_of_message(text: str) -> tuple[int, int] | None:
    """The ids of the channel and the message in such a link."""
    link = _LINK.fullmatch(text)
    return (int(link[1]), int(link[2])) if link else None
