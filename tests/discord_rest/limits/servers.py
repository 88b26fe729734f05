"""Discord's kinds of limits, as models with a clock of their own, and a channel that is read."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.outcomes import Refusal, Scope
from tests.discord_rest.limits.virtual import VirtualLimits, Wait


@dataclass
class Fixed:
    """Windows that begin with their first request, or at whole multiples (`aligned`)."""

    count: int
    window_s: float
    aligned: bool = False
    began: float = -math.inf
    used: int = 0

    def take(self, now):
        if now >= self.began + self.window_s:
            self.began = now - now % self.window_s if self.aligned else now
            self.used = 0
        served = self.used < self.count
        self.used += served
        reset_s = self.began + self.window_s - now
        return served, self.count - self.used, reset_s, reset_s


@dataclass
class Sliding:
    """No stretch of the window's length holds more than count."""

    count: int
    window_s: float
    times: list[float] = field(default_factory=list)

    def take(self, now):
        self.times = [t for t in self.times if t > now - self.window_s]
        served = len(self.times) < self.count
        if served:
            self.times.append(now)
        retry_s = self.times[-self.count] + self.window_s - now if not served else 0.0
        full_s = self.times[-1] + self.window_s - now
        return served, self.count - len(self.times), full_s, retry_s


@dataclass
class Leaky:
    """`count` tokens, refilled one by one."""

    count: int
    window_s: float
    tokens: float = math.nan
    at: float = 0.0

    def take(self, now):
        refill = self.count / self.window_s
        if math.isnan(self.tokens):
            self.tokens = self.count
        self.tokens = min(self.count, self.tokens + (now - self.at) * refill)
        self.at = now
        served = self.tokens >= 1
        self.tokens -= served
        return (
            served,
            int(self.tokens),
            (self.count - self.tokens) / refill,
            (1 - self.tokens) / refill,
        )


def rounded(seconds):
    return round(max(0.0, seconds), 3)


@dataclass
class Channel:
    """Read by one limiter, one request after the other, over a wire with latency."""

    limits: VirtualLimits
    request: object
    server: object
    latencies: list[float]
    """Used in turn, one per direction."""
    honest: bool = True
    """Whether 200s tell of the limit; else they say 999 of 1000."""
    served_at: list[float] = field(default_factory=list)
    refused_at: list[float] = field(default_factory=list)
    step: int = 0

    def latency(self):
        self.step += 1
        return self.latencies[self.step % len(self.latencies)]

    def go(self, now):
        """Sends the next request at `now` if it may. Returns when to go on."""
        admission = self.limits.admit(self.request, now)
        if isinstance(admission, Wait):
            assert admission.until > now
            return admission.until
        arrived = now + self.latency()
        served, left, reset_s, retry_s = self.server.take(arrived)
        back = arrived + self.latency()
        if served:
            self.served_at.append(arrived)
            told = (
                LimitHeaders(self.server.count, left, rounded(reset_s), "bucket")
                if self.honest
                else LimitHeaders(1000, 999, 0.5, "bucket")
            )
            self.limits.answered(admission, told, None, back)
        else:
            self.refused_at.append(arrived)
            told = LimitHeaders(self.server.count, 0, rounded(reset_s), "hidden", "user")
            self.limits.answered(admission, told, Refusal(Scope.USER, rounded(retry_s)), back)
        return back


def read(channels, *, until, now=0.0):
    """Lets the channels run beside each other until a time; returns the time reached."""
    due = dict.fromkeys(range(len(channels)), now)
    while True:
        index = min(due, key=due.__getitem__)
        now = due[index]
        if now >= until:
            return now
        due[index] = channels[index].go(now)
