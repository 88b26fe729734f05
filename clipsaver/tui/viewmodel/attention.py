"""What needs a person, in the order of its urgency, and where to go for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from clipsaver.discord_rest.limits.permits import Why
from clipsaver.discord_rest.limits.standing import INVALID_WARNING
from clipsaver.discord_rest.limits.view import LimitsView
from clipsaver.queue.operating.workers import Worker, WorkerState
from clipsaver.queue.presence import BEAT_EVERY_S
from clipsaver.tui.sources.seen import Common, LimitsBody, OverviewBody, Seen
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.budget import INVALID_BAN, short_bucket, why_words
from clipsaver.tui.viewmodel.rows import Tone
from clipsaver.tui.viewmodel.words import age, counted, error, left, safe

_GROWING_MINUTES = 5
_LATE_BEAT_MS = round(BEAT_EVERY_S * 1000 * 1.6)
"""One beat was missed, and not by a breath."""


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing that a person should look at."""

    urgency: Tone
    """BAD, WARN or NOTE."""
    words: str
    goes_to: View
    filter: str = ""
    """For the filter line of that screen."""
    hint: str = ""
    """What to do about it, or what else is known, where that is short: it is left out where there
    is no room."""

    @property
    def mark(self) -> str:
        """Two cells that say the urgency without colours."""
        return {Tone.BAD: "!!", Tone.WARN: "! "}.get(self.urgency, "  ")


def attention(seen: Seen | None, now_ms: int) -> tuple[Attention, ...]:
    """All of it that can be told from this look."""
    if seen is None:
        return ()
    common, body = seen.common, seen.body
    overview = body if isinstance(body, OverviewBody) else None
    limits = body.limits if isinstance(body, OverviewBody | LimitsBody) else None
    return (
        *_dead(common, now_ms),
        *_no_worker(common, now_ms, seen.at_ms),
        *_away(common, now_ms),
        *_token(common, limits),
        *_of_gone(common),
        *_growing(overview.depths if overview else ()),
        *_limits(limits),
        *_storage(overview.storage_error if overview else None, common),
        *_late(common, now_ms, seen.at_ms),
        *_versions(common),
    )


def of_common(common: Common, now_ms: int) -> tuple[Attention, ...]:
    """That part of it which every look tells, whatever the screen."""
    return attention(Seen(now_ms, common, None), now_ms)


def equals(field: str, value: str) -> str:
    """A filter for exactly this value."""
    is_plain = value.isascii() and value.replace("-", "").replace("_", "").isalnum()
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f"{field}={value}" if is_plain else f'{field}="{quoted}"'


def _dead(common: Common, now_ms: int) -> Iterator[Attention]:
    if common.dead:
        oldest = common.oldest_dead_ms
        since = "" if oldest is None else f", oldest {age(now_ms - oldest)}"
        words = f"{counted(common.dead, 'dead letter')}{since}"
        yield Attention(Tone.BAD, words, View.DEAD, hint="Dead letters")


def _no_worker(common: Common, now_ms: int, at_ms: int) -> Iterator[Attention]:
    if common.redis.error is not None or any(map(_is_alive, common.workers)):
        return
    seen = [(one.idle_ms, one.name) for one in common.workers if one.idle_ms is not None]
    last = ""
    if seen:
        idle_ms, name = min(seen)
        last = f"{safe(name)} was there {age(idle_ms + now_ms - at_ms)} ago"
    words = "no worker is alive; start one: clipsaver run"
    yield Attention(Tone.BAD, words, View.WORKERS, hint=last)


def _away(common: Common, now_ms: int) -> Iterator[Attention]:
    """As we see it, and as workers say of what we cannot see or still reach."""
    stores = (
        ("Redis", common.redis, View.WORKERS, "redis_s"),
        ("PostgreSQL", common.database, View.CLIPS, "database_s"),
    )
    for name, store, goes_to, field in stores:
        if store.error is not None:
            since = "" if store.since_ms is None else f" for {age(now_ms - store.since_ms)}"
            yield Attention(Tone.BAD, f"{name} is away{since}: {error(store.error)}", goes_to)
        else:
            yield from _away_for_workers(common, name, field)
    yield from _away_for_workers(common, "Discord", "discord_s")


def _away_for_workers(common: Common, name: str, field: str) -> Iterator[Attention]:
    alive = [one for one in common.workers if _is_alive(one)]
    lengths = {
        one.name: away_s
        for one in alive
        if one.statistics and (away_s := getattr(one.statistics.away, field)) is not None
    }
    if lengths:
        whom = safe(next(iter(lengths))) if len(lengths) == 1 else f"{len(lengths)} workers"
        words = f"{name} is away for {whom}, since {age(max(lengths.values()) * 1000)}"
        yield Attention(Tone.BAD, words, View.WORKERS, f"trouble:{field.removesuffix('_s')}")


