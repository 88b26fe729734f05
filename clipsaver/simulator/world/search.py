"""The search of a guild: what its index holds at a moment, and how it can fall short.

Source: Discord's documentation, "Search Guild Messages", and what users of it have reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from clipsaver.simulator.files.links import Links, Signer
from clipsaver.simulator.world.channels import Channel
from clipsaver.simulator.world.history import History
from clipsaver.simulator.world.index import Hits, Index
from clipsaver.simulator.writing.traits import Traits, Wanted, traits_of

_NOWHERE = Links("", Signer(b"index"), 0)
"""An index keeps no links."""


class SearchSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How search falls short in a world. As it is made, it does not."""

    refusal: int | None = None
    """Search is not for this bot: 403 with this code, such as 50001 or 20001."""
    without_intent: Literal["refused", "filtered"] = "refused"
    """Without the message-content intent: 403/50001, or hits without their content."""
    unready_requests: int = 0
    """The first so many searches of a guild are answered with 202: not indexed yet."""
    unready_s: float = 0.0
    """Those of so many seconds from the first on, too."""
    retry_after_s: int | None = 2
    """What a 202 says about when to ask again; None: nothing."""
    left_out: float = 0.0
    """The share of hits that are counted, and that their page does not show."""
    total_error: float = 0.0
    """By up to this share `total_results` is too high or too low, each time another."""
    indexed_from: float | None = None
    """Unix seconds: what is older is not indexed yet, and the answer says so."""
    lag_s: float = 0.0
    """For so long after it was posted a message is not found."""
    edit_lag_s: float = 0.0
    """For so long after an edit a message is found as what it was, and shown as what it is."""
    linger_s: float = 0.0
    """For so long after it was deleted a message is found as if it were there."""
    parents_include_threads: bool = False
    """Whether `channel_id` stands for the threads of that channel, too, which is not documented."""

    def __post_init__(self) -> None:
        """Raises ValueError for shares that are none."""
        for name, share in (("left_out", self.left_out), ("total_error", self.total_error)):
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is {share}, which is not between 0 and 1")

    @classmethod
    def odd(cls) -> SearchSettings:
        """All that users have reported at once, and still of use."""
        return cls(unready_requests=3, left_out=0.05, total_error=0.2, lag_s=30.0,
                   edit_lag_s=60.0, linger_s=60.0)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Change:
    """An edit or a deletion that the index may not know of yet."""

    channel_id: int
    at: float
    """Unix seconds."""
    deleted: bool
    before: Traits


class GuildSearch:
    """The index of one guild. Built when it is first asked, from the messages that are written."""

    def __init__(
        self, guild_id: int, channels: Mapping[int, Channel], histories: Mapping[int, History]
    ) -> None:
        self._guild_id = guild_id
        self._channels = channels
        self._histories = histories
        self._indexes: dict[bool, Index] = {}
        """By whether all messages are in it: one with text only is hardly ever asked for."""
        self._changes: dict[int, _Change] = {}
        """By message."""
        self._asked = 0
        self._first_asked: float | None = None

    @property
    def message_count(self) -> int:
        """How many messages the guild has."""
        return sum(len(history) for _, history in self._own())

    def is_ready(self, now: float, settings: SearchSettings) -> bool:
        """Whether the index is there for this request, which is counted."""
        self._asked += 1
        if self._first_asked is None:
            self._first_asked = now
        is_early = now < self._first_asked + settings.unready_s
        return self._asked > settings.unready_requests and not is_early

    def find(
        self,
        wanted: Wanted,
        channel_ids: frozenset[int],
        *,
        now: float,
        settings: SearchSettings,
    ) -> Hits:
        """What is found in these channels at this time (Unix seconds)."""
        self._catch_up(now, settings)
        return self.prepared(text=wanted.is_met_by_text).find(wanted, channel_ids)

    def prepared(self, *, text: bool = False) -> Index:
        """The index, built if it is not yet: a few seconds for a million messages.

        With `text` messages that are nothing but text are in it, all of which are written for that.
        """
        index = self._indexes.get(text)
        if index is None:
            index = self._indexes[text] = Index(self._rows(text=text))
        return index

    def note_post(self, channel_id: int, message_id: int) -> None:
        """A message was posted."""
        self._learn(channel_id, message_id)

    def note_change(self, channel_id: int, message_id: int, *, at: float, deleted: bool) -> None:
        """A message is about to be edited or deleted; KeyError if there is none."""
        known = self._changes.get(message_id)
        before = known.before if known else self._traits(channel_id, message_id)
        if before is None:
            raise KeyError(message_id)
        self._changes[message_id] = _Change(channel_id, at, deleted, before)

    def _catch_up(self, now: float, settings: SearchSettings) -> None:
        for message_id, change in list(self._changes.items()):
            lag_s = settings.linger_s if change.deleted else settings.edit_lag_s
            if lag_s == 0 or change.at + lag_s <= now:
                del self._changes[message_id]
                self._learn(change.channel_id, message_id)

    def _learn(self, channel_id: int, message_id: int) -> None:
        traits = self._traits(channel_id, message_id)
        for index in self._indexes.values():
            if traits is None:
                index.drop(message_id)
            else:
                index.put(message_id, channel_id, traits)

    def _traits(self, channel_id: int, message_id: int) -> Traits | None:
        history = self._histories[channel_id]
        place = history.place_of(message_id)
        return None if place is None else traits_of(history.read(place, _NOWHERE).json)

    def _rows(self, *, text: bool) -> Iterator[tuple[int, int, Traits]]:
        for message_id, change in self._changes.items():
            yield message_id, change.channel_id, change.before
        for channel_id, history in self._own():
            for place in history.places() if text else history.places_beyond_text():
                message_id = history.id_at(place)
                if message_id not in self._changes:
                    traits = traits_of(history.read(place, _NOWHERE).json)
                    yield message_id, channel_id, traits

    def _own(self) -> Iterator[tuple[int, History]]:
        for channel_id, history in self._histories.items():
            if self._channels[channel_id].guild_id == self._guild_id:
                yield channel_id, history
