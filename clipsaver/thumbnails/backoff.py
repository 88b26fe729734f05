"""When a clip whose thumbnail failed is tried again, and when it is not.

By what the error says is to be done (`ClipsaverError.handling`):

    RETRY    it may pass, such as a CDN that is away: after 5, 15, 60, 240, 720 and 1,440 minutes;
             then it has failed, until somebody asks for it again
    DEAD     the file will be the same the next time: unavailable, at once; but for one that may
             have brought its decoder down, or found it on a busy machine: after 60 and 240 minutes
    WAIT     ours, such as a full disk: uses no attempt, and the clip comes back in 5 minutes
    ABANDON  another worker holds it: nothing is recorded
"""

from __future__ import annotations

from dataclasses import dataclass

from clipsaver.errors import Handling

_MINUTE_S = 60.0
LADDER_S = tuple(minutes * _MINUTE_S for minutes in (5, 15, 60, 240, 720, 1440))
"""Between the first attempt and the second, and so on."""
WAIT_S = 5 * _MINUTE_S
_JITTER = 0.2
"""Later by up to so much: clips that failed together, as when a CDN was away, come back apart."""
_SUSPECTS = frozenset({"decoder_crashed", "decoder_timed_out"})
"""Most likely the file's doing, and dear: each may have cost a process and all of its time."""
_SUSPECTS_LADDER_S = LADDER_S[2:4]

_DELETE_LADDER_S = tuple(minutes * _MINUTE_S for minutes in (1, 5, 15, 60, 240))


@dataclass(frozen=True, slots=True)
class Again:
    """The clip stays pending."""

    in_s: float
    counts: bool = True
    """Whether an attempt was used."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Its attempts are used up: it is tried again only when somebody asks for it."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """There cannot be one."""


Verdict = Again | Failed | Unavailable


def verdict(
    handling: Handling,
    reason: str,
    *,
    attempts: int,
    dice: float,
    retry_after_s: float | None = None,
) -> Verdict:
    """What becomes of a clip whose attempt ended with such an error.

    `attempts` failed before this one, `dice` is from 0 up to 1, and `retry_after_s` what a server
    asked for: sooner than that it is not tried again.
    """
    if handling is Handling.DEAD and reason not in _SUSPECTS:
        return Unavailable()
    if handling in (Handling.WAIT, Handling.ABANDON):
        return Again(_later(WAIT_S, retry_after_s, dice), counts=False)
    ladder = _SUSPECTS_LADDER_S if reason in _SUSPECTS else LADDER_S
    if attempts >= len(ladder):
        return Unavailable() if reason in _SUSPECTS else Failed()
    return Again(_later(ladder[attempts], retry_after_s, dice))


def delete_again_s(attempts: int, dice: float) -> float:
    """Seconds until a file that could not be deleted, so often, is tried again; for ever."""
    step = min(max(attempts, 1), len(_DELETE_LADDER_S)) - 1
    return _later(_DELETE_LADDER_S[step], None, dice)


def _later(delay_s: float, retry_after_s: float | None, dice: float) -> float:
    return max(delay_s, retry_after_s or 0.0) * (1.0 + _JITTER * dice)
