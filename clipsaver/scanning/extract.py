"""Finds the clips in messages: the only place that knows where a video can hide.

Walk of one message: its attachments, embeds and components, then the same of each forwarded
snapshot. Never `referenced_message`: its files belong to the message that it is.
Source: Discord's documentation, resources "Message" and "Components".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
import re2
from msgspec import UNSET

from clipsaver import signed_links, snowflake
from clipsaver.discord_rest import models
from clipsaver.records import Author, Clip, ClipSource, Message
from clipsaver.scanning.file_types import file_type, filename_of, is_allowed
from clipsaver.scanning.plausible import INT_MAX, duration_of, time_of, within

_IS_CLIP = 1 << 0
_IS_SPOILER = 1 << 3
_SPOILER_PREFIX = "SPOILER_"
_MAX_DEPTH = 8
"""Discord nests components three deep; a deeper answer is not worth a stack overflow."""


class Unreadable(ValueError):
    """Says which message, what of it, and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as a clip for one job, from its settings and the configuration."""

    allowed_mime_types: frozenset[str]
    sources: frozenset[ClipSource]
    pattern: re2._Regexp | None
    store_content: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The clips of some messages, with the messages that hold them and who posted those."""

    clips: tuple[Clip, ...]
    messages: tuple[Message, ...]
    authors: tuple[Author, ...]


class _File(msgspec.Struct, frozen=True, gc=False):
    """One file somewhere in a message, before it is judged."""

    source: ClipSource
    attachment_id: str | None
    filename: str
    content_type: str | None
    url: str
    title: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    placeholder: str | None = None
    flags: int = 0
    is_spoiler: bool = False


_Content = models.Message | models.SnapshotContent


def extract(messages: Iterable[models.Message], channel_id: int, rules: Rules) -> Found:
    """All clips in `messages`, each once, in the order in which they are met.

    Raises Unreadable where a clip or who posted it cannot be recorded as it came.
    """
    clips: dict[str, Clip] = {}
    holders: dict[int, Message] = {}
    authors: dict[int, Author] = {}
    for message in _with_files(messages):
        if not _matches(message, rules):
            continue
        author: Author | None = None
        for file in _files(message, rules.sources):
            type_ = file_type(file.content_type, file.filename)
            if type_ is None or not is_allowed(type_, rules.allowed_mime_types):
                continue
            try:
                if author is None:
                    author = _author(message.author)
                    authors[author.author_id] = author
                    holder = _message(message, channel_id, author, rules)
                    holders[holder.message_id] = holder
                clip = _clip(file, type_, holder)
            except ValueError as error:
                field = "author" if author is None else f"file {file.filename!r}"
                raise Unreadable(f"message {message.id}: {field}: {error}") from None
            clips.setdefault(clip.clip_id, clip)
    return Found(tuple(clips.values()), tuple(holders.values()), tuple(authors.values()))


def file_ids(message: models.Message) -> frozenset[str]:
    """The clip ids of every file that the message shows, of whatever type and in whatever place."""
    every_place = frozenset(ClipSource)
    return frozenset(_clip_id(file, int(message.id)) for file in _files(message, every_place))


def _with_files(messages: Iterable[models.Message]) -> list[models.Message]:
    """Those that may hold files: most are plain text, and this keeps them cheap."""
    return [
        one
        for one in messages
        if one.attachments or one.embeds or one.components or one.message_snapshots
    ]


def _matches(message: models.Message, rules: Rules) -> bool:
    """The pattern is searched in the message's text and in that of what it forwards."""
    if rules.pattern is None:
        return True
    forwarded = (snapshot.message for snapshot in message.message_snapshots)
    texts = (part.content for part in (message, *forwarded) if part is not UNSET)
    text = "\n".join(texts).encode("utf-8", "replace")
    return rules.pattern.search(text) is not None


def _files(message: models.Message, sources: frozenset[ClipSource]) -> Iterator[_File]:
    yield from _files_in(message, sources, None)
    if ClipSource.FORWARD in sources:
        for snapshot in message.message_snapshots:
            if snapshot.message is not UNSET:
                yield from _files_in(snapshot.message, sources, ClipSource.FORWARD)


def _files_in(
    content: _Content, sources: frozenset[ClipSource], stored_as: ClipSource | None
) -> Iterator[_File]:
    """Files of one message or snapshot; `stored_as` names the source for all of a snapshot."""
    if stored_as is not None or ClipSource.ATTACHMENT in sources:
        for attachment in content.attachments:
            yield _from_attachment(attachment, stored_as or ClipSource.ATTACHMENT)
    for embed in content.embeds:
        if ClipSource.EMBED in sources:
            yield from _from_embed(embed, stored_as or ClipSource.EMBED)
        if ClipSource.COMPONENT in sources:
            yield from _from_components(embed.components, stored_as or ClipSource.COMPONENT, 0)
    if ClipSource.COMPONENT in sources:
        yield from _from_components(content.components, stored_as or ClipSource.COMPONENT, 0)


