"""Messages that show nothing: what the missing message-content intent looks like.

Source: Discord's documentation, "Message Content Intent": without it content, embeds, attachments,
components and polls are left out, of all messages but the bot's own and those that mention it.
"""

from __future__ import annotations

from msgspec import UNSET

from clipsaver.discord_rest import models

_WRITTEN = frozenset({0, 19, 20, 23})
"""Message types with content of somebody's: default, reply, and commands from two kinds of menu."""


def is_hollow(message: models.Message) -> bool:
    """Whether a person's message shows nothing at all, as without the message-content intent.

    What Discord itself says in a channel (joins, pins) has no content, and stickers and polls need
    none; a forward is as hollow as what it forwards.
    """
    has_poll = bytes(message.poll) not in (b"", b"null")
    if message.type not in _WRITTEN or has_poll or _shows(message):
        return False
    forwarded = (snapshot.message for snapshot in message.message_snapshots)
    return not any(_shows(part) for part in forwarded if part is not UNSET)


def _shows(part: models.Message | models.SnapshotContent) -> bool:
    return bool(
        part.content or part.attachments or part.embeds or part.components or part.sticker_items
    )
