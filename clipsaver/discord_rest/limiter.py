"""Decides when a request may be sent: nothing here waits, sends or reads a clock.

Each admission is logged, and a limit of `count` per `window_s` is kept as a *sliding log*: a
request goes when the count-th latest admission lies a whole window back. That is safe for each
kind of limit that Discord uses, without knowing which it is:

- a fixed window never holds more than `count` if no stretch of its length does;
- a sliding window is just this;
- a leaky bucket (`count` tokens, refilled at count/window) lets `count * (1 + T / window)` pass in
  any stretch T, and a sliding log at most `count * ceil(T / window)`, which is no more.

And in the long run each gives count/window, so nothing of the allowance is lost.

The window is learnt. X-RateLimit-Reset-After is the time until the limit is whole again: at most
one window for each kind, and a whole window right after a first request (fixed, sliding) or at
Remaining 0 (leaky); so the longest one seen is the window. Where 200s tell a tale (999 of 1000
left) and a 429 shows 5, the log tells the window: the count-th latest admission is the one that
Discord waits for, thus `now - its time + retry_after` (for a leaky bucket that is the time of one
token, so there Reset-After is used if it is no more than count times as long). Such a limit binds
its route on all channels at once, since admissions are logged before a limit is known.

An admission counts from its answer, by which time it has reached Discord for sure, and a window
is measured from the sending: the errors of both lie on the safe side, whatever the latency.
Sources: Discord's documentation, topic "Rate Limits", and its threads 7680, 8161 and 2190;
hikari's `impl/buckets.py` for the sliding reading.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from clipsaver.discord_rest.bucket_log import (
    LONGEST_WINDOW_S,
    MARGIN_S,
    Admission,
    BucketLog,
    Learnt,
)
from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.outcomes import Refusal, Scope
from clipsaver.discord_rest.routes import Request

PROBE_AGAIN_S = 60.0
"""The next trial after one that went well."""
CATCH_UP_S = 0.02
"""How late a wake-up may be without costing allowance: in any stretch T at most
`rate * (T + CATCH_UP_S) + 1` requests are admitted."""


class Why(enum.StrEnum):
    """What a request waits for, in words for a person."""

    CHANNEL = "another request to this channel is on its way"
    PACE = "discord.requests_per_second"
    BUCKET = "Discord's limit for this route and channel"
    ASKED = "Discord's 429 asked for it"
    GLOBAL = "Discord's 429 asked for it, for all requests"
    BLOCKED = "this host is blocked (Cloudflare)"
    INVALID = "too many 401, 403 and 429 in 10 minutes"
    LINE = "others are before it in line"


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now."""

    until: float
    """When to ask again; infinite = when something else has happened."""
    why: Why


