"""What is new in a guild since its last turn, and the jobs that read it. Pure.

    lists + memory -> news + what to remember
    news + coverage -> jobs

A list tells the newest message of each channel and active thread, so that one comparison says where
something is new. Two things it does not tell: what was last posted in a thread that is archived by
now, and which threads of a forum were made and archived since. For these there is one more request.

A job reads from the newest message down to what was dealt with, and a little beyond: messages that
were younger than `SETTLING_S` when they were read do not count as read, and one with a smaller id
may have appeared since.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from clipsaver import snowflake
from clipsaver.jobs import BatchJob, GuildJob, Known
from clipsaver.ranges import RangeSet
from clipsaver.records.channels import THREADS
from clipsaver.scanning.guild_map import HOLDS_MESSAGES, HOLDS_THREADS, Found
from clipsaver.scanning.plan import PAGE_SIZE, SETTLING_S
from clipsaver.scanning.watching.memory import Kind, Memory, Place

LOOK_AGAIN_S = 3600.0
"""How far back messages are looked at again, for late embeds, edits and deletions."""
LOOK_EVERY = 10
"""Turns from one such look to the next."""
LONGEST_LOOK_S = 24 * 3600.0
MADE_UP_S = 7 * 24 * 3600.0
"""Where only coverage says what was read: older gaps are left to the guild's survey."""
CLOSED_AT_ONCE_S = 24 * 3600.0
"""A stretch that a failed job left open is read with the next one, unless it is older."""
MANY_MISSED = 10
"""Turns in a row."""
_READ = (Kind.CHANNEL, Kind.THREAD)
_CLOCKS_S = 60.0
"""How far this host's clock and Discord's may be apart."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a guild is watched."""

    guild_id: int
    interval_s: float
    survey_every_s: float


class Why(enum.Enum):
    """What makes a channel or thread news."""

    MOVED = "moved"
    """Its newest message is another than the one that was dealt with."""
    MET = "met"
    """No memory knows it."""
    ARCHIVED = "archived"
    """It was active at the last turn and is not any more."""


@dataclass(frozen=True, slots=True)
class News:
    """A channel or thread in which something may be new."""

    channel_id: int
    why: Why
    newest: int = 0
    """Its newest message; 0 = that is not told."""
    dealt_with: int = 0
    """The one of the last turn; 0 = there was none."""
    is_small: bool = False
    """A thread that one page holds."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What the lists say beside the memory."""

    news: list[News] = field(default_factory=list)
    forums: dict[int, int] = field(default_factory=dict)
    """Forums whose newest thread is not active: their archived threads are to be listed. With the
    newest thread that was dealt with."""
    places: dict[int, Place] = field(default_factory=dict)
    """What to remember."""


def compare(listed: Iterable[Found], memory: Memory | None, closed: Collection[int]) -> Compared:
    """What is new; `listed` are channels and active threads, `closed` those not to be read."""
    shown = {one.channel.channel_id: one for one in listed}
    places = {} if memory is None else memory.places
    known = {one: place for one, place in places.items() if place.kind is not Kind.CLOSED}
    compared = Compared()
    for channel_id, one in shown.items():
        kind = _kind_of(one.channel.type)
        if kind is None or channel_id in closed or one.channel.parent_id in closed:
            continue
        newest, before = one.channel.last_message_id or 0, known.get(channel_id)
        compared.places[channel_id] = Place(kind, newest, one.channel.parent_id or 0)
        if kind is Kind.PARENT:
            dealt_with = 0 if before is None else before.newest
            if memory is not None and newest > dealt_with and newest not in shown:
                compared.forums[channel_id] = dealt_with
        elif before is None and newest:
            compared.news.append(_met(one))
        elif before is not None and newest > before.newest:
            compared.news.append(News(channel_id, Why.MOVED, newest, before.newest))
    compared.news.extend(
        News(thread_id, Why.ARCHIVED, dealt_with=place.newest)
        for thread_id, place in known.items()
        if place.kind is Kind.THREAD
        and thread_id not in shown
        and place.parent_id in compared.places  # else it is hidden or gone, with its channel
    )
    return compared


def archived_since(threads: Iterable[Found], dealt_with: int, memory: Memory) -> list[News]:
    """The threads of a forum that were made since, and archived before anybody saw them."""
    return [
        _met(one)
        for one in threads
        if one.channel.channel_id > dealt_with and one.channel.channel_id not in memory.places
    ]


def _kind_of(channel_type: int) -> Kind | None:
    if channel_type in THREADS:
        return Kind.THREAD
    if channel_type in HOLDS_MESSAGES:
        return Kind.CHANNEL
    return Kind.PARENT if channel_type in HOLDS_THREADS else None


def _met(one: Found) -> News:
    is_thread = one.channel.type in THREADS
    is_small = is_thread and one.messages is not None and one.messages < PAGE_SIZE
    newest = one.channel.last_message_id or 0
    return News(one.channel.channel_id, Why.MET, newest, is_small=is_small)


