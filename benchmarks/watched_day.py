"""What happens in a guild while it is watched, on a clock that whoever watches moves on.

Clips are posted in channels, threads and forums; channels and threads are made, archived and taken
out of the archive; messages are edited and deleted, and embeds come late. At night nothing happens.
Everything follows from a seed.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from clipsaver.simulator import Access, ChannelType, World

START = 1_790_000_000.0
"""Unix seconds. A round figure of the past, so that a day is the same on each day."""
HOUR_S = 3600.0
NIGHT = range(16, 22)
"""Hours since the start in which nothing happens."""
CHANGED_WITHIN_S = 45 * 60.0
"""Edits and deletions are of messages that are younger."""
_CLIPS = ("plain_clip", "gallery", "forwarded_clip", "two_of_one_name", "untyped_clip")


@dataclass(frozen=True)
class Pace:
    """How often things happen, per hour that is no night."""

    posts: float = 60.0
    clip_share: float = 0.5
    edits: float = 4.0
    deletions: float = 4.0
    late_embeds: float = 4.0
    forum_posts: float = 3.0
    threads: float = 2.0
    archived: float = 4.0
    """Threads that go to the archive, some of them seconds after a post."""
    channels: float = 0.5


@dataclass
class Day:
    """A guild, and all that will happen in it; `until` lets it happen."""

    hours: float
    seed: int = 1
    pace: Pace = field(default_factory=Pace)
    news: set[int] = field(default_factory=set)
    """Where something new is to be seen since somebody emptied it: posts, and threads that were
    archived. Of a thread that nobody saw active, its forum too."""
    posted: dict[int, float] = field(default_factory=dict)
    """When each message was posted, or its embed came (Unix seconds)."""
    changed: dict[int, float] = field(default_factory=dict)
    """When each was last edited or deleted."""
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._due: list[tuple[float, int, Callable[[float], None]]] = []
        self._numbers = itertools.count()
        self.world = World.generate(
            seed=self.seed, now=START, channels=6, messages=40, thread_messages=4
        )
        (self.guild_id,) = self.world.guilds
        self._hidden = self._of_type(ChannelType.TEXT)[-1]
        self.world.set_access(self._hidden, Access.NO_HISTORY)
        happenings = {
            self._post: self.pace.posts,
            self._edit: self.pace.edits,
            self._delete: self.pace.deletions,
            self._post_link: self.pace.late_embeds,
            self._post_in_forum: self.pace.forum_posts,
            self._start_thread: self.pace.threads,
            self._archive: self.pace.archived,
            self._open_channel: self.pace.channels,
        }
        for happening, per_hour in happenings.items():
            self._spread(happening, per_hour)

    @property
    def end(self) -> float:
        """After it nothing happens any more."""
        return START + self.hours * HOUR_S

    def until(self, now: float) -> None:
        """Lets everything happen up to this moment."""
        while self._due and self._due[0][0] <= now:
            moment, _, happening = heapq.heappop(self._due)
            happening(moment)

    def clips(self) -> set[str]:
        """Those that are there now."""
        return {
            clip.clip_id
            for channel in self.world.readable_channels(self.guild_id)
            for clip in self.world.iter_planted(channel.channel_id)
        }

    def _spread(self, happening: Callable[[float], None], per_hour: float) -> None:
        moment = START
        while (moment := moment + self._dice.expovariate(per_hour / HOUR_S)) < self.end:
            if int((moment - START) // HOUR_S) not in NIGHT:
                self._at(moment, happening)

    def _at(self, moment: float, happening: Callable[[float], None]) -> None:
        heapq.heappush(self._due, (moment, next(self._numbers), happening))

    def _of_type(self, *kinds: ChannelType) -> list[int]:
        return [one.channel_id for one in self.world.channels.values() if one.type in kinds]

    def _places(self) -> list[int]:
        """Where people post: anywhere, and sometimes in a thread that is archived."""
        return [
            one.channel_id
            for one in self.world.readable_channels(self.guild_id)
            if one.archived_ms is None or self._dice.random() < 0.05
        ]

    def _active_threads(self) -> list[int]:
        return [
            one.channel_id
            for one in self.world.readable_channels(self.guild_id)
            if one.type.is_thread and one.archived_ms is None
        ]

    def _note(self, channel_id: int, message_id: int, moment: float) -> None:
        self.news.add(channel_id)
        self.posted[message_id] = moment

    def _post(self, moment: float) -> None:
        is_clip = self._dice.random() < self.pace.clip_share
        kind = self._dice.choice(_CLIPS) if is_clip else "talk"
        channel_id = self._dice.choice(self._places())
        self._note(channel_id, self.world.post(channel_id, kind, now=moment), moment)
        if self._dice.random() < 0.02:  # and what nobody may read changes nothing
            self.world.post(self._hidden, "plain_clip", now=moment)

    def _recent(self, moment: float) -> tuple[int, int] | None:
        """A message that somebody may still change: one in an archive is left as it is."""
        found = [
            (channel_id, message_id)
            for channel_id in self._places()
            if self.world.channels[channel_id].archived_ms is None
            for place in self.world.histories[channel_id].before(None, 20)
            if (message_id := self.world.histories[channel_id].id_at(place)) in self.posted
            and message_id != channel_id  # with its first message a thread would go, too
            and moment - self.posted[message_id] < CHANGED_WITHIN_S
        ]
        return self._dice.choice(found) if found else None

    def _edit(self, moment: float) -> None:
        if recent := self._recent(moment):
            self.world.edit(*recent, "talk", now=moment)
            self.changed[recent[1]] = moment

    def _delete(self, moment: float) -> None:
        if recent := self._recent(moment):
            self.world.delete(*recent, now=moment)
            self.changed[recent[1]] = moment

    def _post_link(self, moment: float) -> None:
        """A link, and some time later what Discord finds behind it."""
        rooms = [one for one in self._of_type(ChannelType.TEXT) if one != self._hidden]
        channel_id = self._dice.choice(rooms)
        message_id = self.world.post(channel_id, "talk", now=moment)
        self._note(channel_id, message_id, moment)

        def unfurl(later: float) -> None:
            if self.world.message(channel_id, message_id, now=later):
                self.world.unfurl(channel_id, message_id, now=later)
                self.changed[message_id] = later

        self._at(moment + self._dice.uniform(1, 200), unfurl)

    def _post_in_forum(self, moment: float) -> None:
        forum = self._dice.choice(self._of_type(ChannelType.FORUM, ChannelType.MEDIA))
        thread_id = self.world.start_thread(forum, now=moment)
        self._note(thread_id, thread_id, moment)
        if self._dice.random() < 0.3:  # it is closed before anybody looks
            self.news.add(forum)
            self._at(moment + 1, lambda later: self._close(thread_id, later))

    def _start_thread(self, moment: float) -> None:
        rooms = [one for one in self._of_type(ChannelType.TEXT) if one != self._hidden]
        room = self._dice.choice(rooms)
        newest = self.world.histories[room].last_message_id
        grows = newest is not None and newest not in self.world.channels
        source = newest if grows and self._dice.random() < 0.5 else None
        if source is not None and self.world.message(room, source, now=moment) is None:
            return
        thread_id = self.world.start_thread(room, from_message=source, now=moment)
        self.news.add(thread_id)
        if source is None:
            self.posted[thread_id] = moment
        message_id = self.world.post(thread_id, "plain_clip", now=moment + 0.5)
        self.posted[message_id] = moment + 0.5

    def _archive(self, moment: float) -> None:
        if threads := self._active_threads():
            thread_id = self._dice.choice(threads)
            if self._dice.random() < 0.5:
                self._note(thread_id, self.world.post(thread_id, now=moment), moment)
            self._at(moment + 2, lambda later: self._close(thread_id, later))

    def _close(self, thread_id: int, moment: float) -> None:
        self.news.add(thread_id)
        self.world.archive(thread_id, archived=True, now=moment)

    def _open_channel(self, moment: float) -> None:
        kind = self._dice.choice((ChannelType.TEXT, ChannelType.TEXT, ChannelType.FORUM))
        channel_id = self.world.open_channel(self.guild_id, "new", kind=kind, now=moment)
        if kind is ChannelType.TEXT:
            later = moment + 1
            self._note(channel_id, self.world.post(channel_id, now=later), later)
