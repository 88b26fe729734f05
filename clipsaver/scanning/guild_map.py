"""What a guild holds, pieced together from Discord's lists. Pure.

The lists are read one after the other while threads go to and fro between the active ones and the
archives, so a thread can be in several of them: the first that shows it counts. Who may read what
follows from the permissions, so that nothing is asked for only to be refused.

Source: Discord's documentation, "Channel Types" and "Threads".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from clipsaver.discord_rest import models
from clipsaver.discord_rest.listings import Archive
from clipsaver.discord_rest.permissions import (
    EVERYTHING,
    Member,
    Permission,
    hides_private_threads,
    missing_to_read,
    permissions_in,
    titles,
)
from clipsaver.records import Channel
from clipsaver.records.channels import THREADS

_TEXT, _ANNOUNCEMENT, _FORUM, _MEDIA = 0, 5, 15, 16
"""Of announcements, public, private."""
HOLDS_MESSAGES = frozenset({_TEXT, 2, _ANNOUNCEMENT, 13, *THREADS})
"""Text, voice, announcements, stages and threads."""
HOLDS_THREADS = frozenset({_TEXT, _ANNOUNCEMENT, _FORUM, _MEDIA})
_HOLDS_NEITHER = frozenset({4, 14})
"""Categories and directories."""

_ARCHIVE = "its archived threads"
_PRIVATE_ARCHIVE = "its archived private threads"


@dataclass(frozen=True, slots=True)
class Found:
    """A channel or thread that can hold messages, and that the bot may read."""

    channel: Channel
    newest_is_told: bool
    """Whether a `last_message_id` of None says that nothing was ever posted."""
    messages: int | None = None
    """About how many it holds, where Discord tells: of threads."""

    @property
    def thread_of(self) -> int | None:
        """The channel of a thread; None = it is none."""
        return self.channel.parent_id if self.channel.type in THREADS else None

    @property
    def is_empty(self) -> bool:
        return self.newest_is_told and self.channel.last_message_id is None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What the bot may not read, and why not."""

    channel_id: int
    name: str | None
    why: str
    """For a person: `no View Channel`."""
    part: str = ""
    """What of the channel, such as its archived private threads; empty = all of it."""

    @property
    def place(self) -> str:
        """The channel as a person knows it; a stranger's text."""
        return f"#{self.name}" if self.name else f"channel {self.channel_id}"

    def __str__(self) -> str:
        part = f", {self.part}" if self.part else ""
        return f"{self.place}{part} ({self.why})"