class Limits:
    """All limits of one token in this process. `rate` is the whole token's, per second."""

    def __init__(self, rate: float) -> None:
        self._interval = 1.0 / rate
        self._next_slot = float("-inf")
        self._busy: set[str] = set()
        self._hash_of: dict[str, str] = {}
        self._logs: dict[tuple[str, str], BucketLog] = {}
        self._sweep_at = 256
        self._learnt: dict[str, Learnt] = {}

    def admit(self, request: Request, now: float) -> Admission | Wait:
        """Whether this request may go now. One that may is on its way from here on."""
        if request.major in self._busy:
            return Wait(float("inf"), Why.CHANNEL)
        route = request.route.name
        log = self._log(route, request.major, now)
        if log.asked_until > now:
            return Wait(log.asked_until, Why.ASKED)
        free_at = log.not_before
        if log.count is not None:
            free_at = max(free_at, log.free_at(log.count, log.window_s))
        learnt = self._learnt.get(route)
        probes = False
        if learnt is not None:
            learnt_at = log.free_at(learnt.count, learnt.window_s)
            probes = free_at <= now < learnt_at and learnt.probe_at <= now
            if not probes:
                free_at = max(free_at, learnt_at)
        if free_at > now:
            return Wait(free_at, Why.BUCKET)
        if self._next_slot > now:
            return Wait(self._next_slot, Why.PACE)
        admission = Admission(request.major, route, log, now, self._next_slot)
        self._next_slot = max(self._next_slot, now - CATCH_UP_S) + self._interval
        if learnt is not None and probes:
            admission.probes = learnt
            learnt.probe_at = float("inf")
        self._busy.add(request.major)
        log.add(admission)
        return admission

    def answered(
        self, admission: Admission, said: LimitHeaders, refusal: Refusal | None, now: float
    ) -> None:
        """Learns from an answer, and lets the next request of that channel go."""
        self._end(admission, now)
        log = self._named(admission, said)
        if refusal is None:
            self._learn_from_headers(log, admission, said, now)
            if (probed := admission.probes) is not None:
                probed.count += 1
                probed.probe_at = now + PROBE_AGAIN_S
        elif refusal.scope in (Scope.USER, Scope.SHARED):
            admission.log.discard(admission)
            log.asked_until = max(log.asked_until, now + refusal.retry_after_s + MARGIN_S)
            if refusal.scope is Scope.USER and said.limit:
                self._learn_from_refusal(log, admission, said, refusal.retry_after_s, now)

    def lost(self, admission: Admission, now: float) -> None:
        """It was sent but nobody knows its answer (cancelled, reset): it counts as served."""
        self._end(admission, now)
        if (probed := admission.probes) is not None:
            probed.probe_at = now + PROBE_AGAIN_S

    def returned(self, admission: Admission) -> None:
        """It was never sent: as if it had not been admitted."""
        self._busy.discard(admission.lane)
        admission.log.discard(admission)
        if admission.probes is not None:
            admission.probes.probe_at = admission.sent
        # Only the latest slot can be given back: the one before it may lie beside a used one.
        if self._next_slot == max(admission.slot, admission.sent - CATCH_UP_S) + self._interval:
            self._next_slot = admission.slot

    @property
    def on_their_way(self) -> int:
        """Requests that were admitted and not answered yet."""
        return len(self._busy)

    @property
    def learnt(self) -> dict[str, tuple[int, float]]:
        """Limits that only 429s have shown: route's name -> (count, window in seconds)."""
        return {route: (one.count, one.window_s) for route, one in self._learnt.items()}

    def _end(self, admission: Admission, now: float) -> None:
        self._busy.discard(admission.lane)
        admission.settled = now

    def _log(self, route: str, major: str, now: float) -> BucketLog:
        key = (self._hash_of.get(route, route), major)
        log = self._logs.get(key)
        if log is None:
            if len(self._logs) >= self._sweep_at:
                self._sweep(now)
            # What was asked before the bucket's name was known counts under its name too.
            log = self._logs[key] = self._logs.get((route, major)) or BucketLog()
        return log

    def _named(self, admission: Admission, said: LimitHeaders) -> BucketLog:
        """The log of an answer's bucket, under the name that Discord gives it.

        A new name never loses what was logged under the old one: both share one log. The name on
        a 429 counts only as long as there is no other; it may be that of a second, hidden limit.
        """
        log, route = admission.log, admission.route
        known = self._hash_of.get(route)
        if said.bucket is None or said.bucket == known:
            return log
        if said.scope is not None and known is not None:
            return log
        self._hash_of[route] = said.bucket
        other = self._logs.setdefault((said.bucket, admission.lane), log)
        if other is not log:
            other.absorb(log)
        return other

    def _learn_from_headers(
        self, log: BucketLog, admission: Admission, said: LimitHeaders, now: float
    ) -> None:
        count, left, reset_s = said.limit, said.remaining, said.reset_after_s
        if not count or left is None or reset_s is None:
            return
        if count != log.count:
            log.count, log.window_s = count, 0.0
        log.window_s = max(log.window_s, min(reset_s, LONGEST_WINDOW_S) + MARGIN_S)
        learnt = self._learnt.get(admission.route)
        if learnt is not None and count <= learnt.count and left < count:
            # The headers tell of the tight limit now, so they are the better source.
            del self._learnt[admission.route]
        if left > 0 or log.free_at(count, log.window_s) > admission.sent:
            log.not_before = 0.0
        else:
            # Not we have used it up, so the log does not know when it will be free.
            log.not_before = now + reset_s + MARGIN_S

    def _learn_from_refusal(
        self,
        log: BucketLog,
        refused: Admission,
        said: LimitHeaders,
        retry_after_s: float,
        now: float,
    ) -> None:
        count = said.limit or 0
        window_s = retry_after_s
        if len(log.entries) >= count:
            window_s += now - log.entries[-count].sent
        if window_s < (said.reset_after_s or 0.0) <= window_s * count:
            # A leaky bucket's retry_after is for one token; an absurd Reset-After is left out.
            window_s = said.reset_after_s or 0.0
        if window_s + MARGIN_S > LONGEST_WINDOW_S:
            return
        window_s += MARGIN_S
        if log.count is not None and count >= log.count:
            if count == log.count:
                log.window_s = max(log.window_s, window_s)
            return
        old = self._learnt.get(refused.route)
        learnt = Learnt(count, window_s)
        if old is not None and old.count == count:
            learnt.window_s = max(learnt.window_s, old.window_s)
        if refused.probes is not None:
            learnt.patience_s = 2 * refused.probes.patience_s
        learnt.probe_at = now + learnt.patience_s
        self._learnt[refused.route] = learnt

    def _sweep(self, now: float) -> None:
        """Forgets channels that nothing was asked of for longer than any window."""
        self._logs = {key: log for key, log in self._logs.items() if not log.is_idle(now)}
        self._sweep_at = max(256, 2 * len(self._logs))
