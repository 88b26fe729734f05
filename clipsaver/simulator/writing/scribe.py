"""Writes the messages of one channel, any of them at any time and always the same."""

from __future__ import annotations

from dataclasses import dataclass

from clipsaver.simulator.dice import Dice, nth
from clipsaver.simulator.files.links import Links
from clipsaver.simulator.timeline import Timeline, iso
from clipsaver.simulator.writing.authors import Cast
from clipsaver.simulator.writing.draft import JSON, Draft, Written
from clipsaver.simulator.writing.kinds.mix import BY_NAME, THREAD_STARTER, Kind, Mix

_SEARCH_DEPTH = 32
"""How far back a reply looks for a clip to answer."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A message that was posted or edited at run time: how to write it whenever it is read."""

    message_id: int
    kind: str
    seed: int
    content: str | None = None
    """None leaves the text to the kind."""
    edited_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Starter:
    """The message that a thread grew from."""

    scribe: Scribe
    index: int
    recipe: Recipe | None = None
    """Of one that was posted or edited at run time, whose index does not count."""

    def read(self, links: Links) -> JSON:
        """The message as an object."""
        if self.recipe is not None:
            return self.scribe.follow(self.recipe, links).json
        return self.scribe.write(self.index, links).json


@dataclass(frozen=True, slots=True)
class Scribe:
    """The writer of one channel."""

    seed: int
    channel_id: int
    guild_id: int
    timeline: Timeline
    mix: Mix
    people: Cast
    starter: Starter | None = None

    def write(self, index: int, links: Links) -> Written:
        """The message at this index of the channel's timeline."""
        dice = Dice(nth(self.seed, index))
        kind = self._pick(index, dice)
        draft = self._draft(index, self.timeline.id_at(index), kind, dice, links)
        kind.write(draft)
        return draft.finished()

    def kind_at(self, index: int) -> Kind:
        """Of which kind the message at this index is, without writing it."""
        return self._pick(index, Dice(nth(self.seed, index)))

    def follow(self, recipe: Recipe, links: Links) -> Written:
        """A message that was posted or edited at run time."""
        kind = BY_NAME[recipe.kind]
        dice = Dice(nth(self.seed, recipe.seed))
        draft = self._draft(self.timeline.length, recipe.message_id, kind, dice, links)
        kind.write(draft)
        if recipe.content is not None:
            draft.json["content"] = recipe.content
        if recipe.edited_ms is not None:
            draft.json["edited_timestamp"] = iso(recipe.edited_ms)
        return draft.finished()

    def _pick(self, index: int, dice: Dice) -> Kind:
        starts_thread = index == 0 and self.starter is not None
        return THREAD_STARTER if starts_thread else self.mix.pick(dice)

    def _draft(self, index: int, message_id: int, kind: Kind, dice: Dice, links: Links) -> Draft:
        return Draft(
            index=index,
            message_id=message_id,
            channel_id=self.channel_id,
            guild_id=self.guild_id,
            kind=kind.name,
            dice=dice,
            people=self.people,
            links=links,
            earlier=self._earlier,
        )

    def _earlier(self, index: int, links: Links) -> JSON | None:
        """What the message at this index can quote: a clip, or what its thread grew from."""
        if index == 0 and self.starter is not None:
            return self.starter.read(links)
        oldest = 0 if self.starter is None else 1
        for earlier in range(index - 1, max(oldest, index - _SEARCH_DEPTH) - 1, -1):
            if self.mix.holds_clip(Dice(nth(self.seed, earlier))):
                return self.write(earlier, links).json
        return None
