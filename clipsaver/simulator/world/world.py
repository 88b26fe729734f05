"""A Discord to look at: guilds, channels, messages, tokens, and the truth about the clips.

Everything follows from a seed and a moment, and can be changed while it is served.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from clipsaver.simulator.dice import seed_of
from clipsaver.simulator.files.links import DAY_S, Links, Signer
from clipsaver.simulator.timeline import snowflake
from clipsaver.simulator.world.blueprint import Architect, Layout, Wishes
from clipsaver.simulator.world.channels import Access, Channel, ChannelType
from clipsaver.simulator.world.growth import empty_history, fresh_id, thread_type
from clipsaver.simulator.world.history import History
from clipsaver.simulator.world.search import GuildSearch, SearchSettings
from clipsaver.simulator.writing.authors import cast, user_json
from clipsaver.simulator.writing.draft import JSON
from clipsaver.simulator.writing.kinds.mix import full_mix, simple_mix
from clipsaver.simulator.writing.planted import Planted
from clipsaver.simulator.writing.scribe import Recipe, Starter

TOKEN = "c2ltdWxhdG9y.simulator.not-a-secret"  # noqa: S105 (it opens nothing but a simulator)
"""The token that every world accepts."""
_UNBOUND = "http://127.0.0.1"
_WITH_VOICE = (ChannelType.VOICE, ChannelType.STAGE)


@dataclass(slots=True)
class Token:
    """What a token may do; changed at run time to revoke it or to take the intent away."""

    content_intent: bool = True
    revoked: bool = False


class World:
    """What the simulator serves. Change it through its methods, at any time."""

    def __init__(self, *, seed: int, layout: Layout, link_lifetime_s: int = DAY_S) -> None:
        """`World.generate` makes one from a seed."""
        self.seed = seed
        self.guilds = layout.guilds
        self.channels = layout.channels
        self.histories = layout.histories
        """By channel, those that hold messages."""
        self.tokens: dict[str, Token] = {TOKEN: Token()}
        self.manage_threads = True
        """Without it archived private threads are refused (403/50013)."""
        self.signer = Signer(seed_of(seed, 0x5161).to_bytes(8, "big"), link_lifetime_s)
        self.base_url = _UNBOUND
        """Where links in messages point; set by the server that serves this world."""
        self.bot = user_json(snowflake(1_600_000_000_000, 7), "Simulated Bot", None, avatar=None,
                             bot=True)  # fmt: skip
        self.search = SearchSettings()
        """How its search falls short."""
        self._people = cast(seed)
        self._access: dict[int, Access] = {}
        self._removed_files: set[int] = set()
        self._searches: dict[int, GuildSearch] = {}

    @classmethod
    def generate(
        cls,
        seed: int = 1,
        *,
        now: float | None = None,
        guilds: int = 1,
        channels: int = 8,
        messages: int | Sequence[int] = 200,
        clip_share: float = 0.2,
        simple: bool = False,
        thread_messages: int | None = None,
        link_lifetime_s: int = DAY_S,
    ) -> World:
        """A world from a seed.

        `now` (Unix seconds, default: the clock) is just after the newest message. `channels` is
        the number per guild, `messages` how many each holds, or one number for each. `clip_share`
        is the share of messages with at least one clip. `simple` makes text channels with talk and
        plain attachments only; otherwise there is every type of channel and every kind of message,
        and `thread_messages` (default 20) in each thread, 0 for no threads.
        """
        counts = [messages] * channels if isinstance(messages, int) else list(messages)
        if len(counts) != channels:
            raise ValueError(f"{len(counts)} message counts were given for {channels} channels")
        mix = simple_mix(clip_share) if simple else full_mix(clip_share)
        architect = Architect(seed=seed, now_ms=_ms(now), mix=mix, people=cast(seed))
        threads = (0 if simple else 20) if thread_messages is None else thread_messages
        wishes = Wishes(channels, counts, threads, varied=not simple)
        for number in range(guilds):
            architect.build_guild(number, wishes)
        return cls(seed=seed, layout=architect.layout, link_lifetime_s=link_lifetime_s)

    @property
    def token(self) -> str:
        """A token that is accepted unless it was revoked."""
        return TOKEN

    def revoke(self, token: str = TOKEN) -> None:
        """From now on this token gets 401."""
        self.tokens[token].revoked = True

    def restore(self, token: str = TOKEN) -> None:
        """Takes a revocation back."""
        self.tokens[token].revoked = False

    def set_content_intent(self, *, granted: bool, token: str = TOKEN) -> None:
        """Gives or takes the privileged message-content intent."""
        self.tokens[token].content_intent = granted

    def set_access(self, channel_id: int, access: Access) -> None:
        """What the bot may do with a channel and, unless they say more, its threads.

        What it may do with a thread alone is more than Discord's permissions can say; but a thread
        can be deleted alone. Raises ValueError for NO_CONNECT where nobody connects.
        """
        channel = self.channels[channel_id]
        if access is Access.NO_CONNECT and channel.type not in _WITH_VOICE:
            raise ValueError(f"channel {channel_id} has no voice to connect to")
        self._access[channel_id] = access

    def access(self, channel: Channel) -> Access:
        """What the bot may do with it: a thread can do no more than its parent."""
        own = self._access.get(channel.channel_id, Access.FULL)
        if own is not Access.FULL or channel.parent_id is None or not channel.type.is_thread:
            return own
        return self._access.get(channel.parent_id, Access.FULL)

    def readable_channels(self, guild_id: int | None = None) -> list[Channel]:
        """Every channel and thread whose messages the bot can read."""
        return [
            channel
            for channel in self.channels.values()
            if channel.channel_id in self.histories
            and guild_id in (None, channel.guild_id)
            and self.access(channel) is Access.FULL
        ]

    def links(self, now: float | None = None) -> Links:
        """What messages that are read at this time (Unix seconds) link to."""
        return Links(self.base_url, self.signer, int(time.time() if now is None else now))

    def planted(self, channel_id: int, *, now: float | None = None) -> list[Planted]:
        """Every clip of a channel, oldest first. Writes all its messages: see `iter_planted`."""
        return list(self.iter_planted(channel_id, now=now))

    def iter_planted(self, channel_id: int, *, now: float | None = None) -> Iterator[Planted]:
        """The same, one by one, for channels that are too long for a list."""
        history, links = self.histories[channel_id], self.links(now)
        for place in history.places():
            yield from history.read(place, links).planted

    def message(self, channel_id: int, message_id: int, *, now: float | None = None) -> JSON | None:
        """One message as an object, or None."""
        history = self.histories[channel_id]
        place = history.place_of(message_id)
        return None if place is None else history.read(place, self.links(now)).json

    def searched(self, guild_id: int) -> GuildSearch:
        """The index of a guild's search; `prepared()` builds it ahead of the first request."""
        search = self._searches.get(guild_id)
        if search is None:
            search = GuildSearch(guild_id, self.channels, self.histories)
            self._searches[guild_id] = search
        return search

    def post(
        self,
        channel_id: int,
        kind: str = "plain_clip",
        *,
        content: str | None = None,
        now: float | None = None,
    ) -> int:
        """Posts a message of a kind (see `writing.kinds`), by default one clip; gives its id.

        A thread in the archive comes out of it by that.
        """
        moment_ms = _ms(now)
        recipe = Recipe(fresh_id(moment_ms, channel_id), kind, seed=moment_ms, content=content)
        posted = self.histories[channel_id].post(recipe)
        if self.channels[channel_id].archived_ms is not None:
            self.archive(channel_id, archived=False, now=now)
        self._search_of(channel_id).note_post(channel_id, posted.message_id)
        return posted.message_id

    def edit(
        self, channel_id: int, message_id: int, kind: str, *, content: str | None = None,
        now: float | None = None,
    ) -> None:  # fmt: skip
        """Makes a message one of another kind, as if files were taken off or text changed."""
        recipe = Recipe(message_id, kind, seed=message_id, content=content, edited_ms=_ms(now))
        self._change(channel_id, recipe, now)

    def unfurl(
        self, channel_id: int, message_id: int, kind: str = "linked_file", *,
        now: float | None = None,
    ) -> None:  # fmt: skip
        """The preview of a link comes late: a message of another kind, and not called edited."""
        self._change(channel_id, Recipe(message_id, kind, seed=message_id), now)

    def delete(self, channel_id: int, message_id: int, *, now: float | None = None) -> None:
        """Deletes a message; the files of its clips are gone from the CDN, too."""
        history = self.histories[channel_id]
        moment = _ms(now) / 1000
        self._search_of(channel_id).note_change(channel_id, message_id, at=moment, deleted=True)
        place = history.delete(message_id)
        planted = history.read(place, self.links(now)).planted
        self._removed_files.update(clip.attachment_id for clip in planted if clip.attachment_id)

    def open_channel(
        self,
        guild_id: int,
        name: str = "new-channel",
        *,
        kind: ChannelType = ChannelType.TEXT,
        nsfw: bool = False,
        now: float | None = None,
    ) -> int:
        """Makes a channel, of any type but threads, and gives its id."""
        if kind.is_thread:
            raise ValueError(f"a thread is started in a channel; {name} has none")
        moment_ms, number = _ms(now), len(self.channels)
        channel_id = fresh_id(moment_ms, guild_id, number)
        self._add(Channel(channel_id, guild_id, kind, name, position=number, nsfw=nsfw))
        return channel_id

    def start_thread(
        self,
        parent_id: int,
        name: str = "new thread",
        *,
        kind: str = "plain_clip",
        from_message: int | None = None,
        private: bool = False,
        now: float | None = None,
    ) -> int:
        """Starts a thread, or a post where the parent is a forum, and gives its id.

        Its first message is of that kind and has the thread's id. With `from_message` it grows from
        that message of the parent, whose id it takes, and its first message is the quote of it.
        ValueError where there can be no such thread, KeyError where there is no such message.
        """
        parent, moment_ms = self.channels[parent_id], _ms(now)
        type_ = thread_type(parent, private=private)
        starter = None
        if from_message is not None:
            starter = self.histories[parent_id].starter(from_message)
        thread_id = from_message or fresh_id(moment_ms, parent_id, len(self.channels))
        if thread_id in self.channels:
            raise ValueError(f"there is a thread from message {thread_id} already")
        thread = Channel(thread_id, parent.guild_id, type_, name, parent_id=parent_id,
                         owner_id=self._people.people[0].author_id)  # fmt: skip
        self._add(thread, starter)
        first_id = thread_id if starter is None else fresh_id(moment_ms, thread_id)
        first = Recipe(first_id, "thread_starter" if starter else kind, seed=moment_ms)
        posted = self.histories[thread_id].post(first)
        self._search_of(thread_id).note_post(thread_id, posted.message_id)
        return thread_id

    def has_file(self, attachment_id: int) -> bool:
        """Whether an upload was not deleted with its message."""
        return attachment_id not in self._removed_files

    def history(self, channel_id: int) -> History | None:
        """A channel's messages; None where it holds none."""
        return self.histories.get(channel_id)

    def archive(self, channel_id: int, *, archived: bool, now: float | None = None) -> None:
        """Moves a thread to the archive or back."""
        channel = self.channels[channel_id]
        self.channels[channel_id] = replace(channel, archived_ms=_ms(now) if archived else None)

    def _add(self, channel: Channel, starter: Starter | None = None) -> None:
        self.channels[channel.channel_id] = channel
        if channel.type.holds_messages:
            history = empty_history(channel, people=self._people, starter=starter)
            self.histories[channel.channel_id] = history

    def _change(self, channel_id: int, recipe: Recipe, now: float | None) -> None:
        search, moment = self._search_of(channel_id), _ms(now) / 1000
        search.note_change(channel_id, recipe.message_id, at=moment, deleted=False)
        self.histories[channel_id].edit(recipe)

    def _search_of(self, channel_id: int) -> GuildSearch:
        return self.searched(self.channels[channel_id].guild_id)


def _ms(now: float | None) -> int:
    """The moment in Unix milliseconds; the clock's if none is given."""
    return int((time.time() if now is None else now) * 1000)
