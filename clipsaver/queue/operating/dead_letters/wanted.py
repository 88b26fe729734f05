"""Which dead letters a person means. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from clipsaver.queue.operating.dead_letters.letter import DeadLetter
from clipsaver.queue.operating.filters import Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(Filter):
    """Of dead letters: also by why and where they died, by their text, and by the time."""

    reason: frozenset[str] = frozenset()
    """Also the reason of the last attempt, of those whose attempts are used up."""
    fingerprint: frozenset[str] = frozenset()
    run: frozenset[str] = frozenset()
    host: frozenset[str] = frozenset()
    """One of those on which attempts failed."""
    text: frozenset[str] = frozenset()
    """Found anywhere in the letter, in whatever case."""
    newer_than_ms: int | None = None
    """Unix time by the clock of Redis; it died after that."""
    older_than_ms: int | None = None

    def matches(self, letter: DeadLetter) -> bool:
        """Whether the letter is one of those that are meant."""
        if self.newer_than_ms is not None and letter.died_at_ms <= self.newer_than_ms:
            return False
        if self.older_than_ms is not None and letter.died_at_ms >= self.older_than_ms:
            return False
        has = {
            "type": (letter.type,),
            "reason": (letter.death.reason, letter.death.cause),
            "fingerprint": (letter.group,),
            "guild": (letter.guild_id,),
            "channel": (letter.channel_id,),
            "job_id": (letter.job_id,),
            "run": (letter.run_id,),
            "host": letter.death.hosts,
        }
        return self.fits(has) and (not self.text or self._is_in(letter))

    def options(self) -> Iterator[tuple[str, str]]:
        """Times in UTC."""
        yield from Filter.options(self)
        for name in ("newer_than_ms", "older_than_ms"):
            if (at_ms := getattr(self, name)) is not None:
                yield name.removesuffix("_ms").replace("_", "-"), utc(at_ms)

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
