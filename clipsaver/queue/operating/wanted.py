"""Which dead letters a person means. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from clipsaver.queue.operating.letters import DeadLetter

_HAS: dict[str, Callable[[DeadLetter], Iterable[str | None]]] = {
    "type": lambda letter: (letter.type,),
    "reason": lambda letter: (letter.death.reason, letter.death.cause),
    "fingerprint": lambda letter: (letter.group,),
    "guild": lambda letter: (letter.guild_id,),
    "channel": lambda letter: (letter.channel_id,),
    "job_id": lambda letter: (letter.job_id,),
    "run": lambda letter: (letter.run_id,),
    "host": lambda letter: letter.death.hosts,
}
"""What a letter has of that by which it can be meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A letter is meant if it has one of the values of each field that names any."""

    type: frozenset[str] = frozenset()
    reason: frozenset[str] = frozenset()
    """Also the reason of the last attempt, of those whose attempts are used up."""
    fingerprint: frozenset[str] = frozenset()
    guild: frozenset[str] = frozenset()
    channel: frozenset[str] = frozenset()
    job_id: frozenset[str] = frozenset()
    run: frozenset[str] = frozenset()
    host: frozenset[str] = frozenset()
    """One of those on which attempts failed."""
    text: frozenset[str] = frozenset()
    """Found anywhere in the letter, in whatever case."""
    newer_than_ms: int | None = None
    """Unix time by the clock of Redis; it died after that."""
    older_than_ms: int | None = None

    @property
    def is_all(self) -> bool:
        """Whether it leaves none out."""
        return self == Wanted()

    def matches(self, letter: DeadLetter) -> bool:
        """Whether the letter is one of those that are meant."""
        if self.newer_than_ms is not None and letter.died_at_ms <= self.newer_than_ms:
            return False
        if self.older_than_ms is not None and letter.died_at_ms >= self.older_than_ms:
            return False
        for name, has in _HAS.items():
            asked: frozenset[str] = getattr(self, name)
            if asked and asked.isdisjoint(has(letter)):
                return False
        return not self.text or self._is_in(letter)

    def words(self) -> str:
        """As the options of `clipsaver dead`, for the audit and for who wants to do it again."""
        return shlex.join(f"{option}={value}" for option, value in self._options())

    def _options(self) -> Iterator[tuple[str, str]]:
        for field in fields(self):
            value = getattr(self, field.name)
            option = f"--{field.name.removesuffix('_ms').replace('_', '-')}"
            if isinstance(value, frozenset):
                yield from ((option, one) for one in sorted(value))
            elif value is not None:
                yield option, utc(value)

    def _is_in(self, letter: DeadLetter) -> bool:
        parts = (
            letter.letter_id,
            letter.run_id,
            letter.death.reason,
            letter.death.cause or "",
            letter.death.error,
            letter.death.worker,
            letter.death.stage,
            *letter.death.hosts,
            *(word for pair in letter.fields.items() for word in pair),
            (letter.job or b"").decode("utf-8", "replace"),
        )
        said = "\n".join(parts).casefold()
        return any(one.casefold() in said for one in self.text)


def utc(at_ms: int) -> str:
    """A Unix time in ms as `2026-11-25T20:48:00.000Z`."""
    at = datetime.fromtimestamp(at_ms // 1000, tz=UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03}Z"
