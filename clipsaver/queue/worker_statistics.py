"""What a worker says of its parts with each heartbeat: the field `statistics` of its hash, JSON.

A worker and whoever looks at it may be of different versions: what one does not know it leaves out
or passes over. Times are seconds, counts are since the worker's start where nothing else is said.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from clipsaver.queue.link import Link


class Slots(msgspec.Struct, frozen=True):
    """Jobs that run now."""

    concurrency: int = 0
    reserved: int = 0
    """For live jobs only."""
    live: int = 0
    others: int = 0
    ending: int = 0
    """Jobs whose work is over and whose end is being told; they have left their slots."""


class Leases(msgspec.Struct, frozen=True):
    """Entries in hand now, and what became of leases."""

    beginning: int = 0
    """Read, and not leased yet."""
    held: int = 0
    lost: int = 0


class Progress(msgspec.Struct, frozen=True):
    """What was told of jobs."""

    followed: int = 0
    """Now."""
    written: int = 0
    """Reports, each of one job."""
    writes: int = 0
    """Round trips for them."""


class Pages(msgspec.Struct, frozen=True):
    """The writers of pages."""

    groups: int = 0
    """Transactions committed."""
    pages: int = 0
    messages: int = 0
    """Read with these pages."""
    clips: int = 0
    """Found in them."""
    rows: int = 0
    commit_seconds: float = 0.0
    """From sending a group to knowing that it is in, summed."""
    commit_times: tuple[int, ...] = ()
    """Of the groups, how many took up to each of the writers' bounds, and longer."""
    last_commit_ms: float | None = None
    """What the last of them took, there and back; None where there was none yet."""
    waiting: int = 0
    """Pages, now."""
    is_away: bool = False
    """Whether the database cannot serve, now."""


class Combined(msgspec.Struct, frozen=True):
    """Calls of many jobs that share round trips."""

    calls: int = 0
    groups: int = 0
    """Round trips."""
    waiting: int = 0
    """Calls, now."""
    under_way: int = 0
    """Calls, now."""


class Connections(msgspec.Struct, frozen=True):
    """Of a pool or client."""

    idle: int = 0
    in_use: int = 0
    waiting: int = 0
    """Tasks that wait for one, now."""
    opened: int = 0
    dropped: int = 0
    """Closed because they broke or were left in the middle of something."""
    reused: int = 0
    """Of Discord's client only."""
    repeated: int = 0
    """Of Discord's client only: sent again since a kept connection had just been closed."""


class Limits(msgspec.Struct, frozen=True):
    """Discord's limits as this worker meets them; `clipsaver limits` has all workers'."""

    on_their_way: int = 0
    waiting: int = 0
    """Requests, now."""
    waits: int = 0
    """Requests that had to wait."""
    waited_s: float = 0.0
    """For how long, together."""
    invalid_requests: int = 0
    """401, 403 and 429 of this address in the last 10 minutes."""


class Heard(msgspec.Struct, frozen=True, array_like=True):
    """What one answer of Discord's said of limits: as a list, in this order, since there are many.

    A later version may say more behind it.
    """

    ago_s: float
    """Before the heartbeat."""
    status: int
    limit: int | None = None
    remaining: int | None = None
    reset_after_s: float | None = None
    retry_after_s: float | None = None
    """Of a 429 or a block what is obeyed."""
    scope: str = ""
    """Of these: user, shared, global, cloudflare."""


class Discord(msgspec.Struct, frozen=True):
    """The client of Discord's API."""

    answers: dict[str, int] = {}
    """By HTTP status."""
    routes: dict[str, dict[str, int]] = {}
    """The same by route, such as `GET /channels/{channel}/messages`."""
    failures: int = 0
    """Exchanges without a whole answer."""
    refusals: dict[str, int] = {}
    """429s and blocks by their scope."""
    retries: int = 0
    token_held_for_s: float | None = None
    """As rejected; None = it is not."""
    recent: dict[str, tuple[Heard, ...]] = {}
    """The last ten answers of each of the latest eight routes, the oldest first. A route stands
    for all of its channels."""

    @property
    def requests(self) -> int:
        return sum(self.answers.values()) + self.failures


class Thumbnails(msgspec.Struct, frozen=True):
    """What makes thumbnails; all 0 where this worker makes none."""

    making: int = 0
    """Now."""
    waiting: int = 0
    """Claimed, and not being made yet."""
    made: int = 0
    missed: dict[str, int] = {}
    """Attempts without a picture, by reason."""
    by_source: dict[str, dict[str, int]] = {}
    """Recorded attempts: source (decode, discord, none), and the state that they left the clip in:
    ready, pending (tried again), failed, unavailable."""
    requests: int = 0
    """To the CDN and the media proxy, for those made."""
    bytes_read: int = 0
    bytes_saved: int = 0
    """By not reading the whole of the files of those made."""
    answers: dict[str, int] = {}
    """Of the CDN and the media proxy to all attempts, by HTTP status."""
    bytes_fetched: int = 0
    """From both, for all attempts."""


class Process(msgspec.Struct, frozen=True):
    """The worker's process."""

    memory_bytes: int = 0
    """Resident now; where the system does not tell that, the most there was."""
    cpu_s: float = 0.0
    tasks: int = 0
    """Of the event loop, now."""


class Away(msgspec.Struct, frozen=True):
    """For how long each has been away by now; None = it serves."""

    redis_s: float | None = None
    database_s: float | None = None
    discord_s: float | None = None
    thumbnails_s: float | None = None
    """The storage, or what decodes."""


class WorkerStatistics(msgspec.Struct, frozen=True):
    """All of it."""

    slots: Slots = Slots()
    leases: Leases = Leases()
    outcomes: dict[str, int] = {}
    """Deliveries by how they ended: done, dead, retry, wait, slice, handback, abandoned…"""
    by_type: dict[str, dict[str, int]] = {}
    """The same by the type of their job."""
    redelivered: dict[str, int] = {}
    """Deliveries of what had been delivered before: `worker_lost`, or `retry` after a failure."""
    progress: Progress = Progress()
    pages: Pages = Pages()
    runs: Combined = Combined()
    """Beginnings and ends of runs in the database."""
    scripts: Combined = Combined()
    """Scripts of the stream in Redis."""
    database: Connections = Connections()
    redis: Connections = Connections()
    http: Connections = Connections()
    limits: Limits = Limits()
    discord: Discord = Discord()
    thumbnails: Thumbnails = Thumbnails()
    process: Process = Process()
    away: Away = Away()
    watching: int = 0
    """Guilds that it keeps current; one worker of all does so."""
    redis_ms: float = 0.0
    """What the heartbeat before took, there and back."""
    grace_left_s: float | None = None
    """Of a worker that stops: until it cuts short the jobs that it still has (`slots`); None = it
    does not stop, or has done so."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(WorkerStatistics, strict=False)


def encode_statistics(statistics: WorkerStatistics) -> bytes:
    """The text of the field `statistics`."""
    return _encoder.encode(statistics)


def decode_statistics(raw: bytes | str | None) -> WorkerStatistics | None:
    """None where there is nothing, or nothing that this version understands."""
    try:
        return _decoder.decode(raw) if raw else None
    except msgspec.DecodeError:
        return None


async def read_statistics(link: Link, names: Sequence[str]) -> dict[str, WorkerStatistics]:
    """What these workers last said of their parts; the dead and the silent are left out."""
    if not names:
        return {}
    answers = await link.together(
        [("HGET", link.names.worker(name), "statistics") for name in names]
    )
    decoded = zip(names, map(decode_statistics, answers), strict=True)
    return {name: statistics for name, statistics in decoded if statistics is not None}
