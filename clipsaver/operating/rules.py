"""What of the configuration the verdicts on entries go by."""

from __future__ import annotations

from clipsaver.config import Config
from clipsaver.queue.operating.verdicts import Rules


def rules_of(config: Config) -> Rules:
    """The workers' rules, if theirs is the same configuration."""
    return Rules(
        lease_ms=round(config.redis.lease_seconds * 1000),
        max_attempts=config.retry.max_attempts,
        max_deliveries=config.retry.max_deliveries,
    )
