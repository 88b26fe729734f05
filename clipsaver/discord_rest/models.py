"""Discord's objects, as far as clipsaver reads them.

Source: Discord's documentation, resources "Message", "Channel", "Guild", "User" and "Application",
and its OpenAPI description. Unknown fields are ignored and missing ones have defaults, since
Discord adds and leaves out fields at will. Null is taken only where the description has it, or
where nothing hangs on the field: `attachments` that are null are not a message without a file, but
an answer that does not tell. Ids stay strings: of a page's hundred messages only a few are needed
as numbers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class Model(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of what Discord sends: immutable, and without cycles for the collector to look for."""


class User(Model, frozen=True, kw_only=True, gc=False):
    """A person, a bot or a webhook's face."""

    id: str
    username: str = ""
    global_name: str | None = None
    avatar: str | None = None
    bot: bool | None = None


_user = msgspec.json.Decoder(User).decode


class Attachment(Model, frozen=True, kw_only=True, gc=False):
    """A file of a message that no embed and no component refers to."""

    id: str
    filename: str = ""
    title: str | None = None
    content_type: str | None = None
    size: int | None = None
    url: str = ""
    width: int | None = None
    height: int | None = None
    duration_secs: float | None = None
    placeholder: str | None = None
    flags: int | None = None


class EmbedVideo(Model, frozen=True, kw_only=True, gc=False):
    """What an embed plays: a file, or a player's page (then without content_type)."""

    url: str = ""
    proxy_url: str = ""
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    placeholder: str | None = None
    flags: int | None = None


class UnfurledMedia(Model, frozen=True, kw_only=True, gc=False):
    """A file that a component shows; attachment_id only if it was uploaded with the message."""

    url: str = ""
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    placeholder: str | None = None
    flags: int | None = None
    attachment_id: str = ""


class GalleryItem(Model, frozen=True, kw_only=True, gc=False):
    """One picture or video of a media gallery."""

    media: UnfurledMedia | UnsetType = UNSET
    spoiler: bool | None = None


class Component(Model, frozen=True, kw_only=True, gc=False):
    """Any component; which fields are set depends on `type`, and new types keep coming."""

    type: int = 0
    components: tuple[Component, ...] = ()
    """Container (17), action row (1), section (9)."""
    accessory: Component | UnsetType = UNSET
    """Section (9)."""
    items: tuple[GalleryItem, ...] = ()
    """Media gallery (12)."""
    media: UnfurledMedia | UnsetType = UNSET
    """Thumbnail (11)."""
    file: UnfurledMedia | UnsetType = UNSET
    """File (13)."""
    name: str | None = None
    """File (13)."""
    size: int | None = None
    """File (13)."""
    spoiler: bool | None = None


class Embed(Model, frozen=True, kw_only=True, gc=False):
    """A preview of a link; whether it holds a video is decided by `video`, not by `type`."""

    type: str | None = None
    url: str | None = None
    title: str | None = None
    video: EmbedVideo | UnsetType = UNSET
    components: tuple[Component, ...] = ()


class SnapshotContent(Model, frozen=True, kw_only=True, gc=False):
    """The forwarded copy of a message: immutable, without its author."""

    content: str = ""
    attachments: tuple[Attachment, ...] = ()
    embeds: tuple[Embed, ...] = ()
    components: tuple[Component, ...] = ()
    sticker_items: list[msgspec.Raw] | None = None


class Snapshot(Model, frozen=True, kw_only=True, gc=False):
    """One item of `message_snapshots`."""

    message: SnapshotContent | UnsetType = UNSET


class Message(Model, frozen=True, kw_only=True, gc=False):
    """A message.

    `referenced_message` is left out on purpose: its files are that message's own. When it was
    posted is told by its id. Of a page's hundred messages one or two hold a clip, so who wrote them
    is kept as it came and read only then (`author`).
    """

    id: str
    raw_author: msgspec.Raw = msgspec.field(name="author", default=msgspec.Raw())
    type: int = 0
    content: str = ""
    edited_timestamp: str | None = None
    attachments: tuple[Attachment, ...] = ()
    embeds: tuple[Embed, ...] = ()
    components: tuple[Component, ...] = ()
    message_snapshots: tuple[Snapshot, ...] = ()
    sticker_items: list[msgspec.Raw] | None = None
    poll: msgspec.Raw = msgspec.Raw()

    @property
    def author(self) -> User:
        """Who posted it. Raises ValueError (msgspec's among them) where Discord does not tell."""
        if not bytes(self.raw_author):
            raise ValueError("it is missing")
        return _user(self.raw_author)


class FoundMessage(Message, frozen=True, kw_only=True, gc=False):
    """A message that a search found; of a page of history everybody knows the channel."""

    channel_id: str


class Overwrite(Model, frozen=True, kw_only=True, gc=False):
    """What a channel allows and denies a role or a member, as bits in decimal."""

    id: str
    allow: str = "0"
    deny: str = "0"


class ThreadMetadata(Model, frozen=True, kw_only=True, gc=False):
    """Whether a thread is archived, and when that last changed."""

    archived: bool = False
    archive_timestamp: str | None = None
    """ISO 8601."""


class Channel(Model, frozen=True, kw_only=True, gc=False):
    """A channel or thread; guild_id is missing for direct messages."""

    id: str
    type: int = 0
    guild_id: str | None = None
    parent_id: str | None = None
    name: str | None = None
    nsfw: bool | None = None
    last_message_id: str | UnsetType | None = UNSET
    """Null where nothing was ever posted; of a forum it is the newest thread."""
    permission_overwrites: tuple[Overwrite, ...] = ()
    """Threads have none: they follow their parent."""
    thread_metadata: ThreadMetadata | None = None
    message_count: int | None = None
    """Threads: about how many messages are there."""
    total_message_sent: int | None = None
    """Threads: about how many ever were, deleted ones included."""


class Role(Model, frozen=True, kw_only=True, gc=False):
    """A role of a server; the one with the server's own id is everybody's."""

    id: str
    name: str = ""
    permissions: str = "0"


class Member(Model, frozen=True, kw_only=True, gc=False):
    """Somebody in a server."""

    roles: tuple[str, ...] = ()
    communication_disabled_until: datetime | None = None


class Guild(Model, frozen=True, kw_only=True, gc=False):
    """A server, as one of its members sees it."""

    id: str
    name: str = ""
    owner_id: str = ""
    roles: tuple[Role, ...] = ()


class Application(Model, frozen=True, kw_only=True, gc=False):
    """The bot's own application; its flags tell which privileged intents it has."""

    id: str
    name: str = ""
    flags: int
    """Always there: an answer without it does not say that the bot has no intent."""


class RefreshedUrl(Model, frozen=True, kw_only=True, gc=False):
    """A link and what it became; null, empty or missing where Discord does not sign it again."""

    original: str = ""
    refreshed: str | None = None


class RefreshedUrls(Model, frozen=True, kw_only=True, gc=False):
    """The answer to POST /attachments/refresh-urls."""

    refreshed_urls: tuple[RefreshedUrl, ...]


class ErrorBody(Model, frozen=True, kw_only=True, gc=False):
    """What Discord says when it refuses; `errors` names the fields that it did not like."""

    code: int = 0
    message: str = ""
    errors: Any = None
    retry_after: float | None = None
    is_global: bool | None = msgspec.field(default=None, name="global")
