"""What stops every request at once: a rejected token, a block, too many invalid answers.

Decides only; the time is an argument. Sources: Discord's documentation, topic "Rate Limits":
10,000 answers of 401, 403 and 429 (but not those of scope `shared`) within 10 minutes get the
host's address banned. Held far below that, since other programs may share the address.
"""

from __future__ import annotations

from collections import deque

from clipsaver.discord_rest.bucket_log import MARGIN_S
from clipsaver.discord_rest.limiter import Wait, Why
from clipsaver.discord_rest.outcomes import Answer, Scope

INVALID_WINDOW_S = 600.0
INVALID_WARNING = 1_000
INVALID_HOLD = 5_000
ASK_AGAIN_S = 300.0
"""How often a rejected token is tried once more."""


class Guard:
    """The state of one token and of this host, as one process sees it."""

    def __init__(self) -> None:
        self.held_since: float | None = None
        """Since when the token is known to be rejected; None = it is not."""
        self._ask_again_at = 0.0
        self._closed_until = 0.0
        self._why = Why.BLOCKED
        self._invalid: deque[float] = deque(maxlen=INVALID_HOLD)
        self._warned = False

    def check(self, now: float) -> Wait | None:
        """What keeps every request from being sent now."""
        if self._closed_until > now:
            return Wait(self._closed_until, self._why)
        if len(self._invalid) == INVALID_HOLD:
            until = self._invalid[0] + INVALID_WINDOW_S
            if until > now:
                return Wait(until, Why.INVALID)
        return None

    def may_ask_again(self, now: float) -> bool:
        """Whether a rejected token is due to be tried; a True is one request's permission."""
        if self.held_since is None or now < self._ask_again_at:
            return False
        self._ask_again_at = now + ASK_AGAIN_S
        return True

    def answered(self, answer: Answer) -> None:
        """Takes note of an answer to a request that carried the token."""
        if answer.status == 401:
            if self.held_since is None:
                self.held_since = answer.at
                self._ask_again_at = answer.at + ASK_AGAIN_S
        elif answer.status < 300:
            self.held_since = None
        refusal = answer.refusal
        if refusal is not None and refusal.scope in (Scope.GLOBAL, Scope.CLOUDFLARE):
            until = answer.at + refusal.retry_after_s + MARGIN_S
            if until > self._closed_until:
                self._closed_until = until
                self._why = Why.GLOBAL if refusal.scope is Scope.GLOBAL else Why.BLOCKED
        if answer.status in (401, 403, 429) and not (
            refusal is not None and refusal.scope is Scope.SHARED
        ):
            self._invalid.append(answer.at)

    def invalid(self, now: float) -> int:
        """Invalid answers of the last 10 minutes, counted up to the hold."""
        while self._invalid and self._invalid[0] + INVALID_WINDOW_S <= now:
            self._invalid.popleft()
        return len(self._invalid)

    def warns(self, now: float) -> bool:
        """Whether the warning is due: once each time that the count passes it."""
        over = self.invalid(now) >= INVALID_WARNING
        due = over and not self._warned
        self._warned = over
        return due
