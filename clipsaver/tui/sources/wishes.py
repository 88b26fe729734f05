"""What a person wants done, what that would do, and what came of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Deed(enum.StrEnum):
    """What can be done; each has a command of the command line that does the same."""

    NEW_JOB = "job.new"
    CANCEL = "job.cancel"
    RELEASE = "pending.release"
    RELEASE_WORKER = "pending.release_worker"
    BURY = "pending.bury"
    DROP_ENTRY = "pending.drop"
    RETRY = "dead.retry"
    DROP_LETTER = "dead.drop"
    PAUSE = "worker.pause"
    RESUME = "worker.resume"
    DRAIN = "worker.drain"
    REMAKE = "clip.remake"


@dataclass(frozen=True, slots=True)
class Wish:
    """A deed and what it is to be done to."""

    deed: Deed
    keys: tuple[str, ...] = ()
    """Run ids, entry keys, letter ids or fingerprints, worker names, clip ids."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Of a new job: its fields as a person wrote them. `undo` names the deed that this takes back:
    a BURY with it makes letters of their retries again, by the ids that they had."""
    why: str = ""
    """The person's own words, for the audit."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be done, as of now; looking changes nothing."""

    wish: Wish
    count: int
    """Things that would be changed; 0 = there is nothing to do, and `facts` say why."""
    facts: tuple[tuple[str, str], ...]
    """Pairs of a word and what is so, for the dialog: which kinds, whose, how many are superseded,
    what the effect is, whether a copy is kept."""
    twin: str
    """The command that does the same."""
    is_risky: bool = False
    """Such as releasing what a living worker holds, or retrying what took workers down: it is asked
    about even for one."""
    refused: str = ""
    """Why it cannot be done at all; empty = it can."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it."""

    words: str
    """`retried 3 dead letters, 1 was gone`."""
    twin: str
    is_whole: bool = True
    """False where some of it could not be done."""
    undo: Wish | None = None
    """What takes it back, while that is possible."""
