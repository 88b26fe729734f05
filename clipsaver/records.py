"""The frozen records that rooms hand to each other.

`scanning` makes them out of Discord's answers and `database` writes them; neither imports the
other. Ids are ints (snowflakes), times are Unix seconds unless the type says otherwise. Those that
there are many of are structs: a frozen dataclass takes ten times as long to make.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from clipsaver.ranges import RangeSet


class ClipSource(enum.StrEnum):
    """Where in a message a clip was found; the values are stored in `clips.source`."""

    ATTACHMENT = "attachment"
    FORWARD = "forward"
    COMPONENT = "component"
    EMBED = "embed"


class RunState(enum.StrEnum):
    """The life of a run, as stored in `runs.state`."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_over(self) -> bool:
        return self not in (RunState.QUEUED, RunState.RUNNING)


class DeletedReason(enum.StrEnum):
    """Why a clip is not there any more, as stored in `clips.deleted_reason`."""

    MESSAGE = "message"
    """Its message was deleted at Discord."""
    ATTACHMENT = "attachment"
    """Its message is there and shows the file no more."""
    SETTINGS = "settings"
    """It is there, and the settings of a rescan do not want it."""
    PURGE = "purge"


class ThumbnailState(enum.StrEnum):
    """Where a clip's thumbnail stands, as stored in `clips.thumbnail_state`."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"
    """Its attempts are used up."""
    UNAVAILABLE = "unavailable"
    """It cannot be made."""
    SKIPPED = "skipped"
    """It is not wanted."""


class Author(msgspec.Struct, frozen=True, gc=False):
    """Whoever posted a message; webhooks and deleted users have one too."""

    author_id: int
    username: str
    global_name: str | None
    avatar: str | None
    is_bot: bool


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message that holds at least one clip; others are not kept."""

    message_id: int
    channel_id: int
    author_id: int
    type: int
    content: str | None
    """None where storing content is switched off."""
    posted_at: datetime
    edited_at: datetime | None


class Clip(msgspec.Struct, frozen=True, gc=False):
    """One video file in one message."""

    clip_id: str
    message_id: int
    channel_id: int
    author_id: int
    source: ClipSource
    attachment_id: int | None
    filename: str
    title: str | None
    content_type: str
    size_bytes: int | None
    width: int | None
    height: int | None
    duration_seconds: float | None
    url: str
    url_expires_at: datetime | None
    placeholder: str | None
    """Discord's thumbhash, base64: a blurred preview that costs no request."""
    spoiler: bool
    discord_clip: bool
    posted_at: datetime


class KnownClip(msgspec.Struct, frozen=True, gc=False):
    """A clip that the database holds as being there."""

    clip_id: str
    message_id: int


class Departure(msgspec.Struct, frozen=True, gc=False):
    """A stored clip that turned out not to be there any more."""

    clip_id: str
    reason: DeletedReason


@dataclass(frozen=True, slots=True)
class Channel:
    """What Discord said about a channel or thread when it was last asked."""

    channel_id: int
    guild_id: int
    parent_id: int | None
    type: int
    name: str | None
    nsfw: bool
    last_message_id: int | None


@dataclass(frozen=True, slots=True)
class KnownChannel:
    """A channel as the database knows it."""

    channel: Channel
    epoch: int
    """Raised by a purge; a page that was read under an older epoch is not committed."""
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Denial:
    """What Discord said when it denied a channel, and when it is asked again."""

    error: str
    """The error's `reason`, or `channel_gone` where a known channel was deleted."""
    words: str
    route: str
    status: int | None
    code: int | None
    denied_at: datetime
    """The first time."""
    ask_again_at: datetime


