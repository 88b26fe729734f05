"""For how long after posting clips and texts are kept. Pure: `now` is an argument, in Unix seconds.

What is older is removed by a chore of the workers (`worker.privacy`); here it is kept from being
read and stored again, so that nothing comes back between two of its rounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import msgspec

from clipsaver import snowflake
from clipsaver.config import PrivacyConfig
from clipsaver.ranges import RangeSet
from clipsaver.scanning.extract import Found

_DAY_S = 86_400.0

MARGIN_S = 3600.0
"""What is that near to its end is not read any more. Coverage is taken back as far as clips are
removed; with no margin, a worker whose clock is late would see a gap there, and add a job for each
channel to read it."""


@dataclass(frozen=True, slots=True)
class Retention:
    """0 days = for good."""

    clip_days: int = 0
    content_days: int = 0

    @classmethod
    def of(cls, config: PrivacyConfig) -> Self:
        """As the operator has it."""
        return cls(config.clip_days, config.content_days)

    def oldest_clip(self, now: float) -> int:
        """The smallest id of a message whose clips are kept."""
        return _oldest(self.clip_days, now)

    def oldest_text(self, now: float) -> int:
        """The smallest id of a message whose text is kept."""
        return _oldest(self.content_days, now)

    def kept_ids(self, now: float) -> RangeSet:
        """The messages whose clips are kept."""
        return RangeSet.of(self.oldest_clip(now), None)

    def worth_reading(self, now: float) -> RangeSet:
        """The messages whose clips are kept for some time yet."""
        return RangeSet.of(self.oldest_clip(now + MARGIN_S), None)

    def search_after(self, oldest: int | None, now: float) -> int | None:
        """The id above which to search, where only hits above `oldest` are wanted; None = all."""
        first = self.oldest_clip(now + MARGIN_S)
        if not first:
            return oldest
        return first - 1 if oldest is None else max(oldest, first - 1)

    def what_is_kept(self, found: Found, now: float) -> Found:
        """Of what was found, that which is young enough, and the texts of what is still younger."""
        if not (self.clip_days or self.content_days):
            return found
        clips_from, texts_from = self.oldest_clip(now), self.oldest_text(now)
        messages = tuple(
            one if one.message_id >= texts_from else msgspec.structs.replace(one, content=None)
            for one in found.messages
            if one.message_id >= clips_from
        )
        if len(messages) == len(found.messages):
            return Found(found.clips, messages, found.authors)
        posters = {one.author_id for one in messages}
        return Found(
            tuple(clip for clip in found.clips if clip.message_id >= clips_from),
            messages,
            tuple(author for author in found.authors if author.author_id in posters),
        )


KEEP_ALL = Retention()


def _oldest(days: int, now: float) -> int:
    return snowflake.from_unix(now - days * _DAY_S) if days else 0
