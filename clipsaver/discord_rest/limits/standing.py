"""How a token and this host's address stand with Discord, and telling a person once."""

from __future__ import annotations

import structlog

from clipsaver.discord_rest.limits import wire
from clipsaver.discord_rest.limits.permits import Why
from clipsaver.discord_rest.outcomes import BLOCK_S

log = structlog.get_logger(__name__)

INVALID_WARNING = 1_000
INVALID_HOLD = 5_000
"""Of the 10,000 invalid requests in 10 minutes for which Discord bans an address; others may share
it. The script `turn` holds everything there."""
ASK_AGAIN_S = 300.0
"""How often one worker of all asks whether a rejected token is accepted again."""


class Standing:
    """What the last words from Redis said."""

    def __init__(self) -> None:
        self.held_since: float | None = None
        """Since when the token is held as rejected (Trio's clock)."""
        self.invalid = 0
        """401, 403 and 429 (not `shared`) of this address in the last 10 minutes."""
        self._is_warned = False
        self._is_blocked = False

    def heard(self, outcome: wire.Outcome, now: float) -> bool:
        """Takes note; True if the token has just been found rejected."""
        self.invalid = outcome.invalid
        was_held, is_held = self.held_since is not None, outcome.held_for >= 0
        self.held_since = now - outcome.held_for if is_held else None
        if is_held and not was_held:
            log.info("token_held", asks_again_in_s=ASK_AGAIN_S)
        elif was_held and not is_held:
            log.info("token_released")
        is_blocked = outcome.closed_why == Why.BLOCKED
        if is_blocked and not self._is_blocked:
            log.error("blocked", for_s=round(outcome.closed_for or BLOCK_S, 1))
        self._is_blocked = is_blocked
        is_over = outcome.invalid >= INVALID_WARNING
        if is_over and not self._is_warned:
            log.warning("invalid_requests", in_10_min=outcome.invalid, held_at=INVALID_HOLD)
        self._is_warned = is_over
        return is_held and not was_held
