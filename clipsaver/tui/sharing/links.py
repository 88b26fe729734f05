"""Where links lead, and whether there is a browser for them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from clipsaver.database.clips import StoredClip
from clipsaver.message_link import message_link as link


def message_link(clip: StoredClip) -> str:
    """Where the clip's message is to be read in Discord."""
    return link(clip.guild_id, clip.channel_id, clip.message_id)


def has_browser(environ: Mapping[str, str], platform: str) -> bool:
    """Whether a browser would open before the person: not over SSH, and on Linux not without a
    desktop, where one for terminals would take this one away."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return False
    if platform.startswith("linux"):
        return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    return True
