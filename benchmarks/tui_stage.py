"""What four busy workers leave in Redis, for `benchmarks.tui_live`: made once, then kept up.

    python -m benchmarks.tui_stage REDIS_URL TOKEN

Says `ready` when everything is there, and goes on until its input ends. Then it writes, as JSON,
when each mark was in Redis: the number of messages that the first run has read.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from dataclasses import dataclass, field

from clipsaver.config.model import RedisConfig
from clipsaver.discord_rest import routes
from clipsaver.discord_rest.limits import wire
from clipsaver.discord_rest.limits.lua import invalid_key, script, token_key
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.jobs import BatchJob, encode
from clipsaver.queue import events, intake, lease, presence, produce, progress, series
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.queue.operating import audit
from clipsaver.queue.outcomes import settle
from clipsaver.queue.policy import Dead, Failure, Wait
from clipsaver.queue.progress import Obstacle, Report
from clipsaver.queue.worker_statistics import Discord as Asked
from clipsaver.queue.worker_statistics import (
    Heard,
    Leases,
    Limits,
    Pages,
    Process,
    Slots,
    WorkerStatistics,
    encode_statistics,
)
from clipsaver.records import RunProgress
from clipsaver.tui.sources.live.redis import open_asyncio_redis
from clipsaver.worker.line_events import SEND_EVERY_S

WORKERS, RUNNING, PUT_OFF, WAITING, DEAD, LINES = 4, 64, 36, 100, 200, 220
"""Workers; runs of each kind, 200 in all beside the dead ones; and lines of a log."""
BUCKETS = 200
FIRST_MARK = 700_001
MARK_EVERY_S = 1.37
"""From one mark to the next: at all phases of the ticks."""
_REPORT_EVERY_S, _REQUEST_EVERY_S, _BEAT_EVERY_S = 0.4, 0.1, presence.BEAT_EVERY_S
_LEASE_MS = 60_000
_RATE = 45.0
_GUILD, _CHANNEL = (1546300800000 - 1420070400000) << 22, (1577836800000 - 1420070400000) << 22
"""What ids of `gallery.sql` begin from."""


def channel(number: int) -> str:
    """One that the database has a name for."""
    return str(_CHANNEL + 1 + number % 400)


@dataclass
class Member:
    """A worker, and the runs that it holds."""

    me: Consumer
    leases: list[lease.Lease] = field(default_factory=list)
    ledger: series.Ledger = field(default_factory=series.Ledger)
    pages: int = 0

    def statistics(self) -> WorkerStatistics:
        held = len(self.leases)
        heard = tuple(Heard(float(ago), 200, 5, ago % 5, 2.5) for ago in range(10))
        return WorkerStatistics(
            slots=Slots(held + 1, 1, 0, held),
            leases=Leases(held=held),
            outcomes={"done": 40 + self.pages // 100, "retry": 3, "wait": 9},
            pages=Pages(self.pages, self.pages, 100 * self.pages, self.pages, last_commit_ms=4.2),
            limits=Limits(2, 3, self.pages, self.pages * 0.4),
            discord=Asked(
                answers={"200": self.pages},
                recent={routes.MESSAGES.name: heard, routes.MESSAGE.name: heard},
            ),
            process=Process(90 << 20, time.process_time(), 120),
            redis_ms=0.6,
        )

    async def beat(self, *, is_first: bool = False) -> None:
        said = self.statistics()
        held = len(self.leases)
        facts = {
            "pid": 7,
            "version": "0.1.0",
            "state": "running",
            "started_at": int(time.time()) - 3600,
            "beat_at": int(time.time()),
            "concurrency": held + 1,
            "reserved": 1,
            "running": held,
            "statistics": encode_statistics(said),
        }
        tell = presence.claim_name if is_first else presence.beat
        await tell(self.me, facts, expires_ms=15_000)
        await series.write(self.me, self.ledger, series.done_by(said))
        await lease.renew(self.me, self.leases)


class Stage:
    """All that there is on the stream."""

    def __init__(self, link: Link, token: str) -> None:
        self._link = link
        self._token = token
        self._numbers = itertools.count(1)
        self._members = [
            Member(Consumer(link, f"worker-{number}", f"host-{number}", _LEASE_MS))
            for number in range(1, WORKERS + 1)
        ]
        self.marks: list[float] = []
        """When each was there."""

    async def set_up(self) -> None:
        await intake.ensure_group(self._link)
        for member in self._members:
            await member.beat(is_first=True)
        first = self._members[0].me
        for number, held in enumerate(await self._taken(first, DEAD)):
            failure = Failure("not_found", f"no channel of the number {number}", f"{number:012x}")
            await settle(first, held, Dead(failure))
        for held in await self._taken(first, PUT_OFF):
            await settle(first, held, Wait(900, "channel_busy"))
        for member in self._members:
            member.leases = await self._taken(member.me, RUNNING // WORKERS)
            await member.beat()
            await self._report(member)
        await self._pushed(WAITING)
        await intake.take_next(first, 0, others=0)
        await events.tell_lines(self._link, first.name, [self._line() for _ in range(LINES)])
        act = audit.Act("ann@host-a", "", "three runs", "request-1")
        await audit.note(self._link, act, "cancel", count=3)
        for number in range(BUCKETS):
            await self._request(number)

    async def keep_up(self) -> None:
        """Ends only by being cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for number, member in enumerate(self._members):
                tasks.create_task(self._work(member, number / len(self._members)))
            tasks.create_task(self._mark())
            tasks.create_task(self._ask())

    async def _pushed(self, count: int) -> None:
        jobs = [
            encode(BatchJob(guild_id=str(_GUILD + 1), channel_id=channel(number)))
            for number in itertools.islice(self._numbers, count)
        ]
        await produce.push(self._link, jobs)

    async def _taken(self, me: Consumer, count: int) -> list[lease.Lease]:
        """New runs that a worker has begun."""
        await self._pushed(count)
        taken = [
            await lease.take(me, entry, {"type": "batch"})
            for entry in await intake.read(me, count, block_ms=1)
        ]
        return [one for one in taken if one is not None]

    async def _work(self, member: Member, phase: float) -> None:
        """As a worker: each report in its turn, and a sign of life every few seconds."""
        await asyncio.sleep(phase * _REPORT_EVERY_S)
        for turn in itertools.count():
            if turn % round(_BEAT_EVERY_S / _REPORT_EVERY_S) == 0:
                await member.beat()
            if turn % round(SEND_EVERY_S / _REPORT_EVERY_S) == 0:
                await events.tell_lines(self._link, member.me.name, [self._line()])
            await self._report(member)
            await asyncio.sleep(_REPORT_EVERY_S)

    async def _report(self, member: Member) -> None:
        """On all but the run that is marked."""
        member.pages += len(member.leases)
        marked = self._members[0].leases[0].run_id
        reports = [
            self._progress(held, member.pages // 2 + number)
            for number, held in enumerate(member.leases)
            if held.run_id != marked
        ]
        await progress.write(self._link, reports)

    def _progress(self, held: lease.Lease, pages: int, messages: int | None = None) -> Report:
        now_ms = time.time_ns() // 1_000_000
        waits = Obstacle("bucket", routes.MESSAGES.name, now_ms, now_ms + 2_000)
        return Report(
            held,
            RunProgress(pages=pages, messages=messages or 100 * pages, clips=pages // 3),
            min(0.99, 0.2 + pages / 20_000),
            stage="scan",
            rate=90.0 + pages % 7,
            eta_ms=now_ms + 600_000 - pages * 100,
            obstacle=waits if pages % 8 == 0 else None,
        )

    async def _mark(self) -> None:
        (held, *_) = self._members[0].leases
        for number in itertools.count():
            report = self._progress(held, 701 + 8 * number, FIRST_MARK + number)
            await progress.write(self._link, [report])
            self.marks.append(time.monotonic())
            await asyncio.sleep(MARK_EVERY_S)

    async def _ask(self) -> None:
        for number in itertools.count():
            await self._request(number)
            await asyncio.sleep(_REQUEST_EVERY_S)

    async def _request(self, number: int) -> None:
        """One request to Discord, as the limits know it."""
        one = f"r{next(self._numbers)}"
        request = routes.MESSAGES.to(channel=channel(number % BUCKETS))
        name, major = request.route.name, request.major
        take = wire.Take(one, name, major, str(request), Turn.BACKFILL, time.time())
        ((verdict, *words),) = (await self._said(take)).replies
        if verdict != "go":
            await self._said(wire.Leave(one, major, int(words[2])))
            return
        said = wire.Said(5, 4, 2.5, "bucket-of-messages")
        await self._said(wire.Answered(one, str(words[1]), name, major, 200, said))

    async def _said(self, thing: wire.Thing) -> wire.Outcome:
        keys = (token_key(self._token), invalid_key("host-1"))
        call = wire.Call("worker-1", _RATE, 0.0, 1.0, -1, (thing,))
        return wire.unpack(await script("turn").run(self._link.redis, keys, [wire.pack(call)]))

    def _line(self) -> dict[str, object]:
        number = next(self._numbers)
        return {
            "level": "info",
            "event": "scan_finished",
            "run": self._members[0].leases[number % 16].run_id,
            "channel_id": channel(number),
            "pages": number,
            "time": "2026-11-26T12:00:00Z",
        }


async def run(redis_url: str, token: str) -> list[float]:
    """Until the input ends; returns when each mark was there, on the system's monotonic clock."""
    usual = RedisConfig()
    async with open_asyncio_redis(redis_url, timeout_s=10) as redis:
        stage = Stage(Link(redis, Names(usual.stream, usual.group), server="Redis"), token)
        await stage.set_up()
        print("ready", flush=True)
        kept_up = asyncio.create_task(stage.keep_up())
        ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait((kept_up, ended), return_when=asyncio.FIRST_COMPLETED)
        if kept_up.done():
            kept_up.result()
        kept_up.cancel()
        await asyncio.wait((kept_up,))
        return stage.marks


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(*sys.argv[1:3]))), flush=True)
