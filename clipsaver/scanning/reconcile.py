"""What a reading of Discord says of the clips that the database holds: which are there no more.

A clip is marked deleted on evidence alone. Its message is gone if Discord says so when asked for it
(404/10008), or if it is missing between two messages that are there; a file is gone if its message
is there and does not show it. What is missing without that is doubtful, and has to be asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from clipsaver.discord_rest import models
from clipsaver.ranges import RangeSet
from clipsaver.records import DeletedReason, Departure, KnownClip
from clipsaver.scanning.extract import file_ids
from clipsaver.scanning.hollow import is_hollow


@dataclass(frozen=True, slots=True)
class Findings:
    """What became of some stored clips."""

    departures: tuple[Departure, ...] = ()
    doubtful: tuple[int, ...] = ()
    """Messages that are missing without proof, newest first."""
    rest_on_hollow: bool = False
    """A message that shows nothing at all decided; so does a bot without its intent see them."""


def reconcile(
    stored: Iterable[KnownClip],
    shown: Mapping[int, models.Message],
    found: Collection[str],
    *,
    gone: RangeSet,
    replaces: bool,
) -> Findings:
    """Compares stored clips with what was read.

    `shown` are the messages that were read, `found` the clips that the rules in force see in them.
    Messages in `gone` that are not shown are deleted. With `replaces` the rules have the last word:
    a file that they do not want departs as well.
    """
    departures: list[Departure] = []
    doubtful: set[int] = set()
    rest_on_hollow = False
    for clip in stored:
        if clip.clip_id in found:
            continue
        message = shown.get(clip.message_id)
        if message is not None:
            reason = _judge(clip, message, replaces=replaces)
            rest_on_hollow |= reason is not None and is_hollow(message)
        elif clip.message_id in gone:
            reason = DeletedReason.MESSAGE
        else:
            reason = None
            doubtful.add(clip.message_id)
        if reason is not None:
            departures.append(Departure(clip.clip_id, reason))
    return Findings(tuple(departures), tuple(sorted(doubtful, reverse=True)), rest_on_hollow)


def departed(stored: Iterable[KnownClip], messages: Collection[int]) -> tuple[Departure, ...]:
    """The stored clips of messages that are gone for sure."""
    return tuple(
        Departure(clip.clip_id, DeletedReason.MESSAGE)
        for clip in stored
        if clip.message_id in messages
    )


def _judge(clip: KnownClip, message: models.Message, *, replaces: bool) -> DeletedReason | None:
    if clip.clip_id not in file_ids(message):
        return DeletedReason.ATTACHMENT
    return DeletedReason.SETTINGS if replaces else None
