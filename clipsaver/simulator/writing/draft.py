"""A message while it is being written, and the truth about its clips beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from clipsaver.simulator.dice import Dice
from clipsaver.simulator.files.links import Links
from clipsaver.simulator.files.media import Media, attachment_id
from clipsaver.simulator.timeline import iso, unix_ms
from clipsaver.simulator.writing.authors import Author, Cast
from clipsaver.simulator.writing.planted import Planted, attachment_clip_id, linked_clip_id

JSON = dict[str, Any]

IS_CLIP, IS_SPOILER = 1 << 0, 1 << 3
"""Attachment flags (documentation, "Attachment Flags")."""
SUPPRESS_EMBEDS, HAS_SNAPSHOT, IS_COMPONENTS_V2 = 1 << 2, 1 << 14, 1 << 15
"""Message flags (documentation, "Message Flags")."""


class Upload(NamedTuple):
    """A file that was put on the CDN with a message."""

    attachment_id: int
    filename: str
    bare_url: str
    """Without signature."""
    url: str
    proxy_url: str
    media: Media


class Written(NamedTuple):
    """A finished message."""

    json: JSON
    planted: tuple[Planted, ...]


class Draft:
    """One message in the making."""

    __slots__ = ("_earlier", "_files", "_index", "channel_id", "dice", "guild_id", "json", "kind",
                 "links", "message_id", "people", "planted")  # fmt: skip

    def __init__(
        self,
        *,
        index: int,
        message_id: int,
        channel_id: int,
        guild_id: int,
        kind: str,
        dice: Dice,
        people: Cast,
        links: Links,
        earlier: Callable[[int, Links], JSON | None],
    ) -> None:
        """`earlier` gives what a message at this index of the channel can quote, if anything."""
        self.message_id = message_id
        self.channel_id = channel_id
        self.guild_id = guild_id
        self.kind = kind
        self.dice = dice
        self.people = people
        self.links = links
        self.planted: list[Planted] = []
        self._index = index
        self._earlier = earlier
        self._files = 0
        self.json: JSON = {
            "type": 0,
            "content": "",
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "timestamp": iso(unix_ms(message_id)),
            "edited_timestamp": None,
            "flags": 0,
            "components": [],
            "id": str(message_id),
            "channel_id": str(channel_id),
            "author": {},
            "pinned": False,
            "mention_everyone": False,
            "tts": False,
        }
        self.sign_as(dice.pick(people.people))

    def sign_as(self, author: Author) -> None:
        """Who posts it."""
        self.json["author"] = author.json
        if author.is_webhook:
            self.json["webhook_id"] = str(author.author_id)

    def earlier(self) -> JSON | None:
        """An older message of this channel with a clip in it, as an object for quoting."""
        return self._earlier(self._index, self.links)

    def upload(self, media: Media, filename: str) -> Upload:
        """Puts a file on the CDN without showing it in the message."""
        attachment = attachment_id(self.message_id, self._files, media)
        self._files += 1
        bare_url, url, proxy_url = self.links.attachment(self.channel_id, attachment, filename)
        return Upload(attachment, filename, bare_url, url, proxy_url, media)

    def attach(
        self, media: Media, filename: str, *, into: list[JSON] | None = None, **fields: Any
    ) -> Upload:
        """Adds a file to the message's attachments, or to another list of such.

        A field that is given as None is left out, as Discord leaves out what it does not know.
        """
        file = self.upload(media, filename)
        item: JSON = {
            "id": str(file.attachment_id),
            "filename": filename,
            "size": media.size_bytes,
            "url": file.url,
            "proxy_url": file.proxy_url,
            "content_type": media.content_type,
            "content_scan_version": 4,
        }
        if media.width:
            item |= {"width": media.width, "height": media.height}
        if media.placeholder:
            item |= {"placeholder": media.placeholder, "placeholder_version": 1}
        for key, value in fields.items():
            if value is None:
                item.pop(key, None)
            else:
                item[key] = value
        attachments = self.json["attachments"] if into is None else into
        attachments.append(item)
        return file

    def plant(
        self,
        file: Upload,
        content_type: str,
        *,
        source: str = "attachment",
        spoiler: bool = False,
        discord_clip: bool = False,
        size_told: bool = True,
    ) -> None:
        """Notes that this file is a clip of that type; `size_told` if the message has its size."""
        self.planted.append(
            Planted(
                clip_id=attachment_clip_id(self.message_id, file.attachment_id),
                message_id=self.message_id,
                channel_id=self.channel_id,
                source=source,
                kind=self.kind,
                filename=file.filename,
                content_type=content_type,
                attachment_id=file.attachment_id,
                size_bytes=file.media.size_bytes if size_told else None,
                url=file.bare_url,
                spoiler=spoiler,
                discord_clip=discord_clip,
            )
        )

    def plant_link(self, bare_url: str, source: str, filename: str, content_type: str) -> None:
        """Notes that this link, which has no attachment id, leads to a clip.

        A signed link is noted without its signature, as it is known by that.
        """
        self.planted.append(
            Planted(
                clip_id=linked_clip_id(self.message_id, source, bare_url),
                message_id=self.message_id,
                channel_id=self.channel_id,
                source=source,
                kind=self.kind,
                filename=filename,
                content_type=content_type,
                attachment_id=None,
                size_bytes=None,
                url=bare_url,
                by_default=source != "embed",
            )
        )

    def finished(self) -> Written:
        """The message as it goes out."""
        return Written(self.json, tuple(self.planted))