def _token(common: Common, limits: LimitsView | None) -> Iterator[Attention]:
    held_s = [
        one.statistics.discord.token_held_for_s
        for one in common.workers
        if one.statistics and one.statistics.discord.token_held_for_s is not None
    ]
    if limits is not None and limits.known and limits.held_for_s >= 0:
        held_s.append(limits.held_for_s)
    if held_s:
        words = f"Discord refuses the token for {age(max(held_s) * 1000)}; nothing is sent"
        yield Attention(Tone.BAD, words, View.LIMITS, hint="clipsaver doctor")


def _of_gone(common: Common) -> Iterator[Attention]:
    counts = common.counts
    if counts is None or not counts.of_gone:
        return
    gone = [one for one in common.workers if one.state is WorkerState.GONE and one.held]
    due = [one.takeover_in_ms for one in gone if one.takeover_in_ms is not None]
    longest_ms = max(due, default=0)
    when = f", taken over in {left(longest_ms)}" if longest_ms else ""
    whose = f" of {safe(gone[0].name)}, gone" if len(gone) == 1 else " of workers that are gone"
    words = f"{counted(counts.of_gone, 'entry', 'entries')}{whose}{when}"
    which = equals("consumer", gone[0].name) if len(gone) == 1 else "holder=gone"
    yield Attention(Tone.WARN, words, View.PENDING, which)


def _growing(depths: Sequence[int | None]) -> Iterator[Attention]:
    known = [one for one in depths[-_GROWING_MINUTES - 1 :] if one is not None]
    if len(known) <= _GROWING_MINUTES or any(a >= b for a, b in pairwise(known)):
        return
    per_minute = (known[-1] - known[0]) / _GROWING_MINUTES
    words = f"{known[-1]:,} jobs left, growing +{max(1, round(per_minute)):,}/min"
    yield Attention(Tone.WARN, words, View.JOBS, "state=waiting")


def _limits(limits: LimitsView | None) -> Iterator[Attention]:
    if limits is None or not limits.known:
        return
    waiting = [one for one in limits.waiting if one.why in (Why.BUCKET, Why.ASKED)]
    empty = [one for one in limits.buckets if one.free_in_s > 0 and one.routes]
    if waiting and empty:
        longest = max(empty, key=lambda one: one.free_in_s)
        which = short_bucket(longest) if len(empty) == 1 else f"{len(empty)} buckets"
        requests = "1 request waits" if len(waiting) == 1 else f"{len(waiting):,} requests wait"
        words = f"{which} used up for {left(longest.free_in_s * 1000)}, {requests}"
        yield Attention(Tone.WARN, words, View.LIMITS, "free>0ms")
    if limits.closed_for_s > 0:
        why = why_words(limits.closed_why)
        words = f"nothing is sent for {left(limits.closed_for_s * 1000)}: {why}"
        yield Attention(Tone.WARN, words, View.LIMITS)
    for one in limits.invalid:
        if one.count > INVALID_WARNING:
            words = (
                f"{one.count:,} refused requests in 10 min from {safe(one.egress)} "
                f"(Discord bans at {INVALID_BAN:,})"
            )
            yield Attention(Tone.WARN, words, View.LIMITS)


def _storage(storage_error: str | None, common: Common) -> Iterator[Attention]:
    away_s = [
        one.statistics.away.thumbnails_s
        for one in common.workers
        if _is_alive(one) and one.statistics and one.statistics.away.thumbnails_s is not None
    ]
    if storage_error or away_s:
        since = f" for {age(max(away_s) * 1000)}" if away_s else ""
        why = f": {error(storage_error)}" if storage_error else ""
        words = f"no thumbnails are made{since}{why}"
        yield Attention(Tone.WARN, words, View.CLIPS, "thumbnail=pending")


def _late(common: Common, now_ms: int, at_ms: int) -> Iterator[Attention]:
    for one in common.workers:
        if not _is_alive(one) or one.beat_ms_ago is None:
            continue
        ago_ms = one.beat_ms_ago + now_ms - at_ms
        if ago_ms > _LATE_BEAT_MS:
            words = f"{safe(one.name)} last heartbeat {age(ago_ms)} ago (one is due each "
            words += f"{BEAT_EVERY_S:g}s)"
            yield Attention(Tone.NOTE, words, View.WORKERS, equals("name", one.name))


def _versions(common: Common) -> Iterator[Attention]:
    if not common.version:
        return
    others = sorted(
        {
            one.version
            for one in common.workers
            if _is_alive(one) and one.version and one.version != common.version
        }
    )
    if others:
        shown = ", ".join(safe(one) for one in others[:3])
        words = (
            f"workers run {shown}, this is {safe(common.version)}: what is new is shown as it comes"
        )
        yield Attention(Tone.NOTE, words, View.WORKERS, f"!{equals('version', common.version)}")


def _is_alive(one: Worker) -> bool:
    return one.state is not WorkerState.GONE
