"""What goes wrong on demand: once, a few times, or with a probability.

Decides with a seeded generator of its own and does no I/O; what is taken here is played
by `serving.connection` (the wire), `api.refusals` (another answer), `api.spoiled` (its content) and
`api.cdn` (files).
"""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import msgspec

from clipsaver.simulator.traffic.field_path import steps_of


class FaultKind(enum.StrEnum):
    """The ways in which an answer can go wrong."""

    STATUS = "status"
    """Another status; 502 and what Cloudflare says come as HTML."""
    LIMITED = "limited"
    """429 of a scope, though no limit was reached."""
    GARBAGE = "garbage"
    """200 with a body that is no JSON."""
    RESET_MID_BODY = "reset_mid_body"
    """Part of the body, then the connection is reset."""
    CUT_SHORT = "cut_short"
    """Part of the body, then the connection is closed as if that were all."""
    HANG = "hang"
    """No answer, ever."""
    SLOW_BODY = "slow_body"
    """The body drips."""
    LATENCY = "latency"
    """The answer comes later. Goes together with other faults."""
    NULL_FIELD = "null_field"
    """A field of the answer is null."""
    OTHER_TYPE = "other_type"
    """A field of the answer is of another type: a number for a text, a text for a number."""
    OUT_OF_ORDER = "out_of_order"
    """A page's messages in any order."""
    REPEATED = "repeated"
    """A page with one message twice."""
    LONGER = "longer"
    """A page with more messages than were asked for; they go on as the history does."""
    IGNORE_RANGE = "ignore_range"
    """200 with the whole file, whatever part of it was asked for."""
    WRONG_RANGE = "wrong_range"
    """Another part of the file than the one that was asked for, and said so."""
    CHANGED_FILE = "changed_file"
    """Another entity tag, as if another file lay there now."""
    REDIRECT = "redirect"
    """302 to another host."""


OF_CONTENT = frozenset(
    {
        FaultKind.NULL_FIELD,
        FaultKind.OTHER_TYPE,
        FaultKind.OUT_OF_ORDER,
        FaultKind.REPEATED,
        FaultKind.LONGER,
    }
)
"""Those that leave status, headers and JSON as they are. The last three concern pages of messages
only."""

OF_FILES = frozenset({FaultKind.IGNORE_RANGE, FaultKind.WRONG_RANGE, FaultKind.CHANGED_FILE})
"""Those that concern files only; elsewhere the answer stays as it is."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong; the fields that its kind does not use are ignored."""

    kind: FaultKind
    code: int = 503
    """`status`: which."""
    error: int = 0
    """`status`: Discord's own code in the body, where that is JSON."""
    scope: str = "user"
    """`limited`: user, global, shared or cloudflare."""
    share: float = 0.5
    """`reset_mid_body`, `cut_short`: how much of the body is sent."""
    seconds: float = 1.0
    """`latency`: how long; `limited`: retry_after."""
    jitter_s: float = 0.0
    """`latency`: up to this much more."""
    bytes_per_s: int = 20_000
    """`slow_body`: how fast it drips."""
    field: str | None = None
    """`null_field`, `other_type`: which, such as `[3].author.id` on a page and `guild_id` of a
    channel. Where nothing of that name can be, the answer stays as it is; None: any."""
    seed: int | None = None
    """What is left to chance follows from it; None: another each time, by the seed of `Faults`."""
    extra: bool = False
    """`repeated`: whether it comes on top of the others. Otherwise it takes the place of the one
    farthest from the cursor on a full page, which then comes with the next."""
    more: int = 50
    """`longer`: how many more."""
    location: str = "https://elsewhere.example/"
    """`redirect`: where to."""

    def __post_init__(self) -> None:
        """Raises ValueError for a field that no answer can have."""
        if self.field is not None:
            steps_of(self.field)

    @classmethod
    def status(cls, code: int, error: int = 0) -> Fault:
        """500, 502, 503, 504 or any other; 200 is an error that does not look like one."""
        return cls(kind=FaultKind.STATUS, code=code, error=error)

    @classmethod
    def limited(cls, scope: str, retry_after_s: float = 1.0) -> Fault:
        """A 429: user, global, shared or cloudflare."""
        return cls(kind=FaultKind.LIMITED, scope=scope, seconds=retry_after_s)

    @classmethod
    def garbage(cls) -> Fault:
        return cls(kind=FaultKind.GARBAGE)

    @classmethod
    def reset_mid_body(cls, share: float = 0.5) -> Fault:
        return cls(kind=FaultKind.RESET_MID_BODY, share=share)

    @classmethod
    def cut_short(cls, share: float = 0.5) -> Fault:
        return cls(kind=FaultKind.CUT_SHORT, share=share)

    @classmethod
    def hang(cls) -> Fault:
        return cls(kind=FaultKind.HANG)

    @classmethod
    def slow_body(cls, bytes_per_s: int) -> Fault:
        return cls(kind=FaultKind.SLOW_BODY, bytes_per_s=bytes_per_s)

    @classmethod
    def latency(cls, seconds: float, jitter_s: float = 0.0) -> Fault:
        return cls(kind=FaultKind.LATENCY, seconds=seconds, jitter_s=jitter_s)

    @classmethod
    def null_field(cls, field: str | None = None) -> Fault:
        """A field by its path, or any."""
        return cls(kind=FaultKind.NULL_FIELD, field=field)

    @classmethod
    def other_type(cls, field: str | None = None) -> Fault:
        """A field by its path, or any."""
        return cls(kind=FaultKind.OTHER_TYPE, field=field)

    @classmethod
    def out_of_order(cls) -> Fault:
        return cls(kind=FaultKind.OUT_OF_ORDER)

    @classmethod
    def repeated(cls, *, extra: bool = False) -> Fault:
        """In place of another message, or as one more."""
        return cls(kind=FaultKind.REPEATED, extra=extra)

    @classmethod
    def longer(cls, more: int = 50) -> Fault:
        return cls(kind=FaultKind.LONGER, more=more)

    @classmethod
    def ignore_range(cls) -> Fault:
        return cls(kind=FaultKind.IGNORE_RANGE)

    @classmethod
    def wrong_range(cls) -> Fault:
        return cls(kind=FaultKind.WRONG_RANGE)

    @classmethod
    def changed_file(cls) -> Fault:
        return cls(kind=FaultKind.CHANGED_FILE)

    @classmethod
    def redirect(cls, location: str = "https://elsewhere.example/") -> Fault:
        return cls(kind=FaultKind.REDIRECT, location=location)