def _from_attachment(attachment: models.Attachment, source: ClipSource) -> _File:
    return _File(
        source=source,
        attachment_id=attachment.id,
        filename=attachment.filename or filename_of(attachment.url),
        content_type=attachment.content_type,
        url=attachment.url,
        title=attachment.title,
        size=attachment.size,
        width=attachment.width,
        height=attachment.height,
        duration=attachment.duration_secs,
        placeholder=attachment.placeholder,
        flags=attachment.flags or 0,
    )


def _from_embed(embed: models.Embed, source: ClipSource) -> Iterator[_File]:
    """A link to a video file. GIFs that are played as video and players' pages are not clips.

    Whether there is a video is told by `embed.video`, not by `embed.type`, except for `gifv`. A
    player's page has no content_type and no video extension, so its type stays unknown.
    """
    video = embed.video
    if video is UNSET or embed.type == "gifv":
        return
    url = video.url or video.proxy_url
    if url:
        yield _File(
            source=source,
            attachment_id=None,
            filename=filename_of(url),
            content_type=video.content_type,
            url=url,
            title=embed.title,
            width=video.width,
            height=video.height,
            placeholder=video.placeholder,
            flags=video.flags or 0,
        )


def _from_components(
    components: Iterable[models.Component], source: ClipSource, depth: int
) -> Iterator[_File]:
    """Every file that a tree of components shows, whatever the types on the way to it."""
    if depth > _MAX_DEPTH:
        return
    for component in components:
        is_hidden = bool(component.spoiler)
        for media in (component.media, component.file):
            if media is not UNSET:
                yield _from_media(media, component, source, is_spoiler=is_hidden)
        for item in component.items:
            if item.media is not UNSET:
                hidden = is_hidden or bool(item.spoiler)
                yield _from_media(item.media, component, source, is_spoiler=hidden)
        yield from _from_components(component.components, source, depth + 1)
        if component.accessory is not UNSET:
            yield from _from_components((component.accessory,), source, depth + 1)


def _from_media(
    media: models.UnfurledMedia,
    component: models.Component,
    source: ClipSource,
    *,
    is_spoiler: bool,
) -> _File:
    return _File(
        source=source,
        attachment_id=media.attachment_id,
        filename=component.name or filename_of(media.url),
        content_type=media.content_type,
        url=media.url,
        size=component.size,
        width=media.width,
        height=media.height,
        placeholder=media.placeholder,
        flags=media.flags or 0,
        is_spoiler=is_spoiler,
    )


def _clip(file: _File, type_: str, holder: Message) -> Clip:
    return Clip(
        clip_id=_clip_id(file, holder.message_id),
        message_id=holder.message_id,
        channel_id=holder.channel_id,
        author_id=holder.author_id,
        source=file.source,
        attachment_id=snowflake.read(file.attachment_id) if file.attachment_id else None,
        filename=file.filename,
        title=file.title,
        content_type=type_,
        size_bytes=within(file.size, snowflake.MAX_ID),
        width=within(file.width, INT_MAX),
        height=within(file.height, INT_MAX),
        duration_seconds=duration_of(file.duration),
        url=file.url,
        url_expires_at=signed_links.expires_at(file.url),
        placeholder=file.placeholder,
        spoiler=file.is_spoiler
        or bool(file.flags & _IS_SPOILER)
        or file.filename.startswith(_SPOILER_PREFIX),
        discord_clip=bool(file.flags & _IS_CLIP),
        posted_at=holder.posted_at,
    )


def _clip_id(file: _File, message_id: int) -> str:
    """Stable for ever: neither a new signature nor a new order of the files changes it."""
    if file.attachment_id:
        return f"{message_id}-{file.attachment_id}"
    url = signed_links.without_signature(file.url).encode("utf-8", "replace")
    return f"{message_id}-{file.source}-{hashlib.sha256(url).hexdigest()[:8]}"


def _message(message: models.Message, channel_id: int, author: Author, rules: Rules) -> Message:
    message_id = int(message.id)
    return Message(
        message_id=message_id,
        channel_id=channel_id,
        author_id=author.author_id,
        type=message.type,
        content=message.content if rules.store_content else None,
        posted_at=snowflake.to_datetime(message_id),
        edited_at=time_of(message.edited_timestamp),
    )


def _author(user: models.User) -> Author:
    return Author(
        author_id=snowflake.read(user.id),
        username=user.username,
        global_name=user.global_name,
        avatar=user.avatar,
        is_bot=bool(user.bot),
    )
