"""What to do about a dead letter, by its reason. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from clipsaver.errors import Poisoned, PurgeNotAccepted
from clipsaver.queue import policy
from clipsaver.queue.operating.dead_letters.letter import BURIED, UNREADABLE, DeadLetter


class Prospect(enum.Enum):
    """Whether a retry would do any good."""

    TRY = "try again"
    """What was in the way may be gone by itself."""
    MEND = "mend first"
    """Once a person has changed something outside of the job."""
    UPGRADE = "upgrade first"
    """Once workers run another version."""
    DROP = "drop"
    """It cannot succeed as it is."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, for a person."""

    prospect: Prospect
    words: str


_BY_REASON = {
    "missing_message_content_intent": (
        Prospect.MEND,
        "switch on Message Content Intent on the bot's page in Discord's developer portal, then "
        "retry",
    ),
    "missing_read_message_history": (
        Prospect.MEND,
        "give the bot Read Message History in that channel, run clipsaver doctor, then retry",
    ),
    "access_denied": (
        Prospect.MEND,
        "let the bot see the channel, run clipsaver doctor, then retry; or drop it",
    ),
    "not_found": (
        Prospect.DROP,
        "the channel is gone or the bot never saw it; where it should, invite the bot, run "
        "clipsaver doctor and retry",
    ),
    "request_refused": (Prospect.UPGRADE, "Discord refuses what was asked for; please report it"),
    "wrong_guild": (
        Prospect.DROP,
        "the channel is in another guild than the job says: push it with the right one",
    ),
    "bad_job": (Prospect.DROP, "it is no job of the contract: push it mended"),
    "bad_delayed_entry": (
        Prospect.DROP,
        "somebody wrote into the delayed set what is no entry; look at it, then drop it",
    ),
    "job_id_reused": (
        Prospect.TRY,
        "its job_id belonged to another job that was unfinished then; once that has ended, retry",
    ),
    PurgeNotAccepted.reason: (
        Prospect.MEND,
        "switch on privacy.accept_purge_jobs for all workers, then retry; or drop it and run "
        "`clipsaver purge`",
    ),
    Poisoned.reason: (
        Prospect.MEND,
        "its workers died of it, or were killed again and again (memory?); look at their logs "
        "before you retry: a retry is counted anew, and may take as many workers down",
    ),
    "data_rejected": (
        Prospect.UPGRADE,
        "the database refuses a page's data; please report it, and retry with a version that "
        "mends it",
    ),
    "internal_error": (
        Prospect.UPGRADE,
        "a bug; please report it with the worker's log, and retry with a version that mends it",
    ),
    "discord_unavailable": (Prospect.TRY, "Discord was not well; retry"),
    "usage": (Prospect.MEND, "a key holds what is not ours; see the error, then retry"),
    BURIED: (
        Prospect.TRY,
        "a person took it off the stream; see the error for why, then retry or drop it",
    ),
    UNREADABLE: (
        Prospect.DROP,
        "no worker of this version wrote it; look at it, then retry or drop it",
    ),
}

_CUT = "only the beginning of its job was kept, so it cannot be retried: push smaller ones"
_UNKNOWN = "its reason is not known to this version; see the error, then retry or drop it"


def advice(letter: DeadLetter) -> Advice:
    """What to do about the letter."""
    if letter.is_cut:
        return Advice(Prospect.DROP, _CUT)
    death = letter.death
    used_up = death.reason == policy.ATTEMPTS_USED_UP
    reason = death.cause or death.reason if used_up else death.reason
    return Advice(*_BY_REASON.get(reason, (Prospect.TRY, _UNKNOWN)))


def is_risky(letter: DeadLetter) -> bool:
    """Whether a retry may do harm: what took workers down may do so again."""
    return letter.death.reason == Poisoned.reason


def known_reasons() -> frozenset[str]:
    """The reasons for which there is advice."""
    return frozenset(_BY_REASON)