@dataclass(frozen=True, slots=True)
class PageResult:
    """All that one page of a scan changes, committed in one transaction or not at all."""

    run_id: str
    fence: int
    page_number: int
    """1 for the run's first page. A page that was committed already changes nothing again."""
    guild_id: int
    channel_id: int
    epoch: int
    settings_hash: str
    read: RangeSet
    """Ids that this run need not read any more; taken off `runs.remaining`."""
    covered: RangeSet
    """Ids that are now known to be read; added to `scan_coverage`."""
    read_at: datetime
    """When Discord was asked. What was found to be deleted later than that stays deleted."""
    messages_read: int
    requests: int
    """Requests made for this page, retries included."""
    clips: tuple[Clip, ...] = ()
    messages: tuple[Message, ...] = ()
    authors: tuple[Author, ...] = ()
    departures: tuple[Departure, ...] = ()
    """Marked deleted, where they belong to the page's channel and are not deleted yet."""
    replaces: bool = False
    """Whether `covered` is taken off what was read under other settings: the last word counts."""
    by_search: bool = False
    """Found by Discord's search, whose index is late: what was deleted stays deleted."""
    search_left: str | None = None
    """Where the run's search goes on, kept in `runs.search_left`; None leaves that as it is."""

    def __post_init__(self) -> None:
        if self.by_search:
            if self.read or self.covered or self.departures or self.replaces:
                raise ValueError("what search shows proves nothing to be read or gone")
        elif self.search_left is not None:
            raise ValueError("only a page of a search says where the search goes on")


@dataclass(frozen=True, slots=True)
class PageChanges:
    """What a committed page changed among the clips."""

    added: int = 0
    """Clips that were not known before."""
    restored: int = 0
    """Clips that had been marked deleted."""
    deleted: int = 0
    by_search: int = 0
    """Of those added, the ones that search showed first."""

    def __add__(self, other: PageChanges) -> PageChanges:
        return PageChanges(
            self.added + other.added,
            self.restored + other.restored,
            self.deleted + other.deleted,
            self.by_search + other.by_search,
        )


@dataclass(frozen=True, slots=True)
class RunProgress:
    """What a run has done over all its deliveries, as committed."""

    pages: int = 0
    messages: int = 0
    clips: int = 0
    requests: int = 0
    changes: PageChanges = field(default_factory=PageChanges)

    def plus(self, page: PageResult, changes: PageChanges) -> RunProgress:
        """The same with one more committed page."""
        return self.plus_parts((page,), changes)

    def plus_parts(self, parts: Sequence[PageResult], changes: PageChanges) -> RunProgress:
        """The same with one more committed page, which came in parts."""
        return RunProgress(
            pages=parts[0].page_number,
            messages=self.messages + sum(part.messages_read for part in parts),
            clips=self.clips + sum(len(part.clips) for part in parts),
            requests=self.requests + sum(part.requests for part in parts),
            changes=self.changes + changes,
        )


@dataclass(frozen=True, slots=True)
class GuildCounts:
    """What a guild job found in its guild, and what it did about it."""

    channels: int = 0
    """Channels and threads that can hold messages."""
    unreadable: int = 0
    """Channels and threads that the bot may not read."""
    jobs: int = 0
    """Jobs that it added: one for each that has something new, and one that searches."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a run to this worker: what the queue says of it."""

    run_id: str
    fence: int
    """Greater than that of any earlier delivery of this run."""
    attempts: int
    """Failed attempts so far; waits, hand-backs and slices do not count."""


@dataclass(frozen=True, slots=True)
class RunStart:
    """What a run has left to do at the beginning of a delivery."""

    remaining: RangeSet | None
    """None on the first delivery: the plan has not been made yet."""
    progress: RunProgress = field(default_factory=RunProgress)
    search_left: str | None = None
    """What an earlier delivery kept of its search; None = it has not begun, or there is none."""


@dataclass(frozen=True, slots=True)
class LearntLimit:
    """A limit of Discord's that only a 429 has shown; it binds its route on all channels."""

    route: str
    """Method and path template."""
    count: int
    """So many requests to one channel or guild in the window."""
    window_s: float
    patience_s: float
    """How long after the last lesson it is tried whether Discord is more generous now."""
