"""How the background check gets round all clips, and how much it may ask for. Pure.

It goes from channel to channel by id, and in each from the oldest message to the newest, a sample
of neighbours at a time, so that all are looked at in time. A round begins no sooner than a day
after the one before. Between two samples it waits until the requests of the last are its share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import msgspec

from clipsaver.job_settings import Settings
from clipsaver.jobs import MessageJob

MOST_MESSAGES = 50
"""Of one sample. Where clips are dense a page of history brings them all."""
ROUND_S = 86_400.0
UNCOUNTED = 1
"""Requests of a job that its run does not count: now and then for the channel and the intent."""
LOST_AFTER_S = 120.0
"""A job that is neither in line nor begun for so long has been lost with its Redis."""
KEPT_RUNS = 500
"""Of jobs that found nothing: they come by the ten thousand a day, and `runs` is for people."""
_NOTHING_COUNTS = Settings(allowed_mime_types=())
"""By these a message holds no clip, so nothing is stored of it that was not: it is only seen
whether what is on record is still there."""


class Round(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where it stands, as `chores.place` keeps it."""

    number: int = 0
    """Of the last job."""
    asked_at: float | None = None
    """When that was pushed, Unix seconds by the database's clock; None = it is dealt with."""
    began_at: float | None = None
    """When the round began; None = the next one has not."""
    channel: int = 0
    """Goes on in this one, or behind it."""
    message: int = 0
    """Looked at up to here; 0 = nothing yet."""

    @classmethod
    def read(cls, text: str | None) -> Self:
        """What `text` says; from the beginning where it says nothing that is understood."""
        try:
            return msgspec.json.decode(text or "{}", type=cls)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return cls()

    @property
    def text(self) -> str:
        """For `read`."""
        return msgspec.json.encode(self).decode()

    @property
    def job_id(self) -> str:
        """Of the last job, for people: they see in `runs` what it was."""
        return f"check:{self.number}"

    @property
    def forgotten_id(self) -> str | None:
        """Of a job long ago, whose run is of no interest any more; None = there is none yet."""
        number = self.number - KEPT_RUNS
        return f"check:{number}" if number > 0 else None

    def at(self, channel: int, message: int) -> Self:
        """Looked at up to that message of that channel."""
        return msgspec.structs.replace(self, channel=channel, message=message)

    def begun(self, now: float) -> Self:
        """The same, or a new round where none is under way."""
        if self.began_at is not None:
            return self
        return msgspec.structs.replace(self, began_at=now, channel=0, message=0)

    def over(self) -> Self:
        """All channels were gone through."""
        return msgspec.structs.replace(self, began_at=None, channel=0, message=0)

    def asking(self, now: float) -> Self:
        """With one more job, which is about to be pushed."""
        return msgspec.structs.replace(self, number=self.number + 1, asked_at=now)

    def answered(self) -> Self:
        """Its job is dealt with."""
        return msgspec.structs.replace(self, asked_at=None)

    def rest_s(self, now: float) -> float:
        """For how long it pauses where it is over now; not above a day, whatever the clocks say."""
        began_at = now if self.began_at is None else self.began_at
        return min(max(began_at + ROUND_S - now, 0.0), ROUND_S)


@dataclass(frozen=True, slots=True)
class SeenClip:
    """A clip that the check comes by."""

    message_id: int
    is_due: bool
    """Whether nobody has looked at it lately."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What to look at."""

    messages: tuple[int, ...]
    up_to: int
    """The last message that was come by."""


def choose(seen: Sequence[SeenClip]) -> Sample:
    """The messages of the next sample, of clips in ascending order of their messages, at least one.

    A message may be cut off from some of its clips: it is looked at whole, or was.
    """
    chosen: dict[int, None] = {}
    up_to = seen[0].message_id
    for clip in seen:
        if len(chosen) == MOST_MESSAGES and clip.message_id not in chosen:
            break
        up_to = clip.message_id
        if clip.is_due:
            chosen[clip.message_id] = None
    return Sample(tuple(chosen), up_to)


def pause_s(requests: int, *, share: float, per_second: float) -> float:
    """How long nothing is to be asked for after so many requests, that they be the share.

    `per_second` is what the token is allowed; the share is above 0.
    """
    return (requests + UNCOUNTED) / (share * per_second)


def job_of(guild_id: int, channel_id: int, messages: Sequence[int], job_id: str) -> MessageJob:
    """The job that looks whether these messages and their files are still there."""
    return MessageJob(
        guild_id=str(guild_id),
        channel_id=str(channel_id),
        message_ids=tuple(map(str, messages)),
        job_id=job_id,
        priority="backfill",
        settings=_NOTHING_COUNTS,
    )