def jobs_of(
    setup: Setup,
    memory: Memory | None,
    compared: Compared,
    covered: Mapping[int, RangeSet],
    *,
    now: float,
) -> dict[str, BatchJob | GuildJob]:
    """The jobs of a turn, by names that two jobs share where the earlier one makes up for both.

    `covered` is what was read, by the configuration's rules.
    """
    jobs: dict[str, BatchJob | GuildJob] = {}
    look_after = _look_after(setup, memory, now)
    for news in compared.news:
        after = _after(setup, memory, news, covered.get(news.channel_id, RangeSet()), now)
        if news.newest and after >= news.newest:
            continue  # what was read says so, though no memory does
        known: Known = "skip"
        # In an archived thread nothing is edited any more: its last hour is looked at now.
        again = look_after or _hour_before(now) if news.why is Why.ARCHIVED else look_after
        if again is not None and after and max(news.newest, news.dealt_with) > again:
            after, known = min(after, again), "reread"
        jobs |= _read(setup, news.channel_id, newest=news.newest, after=after, known=known)
    if look_after is not None:
        new = {news.channel_id for news in compared.news}
        for channel_id, place in compared.places.items():
            is_recent = place.kind in _READ and place.newest > look_after
            if is_recent and channel_id not in new:
                jobs |= _read(
                    setup, channel_id, newest=place.newest, after=look_after, known="reread"
                )
    if is_survey_due(setup, memory, now):
        guild_id = str(setup.guild_id)
        jobs[f"watch:{guild_id}:survey"] = GuildJob(
            guild_id=guild_id, job_id=f"watch {guild_id}: survey"
        )
    return jobs


def remembered(
    setup: Setup, memory: Memory | None, places: Mapping[int, Place], *, now: float
) -> Memory:
    """What the turn leaves behind. Guilds take their second looks at different turns."""
    if memory is None:
        spread = (setup.guild_id >> 22) % LOOK_EVERY
        return Memory(now, now - spread * setup.interval_s, now, places)
    return Memory(
        turn_at=now,
        looked_at=memory.looked_at if _look_after(setup, memory, now) is None else now,
        surveyed_at=now if is_survey_due(setup, memory, now) else memory.surveyed_at,
        places=places,
    )


def due_at(setup: Setup, memory: Memory | None, *, now: float) -> float:
    """When the next turn is due, Unix seconds: `now` or before it where one was missed."""
    if memory is None or memory.turn_at > now:  # or somebody's clock was wrong
        return now
    return memory.turn_at + setup.interval_s


def is_survey_due(setup: Setup, memory: Memory | None, now: float) -> bool:
    """Whether the whole guild is to be gone through for what no turn can see.

    That is history, gaps, and threads that were opened and archived again between two turns, of
    which there are some where many turns were missed.
    """
    if memory is None or _passed_s(memory.surveyed_at, now) >= setup.survey_every_s:
        return True
    return now - memory.turn_at >= MANY_MISSED * setup.interval_s


def _look_after(setup: Setup, memory: Memory | None, now: float) -> int | None:
    """From where on messages are looked at again in this turn; None = not in this one.

    After turns that were missed, or with a long interval, it is more than an hour: each message is
    looked at again once it is older.
    """
    if memory is None:
        return None
    passed_s = _passed_s(memory.looked_at, now)
    every_s = LOOK_EVERY * setup.interval_s
    if passed_s < every_s - setup.interval_s / 2:
        return None
    back_s = max(passed_s, LOOK_AGAIN_S + max(0.0, passed_s - every_s))
    return snowflake.from_unix(now - min(back_s, LONGEST_LOOK_S))


def _passed_s(since: float, now: float) -> float:
    """For ever, where that time is yet to come: somebody's clock was wrong when it was noted."""
    return math.inf if since > now + _CLOCKS_S else now - since


def _after(setup: Setup, memory: Memory | None, news: News, covered: RangeSet, now: float) -> int:
    """The newest id that need not be read; 0 = the channel is read whole."""
    top = _top(covered)
    if news.why is Why.MET:
        return _after_met(setup, memory, news, top, now)
    if not news.dealt_with:
        return 0
    after = _settled_before(snowflake.to_unix(news.dealt_with))
    if top is not None and snowflake.from_unix(now - CLOSED_AT_ONCE_S) < top < after:
        return top
    return after


def _after_met(setup: Setup, memory: Memory | None, news: News, top: int | None, now: float) -> int:
    if top is not None:
        return max(top, snowflake.from_unix(now - MADE_UP_S))
    since = now - setup.interval_s
    if memory is not None:
        since = min(since, memory.turn_at)
        is_made_since = snowflake.to_unix(news.channel_id) > memory.turn_at - _CLOCKS_S
        if is_made_since or news.is_small:
            return 0
    return _settled_before(since)


def _top(covered: RangeSet) -> int | None:
    hull = covered.hull
    return None if hull is None or hull.upper is None else hull.upper - 1


def _hour_before(now: float) -> int:
    return snowflake.from_unix(now - LOOK_AGAIN_S)


def _settled_before(unix: float) -> int:
    return snowflake.from_unix(unix - SETTLING_S)


def _read(
    setup: Setup, channel_id: int, *, newest: int, after: int, known: Known
) -> dict[str, BatchJob]:
    said = f"from {after} to {newest or '?'}"
    job = BatchJob(
        guild_id=str(setup.guild_id),
        channel_id=str(channel_id),
        job_id=f"watch {setup.guild_id}: {channel_id} {said}, {known}",
        direction="backward",
        limit=None,
        after_message_id=str(after) if after else None,
        known=known,
        priority="live",
    )
    return {f"watch:{channel_id}:{known}": job}
