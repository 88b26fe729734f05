"""How a job is written as options of `clipsaver push`."""

from __future__ import annotations

from collections.abc import Mapping

PUSH_OPTIONS: Mapping[str, str] = {
    "guild_id": "--guild",
    "channel_id": "--channel",
    "author_id": "--author",
    "direction": "--direction",
    "limit": "--limit",
    "before_message_id": "--before",
    "after_message_id": "--after",
    "known": "--known",
    "strategy": "--strategy",
    "priority": "--priority",
    "message_ids": "--message",
    "clip_ids": "--clip",
    "reason": "--reason",
    "reset_scan_status": "--reset",
    "job_id": "--job-id",
    "match_regex": "--match",
    "allowed_mime_types": "--mime-type",
}
"""Field of a job or of its settings -> the option that sets it."""
