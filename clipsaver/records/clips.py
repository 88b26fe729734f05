"""What scanning finds in messages, and what becomes of it."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec


class ClipSource(enum.StrEnum):
    """Where in a message a clip was found; the values are stored in `clips.source`."""

    ATTACHMENT = "attachment"
    FORWARD = "forward"
    COMPONENT = "component"
    EMBED = "embed"


class DeletedReason(enum.StrEnum):
    """Why a clip is not there any more, as stored in `clips.deleted_reason`."""

    MESSAGE = "message"
    """Its message was deleted at Discord."""
    ATTACHMENT = "attachment"
    """Its message is there and shows the file no more."""
    SETTINGS = "settings"
    """It is there, and the settings of a rescan do not want it."""
    PURGE = "purge"


class ThumbnailState(enum.StrEnum):
    """Where a clip's thumbnail stands, as stored in `clips.thumbnail_state`."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"
    """Its attempts are used up."""
    UNAVAILABLE = "unavailable"
    """It cannot be made."""
    SKIPPED = "skipped"
    """It is not wanted."""


class Author(msgspec.Struct, frozen=True, gc=False):
    """Whoever posted a message; webhooks and deleted users have one too."""

    author_id: int
    username: str
    global_name: str | None
    avatar: str | None
    is_bot: bool


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message that holds at least one clip; others are not kept."""

    message_id: int
    channel_id: int
    author_id: int
    type: int
    content: str | None
    """None where storing content is switched off."""
    posted_at: datetime
    edited_at: datetime | None


class Clip(msgspec.Struct, frozen=True, gc=False):
    """One video file in one message."""

    clip_id: str
    message_id: int
    channel_id: int
    author_id: int
    source: ClipSource
    attachment_id: int | None
    filename: str
    title: str | None
    content_type: str
    size_bytes: int | None
    width: int | None
    height: int | None
    duration_seconds: float | None
    url: str
    url_expires_at: datetime | None
    placeholder: str | None
    """Discord's thumbhash, base64: a blurred preview that costs no request."""
    spoiler: bool
    discord_clip: bool
    posted_at: datetime


class KnownClip(msgspec.Struct, frozen=True, gc=False):
    """A clip that the database holds as being there."""

    clip_id: str
    message_id: int


class Departure(msgspec.Struct, frozen=True, gc=False):
    """A stored clip that turned out not to be there any more."""

    clip_id: str
    reason: DeletedReason
