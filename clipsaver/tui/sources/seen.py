"""One look at everything that the visible screen needs, as frozen records.

They are the records of `queue.operating`, `database` and the limits wherever there are such, so
that what is decided of them (verdicts, advice, phases) is decided by the code that the worker and
the command line use. Times are Unix ms by the clock of Redis unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from clipsaver.database.clips import StoredClip
from clipsaver.database.run_list import ListedRun
from clipsaver.discord_rest.limits.view import LimitsView
from clipsaver.queue.events import Event
from clipsaver.queue.operating.audit import AuditEvent
from clipsaver.queue.operating.dead_letters.dead import Group
from clipsaver.queue.operating.dead_letters.letter import DeadLetter
from clipsaver.queue.operating.jobs import JobRow
from clipsaver.queue.operating.pending import Counts, PendingEntry
from clipsaver.queue.operating.workers import Worker
from clipsaver.queue.series import Minute


@dataclass(frozen=True, slots=True)
class Store:
    """How a store answered in this look."""

    latency_ms: float | None = None
    """There and back; None where it did not answer or was not asked yet."""
    error: str | None = None
    """Why it did not, in words; None = it did."""
    since_ms: int | None = None
    """Since when it has not answered."""


@dataclass(frozen=True, slots=True)
class Place:
    """A channel or thread by the names that the database knows; None where it does not."""

    guild: str | None
    channel: str | None


@dataclass(frozen=True, slots=True)
class Common:
    """What the frame around every screen shows, and what the list of problems is made of."""

    redis: Store
    database: Store
    workers: tuple[Worker, ...] = ()
    """Alive and gone."""
    counts: Counts | None = None
    dead: int = 0
    oldest_dead_ms: int | None = None
    """When the oldest dead letter died."""
    allowance: float = 0.0
    """Requests a second that may be sent; 0 where no worker has said."""
    sent: int = 0
    """Of these in the last second."""
    limit_waits: int = 0
    """Requests that wait for a limit, of all workers."""
    clips: int | None = None
    """About how many there are; None where the database is away."""
    version: str = ""
    """Ours."""
    stream: str = ""
    group: str = ""
    config: str = ""
    """Where the configuration comes from, for a person."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """By channel id, those that rows of this look name and the database knows."""


@dataclass(frozen=True, slots=True)
class OverviewBody:
    """Is it healthy, and what should a person do?"""

    minutes: tuple[Minute, ...]
    """The last 60, the running one last."""
    depths: tuple[int | None, ...]
    """What was left to do at the end of each of these minutes; None where nobody looked."""
    running: tuple[JobRow, ...]
    """The first that run."""
    limits: LimitsView | None
    """None where no token is configured here."""
    events: tuple[Event, ...]
    """The latest, the newest last."""
    audit: tuple[AuditEvent, ...]
    """The latest, the newest last."""
    oldest_unread_ms: int | None = None
    """When the oldest entry was added that no worker has been given yet."""
    storage_error: str | None = None
    """Why workers cannot store thumbnails, as one of them says."""


@dataclass(frozen=True, slots=True)
class JobDetail:
    """All that is known of one run."""

    row: JobRow
    entry: PendingEntry | None
    """None when it is over."""
    run: ListedRun | None
    """As the database knows it; None where it does not, or is away."""
    job: str | None
    """The job's own JSON, made printable and with line breaks."""
    events: tuple[Event, ...]
    """Of this run, the oldest first, as far back as the stream of events goes."""


@dataclass(frozen=True, slots=True)
class JobsBody:
    """What runs, waits and is done?"""

    rows: tuple[JobRow, ...]
    """Those that are not over, then those that ended last."""
    is_more: bool
    detail: JobDetail | None = None


@dataclass(frozen=True, slots=True)
class PendingBody:
    """Who holds what, is the lease alive, what happens next?"""

    entries: tuple[PendingEntry, ...]
    is_more: bool
    """Whether there are more than were looked at."""
    looked_at: int
    detail: JobDetail | None = None


@dataclass(frozen=True, slots=True)
class DeadBody:
    """What failed for good, why, and is it safe to retry?"""

    groups: tuple[Group, ...]
    """Where they are wanted grouped, of those that were looked at."""
    letters: tuple[DeadLetter, ...]
    """Where they are not: all that were looked at, the newest first. Else those of the chosen
    group."""
    looked_at: int
    """Of `Common.dead` letters, the newest."""
    superseded: frozenset[str] = frozenset()
    """Ids of letters whose channel a later run of the same type has read to the end."""
    last: AuditEvent | None = None
    """What a person last did to dead letters, as far as it is on record; where there are none."""


STRIP_PARTS = 30
"""Of two seconds each: the last minute of a bucket."""


@dataclass(frozen=True, slots=True)
class LimitsBody:
    """Why is it waiting?"""

    limits: LimitsView | None
    """None where no token is configured here. Each bucket has its strip of `STRIP_PARTS`."""
    minutes: tuple[Minute, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkersBody:
    """Who is alive? They are in `Common`."""

    minutes: tuple[Minute, ...]
    """The last few, the running one last."""
    entries: tuple[PendingEntry, ...] = ()
    """What the chosen one holds."""
    events: tuple[Event, ...] = ()
    """Its latest."""


@dataclass(frozen=True, slots=True)
class ClipDetail:
    """More about one clip than its row holds."""

    clip_id: str
    codec: str | None
    thumbnail_error: str | None
    thumbnail_attempts: int
    thumbnail_due_at: datetime | None
    first_seen_at: datetime | None
    content: str | None
    """The message's text, where it is kept; a stranger's."""
    storage_key: str | None
    """Of its large picture, or of the small one; None = there is none."""
    where: str | None
    """The path or URL of that picture, for a person."""
    picture_width: int | None
    picture_height: int | None
    picture_bytes: int | None
    source: str | None
    """decode or discord."""


@dataclass(frozen=True, slots=True)
class ClipsBody:
    """What was saved? None of it is known where the database is away."""

    clips: tuple[StoredClip, ...]
    is_more: bool
    detail: ClipDetail | None = None


@dataclass(frozen=True, slots=True)
class LogsBody:
    """What happened? Both are sorted, the oldest first."""

    events: tuple[Event, ...]
    audit: tuple[AuditEvent, ...]
    is_more: bool = False
    """Whether there are older ones."""


Body = (
    OverviewBody | JobsBody | PendingBody | DeadBody | LimitsBody | WorkersBody | ClipsBody
    | LogsBody
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """One look, complete in itself: a later one replaces it."""

    at_ms: int
    common: Common
    body: Body | None
    """Of the view that was wanted; None where the store that it lives in is away."""
    is_narrowed: bool = False
    """Whether a filter has kept rows from being fetched: they are not gone. Set by who looked."""
