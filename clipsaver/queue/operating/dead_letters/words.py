"""What a dead letter says, in words. Pure; who shows them makes them printable."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from clipsaver.queue.operating.dead_letters.letter import DeadLetter
from clipsaver.utc import second

_MOST_OF_TEXT = 2000


def reason_of(letter: DeadLetter) -> str:
    """`attempts_used_up (discord_unavailable)`: why it died, and of what the last attempt."""
    death = letter.death
    return f"{death.reason} ({death.cause})" if death.cause else death.reason


def facts_of(letter: DeadLetter) -> Iterator[tuple[str, str]]:
    """All that it says of itself, as pairs of a word and what is so. Strangers' texts are in it."""
    yield from ((name, value) for name, value in _facts(letter) if value)


def _facts(letter: DeadLetter) -> Iterator[tuple[str, str]]:
    death = letter.death
    at = ", ".join(
        f"{word} {value}" for word, value in (("at", death.stage), ("on", death.worker)) if value
    )
    yield "died", f"{second(letter.died_at_ms)}{f' {at}' if at else ''}"
    yield "reason", reason_of(letter)
    yield "error", death.error
    yield "where", death.path or ""
    yield "job", _job_in_words(letter)
    yield "run", letter.run_id
    if letter.carried.retries:
        times = "once" if letter.carried.retries == 1 else f"{letter.carried.retries:,} times"
        yield "retried", f"{times} before; it was {letter.carried.retry_of or 'another run'}"
    yield "tried", _tries(letter)
    if death.first_at:
        yield "pushed", second(death.first_at)
    if letter.is_cut:
        yield (
            "size",
            f"{death.job_bytes:,} bytes, of which the first {len(letter.job or b''):,} were kept; "
            f"SHA-256 of the whole {death.job_sha256}",
        )
    yield "group", letter.group
    yield "fields", ", ".join(f"{name}={value}" for name, value in letter.fields.items())


def job_text(job: bytes) -> str:
    """The job, indented where it is JSON; of what is not, the beginning."""
    try:
        return msgspec.json.format(job, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return job[:_MOST_OF_TEXT].decode("utf-8", "replace")


def _job_in_words(letter: DeadLetter) -> str:
    parts = (
        ("", letter.type),
        ("guild ", letter.guild_id),
        ("channel ", letter.channel_id),
        ("job_id ", letter.job_id),
    )
    return ", ".join(f"{word}{value}" for word, value in parts if value) or "none that can be read"


def _tries(letter: DeadLetter) -> str:
    death = letter.death
    times = ", ".join(
        f"{number:,} {one if number == 1 else many}"
        for number, one, many in (
            (death.attempts, "attempt", "attempts"),
            (death.deliveries, "delivery", "deliveries"),
            (death.waits, "wait", "waits"),
        )
        if number
    )
    where = ", ".join(death.hosts)
    return f"{times}; on {where}" if times and where else times or where
