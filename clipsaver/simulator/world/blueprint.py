"""Lays out a world from a seed: guilds, their channels and threads, and who writes in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from clipsaver.simulator.dice import Dice, seed_of
from clipsaver.simulator.timeline import EPOCH_MS, Timeline, snowflake, unix_ms
from clipsaver.simulator.world.channels import Channel, ChannelType, Guild
from clipsaver.simulator.world.history import History
from clipsaver.simulator.writing.authors import Cast
from clipsaver.simulator.writing.kinds.mix import Mix
from clipsaver.simulator.writing.scribe import Scribe, Starter

_DAY_MS = 86_400_000
_NEWEST_AGE_MS = 120_000
"""Generated messages are older than this: very fresh ones are not final yet."""
_VARIED = (
    ChannelType.TEXT,
    ChannelType.TEXT,
    ChannelType.ANNOUNCEMENT,
    ChannelType.TEXT,
    ChannelType.VOICE,
    ChannelType.TEXT,
    ChannelType.STAGE,
    ChannelType.TEXT,
)
_TOPICS = ("general", "clips", "highlights", "off-topic", "speedruns", "replays", "screenshots",
           "feedback")  # fmt: skip


@dataclass(slots=True)
class Layout:
    """What a world is made of."""

    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    histories: dict[int, History] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for, per guild."""

    channels: int
    messages: Sequence[int]
    """For each of the channels."""
    thread_messages: int
    """For each thread; 0 leaves threads, forums and categories out."""
    varied: bool
    """Channels of all types instead of text only."""


