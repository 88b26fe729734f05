"""Guilds, as far as the database knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RecordedGuild:
    """A guild on record."""

    guild_id: int
    name: str | None
    """A stranger's text."""
    left_at: datetime | None
    """Since when the bot is not in it, as far as is known."""
    has_rows: bool
    """Whether anything of it is stored that a purge would delete."""