@dataclass(slots=True)
class _Rule:
    pattern: str
    fault: Fault
    times: int | None
    probability: float
    after: int
    """So many requests that fit come first, whatever those meet."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes wrong with one request."""

    delay_s: float = 0.0
    fault: Fault | None = None


_SMOOTH = Plan()


@dataclass(slots=True)
class Faults:
    """The rules in force. The first that fits a request is played; latencies add up."""

    seed: int = 0
    _rules: list[_Rule] = field(default_factory=list)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def next(self, pattern: str, fault: Fault, times: int = 1, *, after: int = 0) -> None:
        """The next `times` requests that fit the pattern meet this fault, `after` so many.

        A pattern is a method and a path below the API's prefix, such as
        `GET /channels/*/messages`: `*` stands for any part of one segment, `**` at the end for all
        that follows, and a pattern that is only `*` for every request. Files lie below
        `/attachments/` and the media proxy's below `/media/attachments/`.
        """
        self._rules.append(_Rule(pattern, fault, times, 1.0, after))

    def always(
        self, pattern: str, fault: Fault, probability: float = 1.0, *, after: int = 0
    ) -> None:
        """From now on, `after` so many, each request that fits meets this fault.

        With `probability` 1; with less, some of them do.
        """
        self._rules.append(_Rule(pattern, fault, None, probability, after))

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._rules.clear()

    def take(self, method: str, path: str) -> Plan:
        """What goes wrong with this request; rules that are used up are gone."""
        if not self._rules:
            return _SMOOTH
        delay_s, fault = 0.0, None
        for rule in self._rules[:]:
            if not fits(rule.pattern, method, path):
                continue
            if rule.after > 0:
                rule.after -= 1
                continue
            is_latency = rule.fault.kind is FaultKind.LATENCY
            if (fault is not None and not is_latency) or not self._strikes(rule):
                continue
            if is_latency:
                delay_s += rule.fault.seconds + self._random.random() * rule.fault.jitter_s
            else:
                fault = self._settled(rule.fault)
        return Plan(delay_s, fault)

    def _settled(self, fault: Fault) -> Fault:
        if fault.kind not in OF_CONTENT or fault.seed is not None:
            return fault
        return msgspec.structs.replace(fault, seed=self._random.getrandbits(32))

    def _strikes(self, rule: _Rule) -> bool:
        if rule.probability < 1 and self._random.random() >= rule.probability:
            return False
        if rule.times is not None:
            rule.times -= 1
            if rule.times <= 0:
                self._rules.remove(rule)
        return True


def fits(pattern: str, method: str, path: str) -> bool:
    """Whether a rule's pattern fits a request."""
    if pattern == "*":
        return True
    wanted_method, _, wanted_path = pattern.partition(" ")
    if not fnmatchcase(method, wanted_method):
        return False
    wanted, have = wanted_path.split("/"), path.split("/")
    if wanted[-1] == "**":
        wanted.pop()
        have = have[: len(wanted)]
    return len(wanted) == len(have) and all(
        fnmatchcase(part, want) for part, want in zip(have, wanted, strict=True)
    )