class Architect:
    """Builds a layout, channel by channel; every id is given once."""

    def __init__(self, *, seed: int, now_ms: int, mix: Mix, people: Cast) -> None:
        self.layout = Layout()
        self._seed = seed
        self._now_ms = now_ms
        self._mix = mix
        self._people = people
        self._made = 0

    def build_guild(self, number: int, wishes: Wishes) -> None:
        """Adds a guild with everything in it."""
        dice = Dice(seed_of(self._seed, 0x6111D, number))
        guild_id = snowflake(EPOCH_MS + 100 * _DAY_MS + number * 1000, dice.bits())
        owner = self._people.people[number % len(self._people.people)]
        guild = Guild(guild_id, f"Simulated guild {number + 1}", owner.author_id)
        self.layout.guilds[guild_id] = guild
        category = self._parent(guild, ChannelType.CATEGORY, "channels") if wishes.varied else None
        rooms = [
            self._room(
                guild,
                _VARIED[place % len(_VARIED)] if wishes.varied else ChannelType.TEXT,
                f"{_TOPICS[place % len(_TOPICS)]}-{place + 1}",
                length=wishes.messages[place],
                position=place,
                parent=category,
            )
            for place in range(wishes.channels)
        ]
        if wishes.thread_messages:
            self._build_threads(guild, rooms, wishes.thread_messages)

    def _build_threads(self, guild: Guild, rooms: list[Channel], length: int) -> None:
        for kind, name in ((ChannelType.FORUM, "questions"), (ChannelType.MEDIA, "gallery")):
            parent = self._parent(guild, kind, name)
            for archived in (False, True, True):
                self._thread(parent, ChannelType.PUBLIC_THREAD, length, archived=archived)
        texts = [room for room in rooms if room.type is ChannelType.TEXT][:1]
        for parent in texts:
            for archived in (False, True, True):
                self._grown_thread(parent, ChannelType.PUBLIC_THREAD, length, archived=archived)
            for archived in (False, True, True):
                self._thread(parent, ChannelType.PRIVATE_THREAD, length, archived=archived)
        for parent in [room for room in rooms if room.type is ChannelType.ANNOUNCEMENT][:1]:
            for archived in (False, True):
                kind = ChannelType.ANNOUNCEMENT_THREAD
                self._grown_thread(parent, kind, length, archived=archived)

    def _parent(self, guild: Guild, kind: ChannelType, name: str) -> Channel:
        """A channel that holds no messages itself."""
        dice = Dice(seed_of(self._seed, 0xCA7, self._made))
        made_ms = EPOCH_MS + 101 * _DAY_MS + self._made * 1000
        channel = Channel(snowflake(made_ms, dice.bits()), guild.guild_id, kind, name, self._made)
        return self._add(channel, None)

    def _room(
        self,
        guild: Guild,
        kind: ChannelType,
        name: str,
        *,
        length: int,
        position: int,
        parent: Channel | None,
    ) -> Channel:
        timeline = self._timeline(length)
        made_ms = max(EPOCH_MS, timeline.start_ms - _DAY_MS)
        channel = Channel(
            channel_id=snowflake(made_ms, seed_of(self._seed, self._made)),
            guild_id=guild.guild_id,
            type=kind,
            name=name,
            position=position,
            parent_id=None if parent is None else parent.channel_id,
            nsfw=position % 5 == 3,
        )
        return self._add(channel, timeline)

    def _thread(self, parent: Channel, kind: ChannelType, length: int, *, archived: bool) -> None:
        """A thread of its own: its first message has its id."""
        timeline = self._timeline(length)
        self._add_thread(parent, kind, timeline.id_at(0), timeline, archived=archived)

    def _grown_thread(
        self, parent: Channel, kind: ChannelType, length: int, *, archived: bool
    ) -> None:
        """A thread that grew from a message: it has that message's id and starts with a quote."""
        source = self.layout.histories[parent.channel_id].scribe
        if not source.timeline.length:
            return
        index = Dice(seed_of(self._seed, 0x7EAD, self._made)).below(source.timeline.length)
        thread_id = source.timeline.id_at(index)
        if thread_id in self.layout.channels:
            return
        timeline = self._timeline(length, after_ms=unix_ms(thread_id) + 1)
        starter = Starter(source, index)
        self._add_thread(parent, kind, thread_id, timeline, archived=archived, starter=starter)

    def _add_thread(
        self,
        parent: Channel,
        kind: ChannelType,
        thread_id: int,
        timeline: Timeline,
        *,
        archived: bool,
        starter: Starter | None = None,
    ) -> None:
        end_ms = timeline.start_ms + timeline.gap_ms * timeline.length
        channel = Channel(
            channel_id=thread_id,
            guild_id=parent.guild_id,
            type=kind,
            name=f"thread {self._made}: clip.mp4?",
            parent_id=parent.channel_id,
            owner_id=self._people.people[self._made % len(self._people.people)].author_id,
            archived_ms=end_ms if archived else None,
            joined=kind is ChannelType.PRIVATE_THREAD and self._made % 2 == 0,
        )
        self._add(channel, timeline, starter)

    def _timeline(self, length: int, after_ms: int = EPOCH_MS) -> Timeline:
        """Messages that all are older than now and younger than `after_ms`."""
        dice = Dice(seed_of(self._seed, 0x71ED, self._made))
        end_ms = self._now_ms - _NEWEST_AGE_MS - dice.below(60_000)
        # A message of the last minutes can be a source too: its thread is squeezed behind it.
        end_ms = max(end_ms, after_ms + length)
        room_ms = (end_ms - after_ms) // max(1, length)
        return Timeline.ending(
            seed=dice.bits(),
            end_ms=end_ms,
            gap_ms=min(dice.between(20_000, 600_000), room_ms),
            length=length,
        )

    def _add(
        self, channel: Channel, timeline: Timeline | None, starter: Starter | None = None
    ) -> Channel:
        if channel.channel_id in self.layout.channels:
            raise ValueError(f"two channels got the id {channel.channel_id}: choose another seed")
        self.layout.channels[channel.channel_id] = channel
        self._made += 1
        if timeline is not None:
            self.layout.histories[channel.channel_id] = History(
                Scribe(
                    seed=seed_of(self._seed, self._made),
                    channel_id=channel.channel_id,
                    guild_id=channel.guild_id,
                    timeline=timeline,
                    mix=self._mix,
                    people=self._people,
                    starter=starter,
                )
            )
        return channel
