"""Which page of a channel's history to read next, and what a page that was read proves.

All of it is arithmetic on sets of message ids (`clipsaver.ranges`). What a run still has to read
is fixed at its first delivery and shrinks with each page, so a redelivered run reads only the rest,
and a gap is whatever a subtraction leaves.

Source of the paging rules: Discord's documentation, "Get Channel Messages": `before` gives the
newest messages below an id, `after` the oldest above one, at most 100, and the only sign of the end
is a page that is shorter than was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clipsaver import snowflake
from clipsaver.job_settings import Direction
from clipsaver.jobs import BatchJob, Known
from clipsaver.ranges import Range, RangeSet

PAGE_SIZE = 100
"""The most messages that Discord gives at once."""

SETTLING_S = 10.0
"""Messages younger than this never count as read: ids are made on many of Discord's machines, and
one with a smaller id may still appear after one with a larger id."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next request: newest page where both cursors are None."""

    before: int | None
    after: int | None
    limit: int
    gap: Range
    """The stretch that this step works on."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page proves."""

    read: RangeSet
    """Need not be asked for again by this run."""
    covered: RangeSet
    """Every message that exists in these ids has been searched for clips."""
    proven: RangeSet
    """Ids between messages that are there: one that the page does not show was deleted."""


def settled(now: float) -> RangeSet:
    """The ids of messages that are old enough to be seen by all of Discord's machines."""
    return RangeSet.of(0, snowflake.from_unix(now - SETTLING_S))


def wanted(job: BatchJob) -> RangeSet:
    """The ids that the job asks for: after `after_message_id` and before `before_message_id`."""
    lower = int(job.after_message_id) + 1 if job.after_message_id else 0
    upper = int(job.before_message_id) if job.before_message_id else None
    return RangeSet.of(lower, upper)


def to_read(asked: RangeSet, covered: RangeSet, *, known: Known, direction: Direction) -> RangeSet:
    """What is left of the wanted ids once known ones are passed over as the job says."""
    if known == "reread":
        return asked
    unknown = asked - covered
    if known == "skip" or not unknown:
        return unknown
    # "stop" ends at the first known message: only what touches the end where reading starts.
    ranges, ends = tuple(unknown), tuple(asked)
    if direction == "backward":
        first = ranges[-1]
        return RangeSet((first,)) if first.upper == ends[-1].upper else RangeSet()
    first = ranges[0]
    return RangeSet((first,)) if first.lower == ends[0].lower else RangeSet()


def next_step(
    remaining: RangeSet, *, direction: Direction, messages_left: int | None
) -> Step | None:
    """The next request, or None when nothing is left to read or to be read.

    `messages_left` is what the job's limit still allows; None is without limit.
    """
    if not remaining or messages_left == 0:
        return None
    limit = PAGE_SIZE if messages_left is None else min(PAGE_SIZE, messages_left)
    gaps = tuple(remaining)
    if direction == "backward":
        return Step(before=gaps[-1].upper, after=None, limit=limit, gap=gaps[-1])
    return Step(before=None, after=max(gaps[0].lower - 1, 0), limit=limit, gap=gaps[0])


def what_was_read(
    step: Step,
    ids: Sequence[int],
    *,
    is_full: bool,
    remaining: RangeSet,
    now: float,
    neighbour: int | None = None,
) -> Reading:
    """What the answer to `step` proves; `ids` in any order, `now` in Unix seconds.

    Whether the page `is_full` is not told by its ids: one message may have come twice. `neighbour`
    is the last message of the page before, next to which this one starts where the cursor is it.

    A page can reach beyond its gap, and what it holds there is not searched for clips. So only
    what was to be read (`remaining`) counts as seen: behind the first known message, where a run
    that stops there ends, unknown ones may follow.
    """
    old_enough = settled(now)
    if step.after is not None:
        reading = _read_forward(step.gap.lower, ids, is_full=is_full)
    else:
        # A cursor that lies ahead of what has settled says nothing of what comes until then.
        upper = step.before if step.before is not None and step.before - 1 in old_enough else None
        reading = _read_backward(step.gap.upper, upper, ids, is_full=is_full)
    read, covered = reading
    there = [*ids, neighbour] if neighbour in (step.before, step.after) and neighbour else ids
    return Reading(read, covered & old_enough & remaining, between(there) if ids else RangeSet())


def between(there: Sequence[int]) -> RangeSet:
    """The ids from the lowest to the highest of some messages that are there, seen as neighbours.

    Nothing is concluded beyond them: a page that ends early may be a mistake, and a message that is
    younger than all others may not have reached the machine that answered.
    """
    return RangeSet.of(min(there), max(there) + 1) if there else RangeSet()


def _read_forward(lower: int, ids: Sequence[int], *, is_full: bool) -> tuple[RangeSet, RangeSet]:
    """What need not be asked for again, and what is covered."""
    seen = RangeSet.of(lower, max(ids) + 1) if ids else RangeSet()
    return (seen if is_full else RangeSet.of(lower, None)), seen


def _read_backward(
    gap_upper: int | None, upper: int | None, ids: Sequence[int], *, is_full: bool
) -> tuple[RangeSet, RangeSet]:
    lower = min(ids) if is_full else 0
    if upper is not None:
        seen = RangeSet.of(lower, upper)
    else:
        seen = RangeSet.of(lower, max(ids) + 1) if ids else RangeSet()
    return RangeSet.of(lower, gap_upper), seen


def share_done(first: RangeSet, remaining: RangeSet, *, oldest: int, now: float) -> float:
    """How much of what was to be read is read, from 0 to 1, measured in time.

    Ids grow with time, so the share of the ids is the share of the channel's life. `oldest` bounds
    it below (nothing is older than its channel), `now` in Unix seconds above.
    """
    life = RangeSet.of(oldest, snowflake.from_unix(now))
    total = _size(first & life)
    return 1.0 if total == 0 else 1.0 - _size(remaining & life) / total


def _size(ids: RangeSet) -> int:
    return sum(one.upper - one.lower for one in ids if one.upper is not None)
