"""What workers did in each of the last minutes, for curves and rates, and what was left to do.

A hash for each minute, in which each worker has one field with what it did in that minute so far:
it writes it anew with each heartbeat, so the running minute shows, a write that is repeated after a
lost answer counts nothing twice, and old minutes go away by their own expiry. (A stream trimmed by
time would hold an entry for each heartbeat, since entries cannot be changed, and a repeated one
twice.) A minute is one of Redis' clock, whatever the workers' clocks say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.worker_statistics import WorkerStatistics
from clipsaver.redis_calls.scripts import Value

KEEP_S = 2 * 3600
_KEEP_MS = (KEEP_S + 60) * 1000
MOST_MINUTES = KEEP_S // 60


class Done(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was done in some time; counts, but for `waited_s`."""

    outcomes: dict[str, int] = {}
    """Deliveries by how they ended: done, dead, retry, wait, slice, handback, abandoned…"""
    pages: int = 0
    messages: int = 0
    clips: int = 0
    requests: int = 0
    """To Discord, answered or not."""
    refused: int = 0
    """429s and blocks."""
    failures: int = 0
    """Requests without a whole answer."""
    waits: int = 0
    """Requests that had to wait for Discord's limits."""
    waited_s: float = 0.0
    """For how long, together."""
    commits: int = 0
    """Transactions of jobs in the database."""

    def __add__(self, other: Done) -> Done:
        return self._with(other, 1)

    def __sub__(self, other: Done) -> Done:
        return self._with(other, -1)

    def _with(self, other: Done, sign: int) -> Done:
        names = self.outcomes | other.outcomes
        both = {
            name: self.outcomes.get(name, 0) + sign * other.outcomes.get(name, 0) for name in names
        }
        return Done(
            outcomes={name: count for name, count in both.items() if count},
            pages=self.pages + sign * other.pages,
            messages=self.messages + sign * other.messages,
            clips=self.clips + sign * other.clips,
            requests=self.requests + sign * other.requests,
            refused=self.refused + sign * other.refused,
            failures=self.failures + sign * other.failures,
            waits=self.waits + sign * other.waits,
            waited_s=round(self.waited_s + sign * other.waited_s, 3),
            commits=self.commits + sign * other.commits,
        )


def done_by(statistics: WorkerStatistics) -> Done:
    """All that the worker did since its start, as it says."""
    pages, discord, limits = statistics.pages, statistics.discord, statistics.limits
    return Done(
        outcomes=statistics.outcomes,
        pages=pages.pages,
        messages=pages.messages,
        clips=pages.clips,
        requests=discord.requests,
        refused=sum(discord.refusals.values()),
        failures=discord.failures,
        waits=limits.waits,
        waited_s=limits.waited_s,
        commits=pages.groups + statistics.runs.groups,
    )


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of all workers."""

    began_at: int
    """Unix seconds."""
    workers: Mapping[str, Done]
    """By name; those that did nothing are not there."""
    left: int | None = None
    """Entries on the stream and delayed when a worker last looked in it; None = none did."""

    @property
    def total(self) -> Done:
        return sum(self.workers.values(), Done())


@dataclass(frozen=True, slots=True)
class Line:
    """What one worker has to write of one minute."""

    minute: int
    before: Done
    """All that it had done before that minute."""
    total: Done

    @property
    def done(self) -> Done:
        return self.total - self.before


class Ledger:
    """Which part of one worker's work belongs to which minute. Pure: the minute is an argument."""

    def __init__(self) -> None:
        self._last: Line | None = None
        self._has_arrived = True

    def due(self, minute: int, total: Done) -> list[Line]:
        """The lines to write, in this order, given all that the worker ever did.

        One whose answer got lost is written again, or its work could count in two minutes.
        """
        last = self._last
        if last is None:
            return [Line(minute, Done(), total)]
        if minute <= last.minute:  # a clock that goes back reopens no minute
            return [Line(last.minute, last.before, total)]
        line = Line(minute, last.total, total)
        return [line] if self._has_arrived else [last, line]

    def sent(self, line: Line) -> None:
        """It may be in Redis from now on."""
        self._last, self._has_arrived = line, False

    def arrived(self) -> None:
        """It is."""
        self._has_arrived = True


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Done, strict=False)
_NOTHING = Done()
_LEFT = "left"
"""Field of a minute beside the workers', whose names have a colon: how much is left to do."""


async def write(me: Consumer, ledger: Ledger, total: Done) -> None:
    """Write what this worker did, given all that it ever did, and what is left to do now."""
    names, field = me.names, f"{me.instance}:{me.name}"
    minute = await _minute(me.link)
    lines = {line.minute: line for line in ledger.due(minute, total) if line.done != _NOTHING}
    for one in sorted({*lines, minute}):
        keys = [names.series(one)]
        if one == minute:
            keys += [names.stream, names.delayed]
        line = lines.get(one)
        if line is None:
            await me.link.run("series", keys, [_KEEP_MS, "", "", _LEFT])
            continue
        ledger.sent(line)
        arguments: list[Value] = [_KEEP_MS, field, _encoder.encode(line.done), _LEFT]
        await me.link.run("series", keys, arguments)
        ledger.arrived()


async def read(link: Link, minutes: int = MOST_MINUTES) -> list[Minute]:
    """The last minutes, the running one included and last; one that was idle is empty."""
    now = await _minute(link)
    return await read_minutes(link, range(now - min(minutes, MOST_MINUTES) + 1, now + 1))


async def read_minutes(link: Link, wanted: Sequence[int]) -> list[Minute]:
    """These minutes (Unix time in minutes), in order."""
    if not wanted:
        return []
    answers = await link.together([("HGETALL", link.names.series(one)) for one in wanted])
    return [
        Minute(one * 60, _by_name(fields), _left(fields))
        for one, fields in zip(wanted, answers, strict=True)
    ]


def _left(fields: Mapping[bytes, bytes]) -> int | None:
    said = fields.get(_LEFT.encode(), b"")
    return int(said) if said.isdigit() else None


def _by_name(fields: Mapping[bytes, bytes]) -> dict[str, Done]:
    found: dict[str, Done] = {}
    for field, raw in fields.items():
        try:
            done = _decoder.decode(raw)
        except msgspec.DecodeError:
            continue  # what is left to do, or of a version that counts otherwise
        _, _, name = field.decode("utf-8", "replace").partition(":")
        found[name] = found.get(name, _NOTHING) + done  # it was started again within the minute
    return found


async def _minute(link: Link) -> int:
    seconds, _ = await link.command("TIME")
    return int(seconds) // 60
