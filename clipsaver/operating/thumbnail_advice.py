"""What may be done about a clip without a thumbnail, by its error. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Prospect(enum.Enum):
    """Whether asking for it again would do any good."""

    TRY = "try again"
    """What was in the way may be gone by itself."""
    MEND = "mend first"
    """Once a person has changed something."""
    UPGRADE = "upgrade first"
    """Once workers run another version."""
    NONE = "nothing"
    """There cannot be one."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, for a person."""

    prospect: Prospect
    words: str


_TRY, _MEND, _UPGRADE, _NONE = Prospect.TRY, Prospect.MEND, Prospect.UPGRADE, Prospect.NONE

_BY_ERROR = {
    "media_unavailable": (_TRY, "its bytes did not come, or too slowly; retry"),
    "media_changed": (_TRY, "another file came while it was read; retry"),
    "link_refused": (_TRY, "the CDN refused its link; a retry has it signed anew"),
    "decoder_killed": (
        _TRY,
        "something ended its decoder, such as a lack of memory; see the system's log, then retry",
    ),
    "source_failed": (_TRY, "its bytes could not be read on; retry"),
    "discord_unavailable": (_TRY, "Discord was not well; retry"),
    "rate_limited": (_TRY, "Discord wanted a longer pause than an attempt has; retry"),
    "media_forbidden": (
        _MEND,
        "its link leads where nothing may be fetched from: see discord.media_hosts and the name "
        "server, then retry",
    ),
    "media_too_large": (_MEND, "raise thumbnails.max_bytes if it is worth it, then retry"),
    "ranges_ignored": (
        _MEND,
        "its host sends no parts of files; with thumbnails.source = auto, Discord's still is tried",
    ),
    "still_unsupported": (
        _MEND,
        "Discord makes no still of it; with thumbnails.source = auto, the file itself is tried",
    ),
    "access_denied": (_MEND, "let the bot see the channel, then retry: its link has expired"),
    "missing_read_message_history": (
        _MEND,
        "give the bot Read Message History in that channel, then retry: its link has expired",
    ),
    "missing_message_content_intent": (
        _MEND,
        "switch on Message Content Intent on the bot's page in Discord's developer portal, then "
        "retry",
    ),
    "token_rejected": (_MEND, "give the workers a good token, then retry"),
    "storage_full": (_MEND, "make room where pictures are stored; they are then made"),
    "storage_denied": (_MEND, "let workers write where pictures are stored; they are then made"),
    "storage_unavailable": (_MEND, "see to where pictures are stored; they are then made"),
    "decoder_unavailable": (_MEND, "see clipsaver doctor: no decoder can be started there"),
    "decoder_crashed": (
        _UPGRADE,
        "the file brings its decoder down; please report it, and retry with a version that copes",
    ),
    "decoder_timed_out": (
        _UPGRADE,
        "the file keeps its decoder busy; retry with a version or a machine that is faster",
    ),
    "unsupported": (_UPGRADE, "of a kind that is not read, or encrypted; a later version may"),
    "request_refused": (_UPGRADE, "Discord refuses what was asked for; please report it"),
    "internal_error": (_UPGRADE, "a bug; please report it with the worker's log"),
    "media_gone": (_NONE, "the file is gone at Discord, or its message does not show it any more"),
    "not_found": (_NONE, "its channel is gone at Discord"),
    "media_empty": (_NONE, "the file has no bytes"),
    "no_video": (_NONE, "sound without a picture"),
    "broken": (_NONE, "damaged, cut off, or no video at all"),
    "too_big": (_NONE, "its pictures are larger than any that is decoded"),
    "budget_spent": (
        _MEND,
        "no picture within thumbnails.max_bytes or what else one clip may cost; raise it if it is "
        "worth it, then retry",
    ),
}
_UNKNOWN = "not known to this version; see thumbnail_error_message, then retry"


def advice(error: str | None) -> Advice:
    """What may be done about it. `error` is that of `clips.thumbnail_error`."""
    return Advice(*_BY_ERROR.get(error or "", (_TRY, _UNKNOWN)))


def known_errors() -> frozenset[str]:
    """The errors for which there is advice."""
    return frozenset(_BY_ERROR)
