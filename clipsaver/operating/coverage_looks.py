"""What there is to see of each channel's coverage, out of what the database has on record. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clipsaver.database.coverage import SoFar
from clipsaver.database.coverage_list import ListedChannel, ListedCoverage
from clipsaver.operating.coverage_picture import Life, Standing, length, life_of, standing_of
from clipsaver.operating.estimating import messages_between
from clipsaver.ranges import EVERYTHING, Range, RangeSet


@dataclass(frozen=True, slots=True)
class Way:
    """What was read in one way."""

    settings_hash: str
    life: Life


@dataclass(frozen=True, slots=True)
class Look:
    """One channel or thread."""

    channel: ListedChannel
    standing: Standing
    life: Life
    """By the settings in question."""
    others: Sequence[Way]
    """Other settings by which something was read."""
    so_far: SoFar

    def messages_in(self, gap: Range) -> int | None:
        """About how many messages a gap may hold; None where too little was read to tell."""
        return messages_between(self.so_far, gap)


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is looked at, in ids."""

    now: int
    settled: RangeSet
    """What is old enough to count as read."""
    kept: RangeSet = EVERYTHING
    """What is young enough to be read."""


def looks_at(
    channels: Sequence[ListedChannel],
    coverages: Sequence[ListedCoverage],
    messages: Mapping[int, int],
    settings_hash: str,
    moment: Moment,
) -> list[Look]:
    """Of each channel, those with most left to read first within their guild."""
    ways: defaultdict[int, dict[str, RangeSet]] = defaultdict(dict)
    for one in coverages:
        ways[one.channel_id][one.settings_hash] = one.covered
    looks = [
        _look(one, ways[one.channel_id], messages.get(one.channel_id, 0), settings_hash, moment)
        for one in channels
    ]
    return sorted(looks, key=_order)


def _look(
    channel: ListedChannel,
    ways: Mapping[str, RangeSet],
    messages: int,
    settings_hash: str,
    moment: Moment,
) -> Look:
    def life(covered: RangeSet) -> Life:
        return life_of(
            channel.channel_id,
            channel.last_message_id,
            covered,
            settled=moment.settled,
            kept=moment.kept,
            now=moment.now,
        )

    lives = {name: life(covered) for name, covered in ways.items()}
    # As `coverage.so_far` has it: by whichever settings most was read.
    most = max((one.read for one in lives.values()), key=length, default=RangeSet())
    own = lives.pop(settings_hash, None) or life(RangeSet())
    return Look(
        channel,
        standing_of(channel.access, own),
        own,
        [Way(name, one) for name, one in lives.items()],
        SoFar(channel.channel_id, channel.last_message_id, most, messages),
    )


def _order(look: Look) -> tuple[int, int, int, str, int]:
    is_closed = look.standing in (Standing.DENIED, Standing.GONE)
    left = 0 if is_closed else length(look.life.gaps)
    name = look.channel.name or ""
    return (look.channel.guild_id, is_closed, -left, name, look.channel.channel_id)