@dataclass(frozen=True, slots=True)
class Parent:
    """A channel whose archived threads are to be listed."""

    channel: Channel
    archives: tuple[Archive, ...]


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a list brought that no list before it had shown."""

    channels: list[Channel]
    """All of it, categories included."""
    readable: list[Found]
    """What can hold messages and may be read, the latest posted in first."""
    without_view: list[int]
    """What may not be read, since the bot cannot see it or cannot connect to it."""
    without_history: list[int]
    """What may not be read, since the bot lacks Read Message History."""


@dataclass(slots=True)
class GuildMap:
    """Takes lists in, tells what is new in them, and keeps what may not be read."""

    guild_id: int
    member: Member
    unreadable: list[Unreadable] = field(default_factory=list)
    parents: list[Parent] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    """Everything that a list has shown. Of threads there can be very many: only their ids stay."""
    places: int = 0
    """Channels and threads that can hold messages, readable or not."""
    _channels: dict[int, models.Channel] = field(default_factory=dict)
    """Without threads."""

    @property
    def closed(self) -> int:
        """How many channels and threads may not be read at all."""
        return sum(not one.part for one in self.unreadable)

    def take(self, listed: Iterable[models.Channel]) -> Fresh:
        """What these bring that was not known yet."""
        new = {int(one.id): one for one in listed if int(one.id) not in self.seen}
        self.seen.update(new)
        self._channels |= {i: one for i, one in new.items() if one.type not in THREADS}
        fresh = Fresh([], [], [], [])
        for channel in new.values():
            self._place(channel, fresh)
        fresh.readable.sort(key=lambda one: -(one.channel.last_message_id or 0))
        return fresh

    def may_read(self, channel_id: int | None) -> bool:
        """Whether a list has shown this channel (no thread), and the bot may read it."""
        channel = self._channels.get(channel_id or 0)
        return channel is not None and not self._missing(channel)

    def refused(self, parent: Parent, archive: Archive, why: str) -> None:
        """Notes an archive that Discord did not list."""
        part = _ARCHIVE if archive is Archive.PUBLIC else _PRIVATE_ARCHIVE
        self._note(parent.channel, why, part)

    def lost(self, channel: Channel, why: str) -> None:
        """Notes a channel that was known before and may not be seen any more."""
        self.places += channel.type in HOLDS_MESSAGES
        self._note(channel, why)

    def _place(self, channel: models.Channel, fresh: Fresh) -> None:
        record, missing = as_record(channel, self.guild_id), self._missing(channel)
        fresh.channels.append(record)
        if channel.type in _HOLDS_NEITHER:
            return
        self.places += channel.type in HOLDS_MESSAGES
        if channel.type not in HOLDS_MESSAGES | HOLDS_THREADS:
            self._note(record, f"a kind of channel, {channel.type}, that this version cannot read")
        elif missing:
            self._note(record, f"no {' and no '.join(titles(missing))}")
            is_history = missing == Permission.READ_MESSAGE_HISTORY
            (fresh.without_history if is_history else fresh.without_view).append(record.channel_id)
        else:
            if channel.type in HOLDS_THREADS:
                self._add_parent(channel, record)
            if channel.type in HOLDS_MESSAGES:
                fresh.readable.append(as_found(channel, record))

    def _add_parent(self, channel: models.Channel, record: Channel) -> None:
        archives = [Archive.PUBLIC]
        if hides_private_threads(channel.type, self._permissions(channel)):
            archives.append(Archive.JOINED)
            self._note(record, f"no {Permission.MANAGE_THREADS.title}", _PRIVATE_ARCHIVE)
        elif channel.type == _TEXT:
            archives.append(Archive.PRIVATE)
        self.parents.append(Parent(record, tuple(archives)))

    def _note(self, channel: Channel, why: str, part: str = "") -> None:
        self.unreadable.append(Unreadable(channel.channel_id, channel.name, why, part))

    def _missing(self, channel: models.Channel) -> Permission:
        return missing_to_read(channel.type, self._permissions(channel))

    def _permissions(self, channel: models.Channel) -> Permission:
        """Of a thread, those in its channel; where that was not shown, the thread was: it may."""
        if channel.type in THREADS:
            parent = self._channels.get(int(channel.parent_id or 0))
            if parent is None:
                return EVERYTHING
            channel = parent
        return permissions_in(self.member, channel.permission_overwrites)


def as_record(channel: models.Channel, guild_id: int) -> Channel:
    """A channel of a guild's list as the record that the database keeps."""
    last = channel.last_message_id
    return Channel(
        channel_id=int(channel.id),
        guild_id=guild_id,
        parent_id=int(channel.parent_id) if channel.parent_id else None,
        type=channel.type,
        name=channel.name,
        nsfw=bool(channel.nsfw),
        last_message_id=int(last) if isinstance(last, str) else None,
    )


def by_reason(unreadable: Collection[Unreadable]) -> dict[tuple[str, str], list[Unreadable]]:
    """The same, those together that lack the same part for the same reason."""
    groups: dict[tuple[str, str], list[Unreadable]] = {}
    for one in unreadable:
        groups.setdefault((one.part, one.why), []).append(one)
    return groups


def as_found(channel: models.Channel, record: Channel) -> Found:
    """A channel that may be read, with what its list tells of its length."""
    told = [n for n in (channel.total_message_sent, channel.message_count) if n is not None]
    return Found(record, channel.last_message_id is None, messages=max(told, default=None))
