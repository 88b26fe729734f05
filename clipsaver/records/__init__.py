"""The frozen records that rooms hand to each other.

`scanning` makes them out of Discord's answers and `database` writes them; neither imports the
other. Ids are ints (snowflakes), times are Unix seconds unless the type says otherwise. Those that
there are many of are structs: a frozen dataclass takes ten times as long to make.
"""

from __future__ import annotations

from clipsaver.records.channels import Channel, Denial, KnownChannel
from clipsaver.records.clips import (
    Author,
    Clip,
    ClipSource,
    DeletedReason,
    Departure,
    KnownClip,
    Message,
    ThumbnailState,
)
from clipsaver.records.guilds import RecordedGuild
from clipsaver.records.limits import LearntLimit
from clipsaver.records.pages import PageChanges, PageResult
from clipsaver.records.purges import Purge, PurgeCounts, PurgeScope, PurgeStage, PurgeTarget
from clipsaver.records.runs import Delivery, GuildCounts, RunProgress, RunStart, RunState

__all__ = [
    "Author",
    "Channel",
    "Clip",
    "ClipSource",
    "DeletedReason",
    "Delivery",
    "Denial",
    "Departure",
    "GuildCounts",
    "KnownChannel",
    "KnownClip",
    "LearntLimit",
    "Message",
    "PageChanges",
    "PageResult",
    "Purge",
    "PurgeCounts",
    "PurgeScope",
    "PurgeStage",
    "PurgeTarget",
    "RecordedGuild",
    "RunProgress",
    "RunStart",
    "RunState",
    "ThumbnailState",
]
