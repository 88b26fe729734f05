"""Dead letters as lines for a person. Pure; strangers' text is made printable here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from clipsaver.cli.tables import minute, second, table
from clipsaver.masking import mask
from clipsaver.queue.operating.advice import Prospect, advice
from clipsaver.queue.operating.dead import Group, Selection
from clipsaver.queue.operating.letters import DeadLetter
from clipsaver.terminal_text import printable

_MOST_JOB_LINES = 60
_MOST_TYPES = 4


def letters_table(letters: Sequence[DeadLetter], width: int | None) -> list[str]:
    """A head and a row for each; with a `width` rows end there."""
    head = ("id", "died (UTC)", "reason", "type", "channel", "tries", "error")
    rows = [
        (
            letter.letter_id,
            minute(letter.died_at_ms),
            _reason(letter),
            letter.type or "-",
            letter.channel_id or "-",
            str(letter.death.attempts),
            mask(letter.death.error),
        )
        for letter in letters
    ]
    return table(head, rows, width, right=(5,))


def groups_table(groups: Sequence[Group], width: int | None) -> list[str]:
    """A head and a row for each cause."""
    head = (
        *("count", "fingerprint", "reason", "first (UTC)", "last (UTC)", "types", "channels"),
        *("to do", "error of the last"),
    )
    rows = [
        (
            f"{group.count:,}",
            group.fingerprint,
            _reason(group.example),
            minute(group.first_at_ms),
            minute(group.last_at_ms),
            _types(group.types),
            f"{len(group.channels):,}",
            advice(group.example).prospect.value,
            mask(group.example.death.error),
        )
        for group in groups
    ]
    return table(head, rows, width, right=(0, 6))


def listing_head(shown: int, total: int, *, is_filtered: bool, has_more: bool) -> str:
    """How many there are, and how many of them follow."""
    letters = counted(total)
    if has_more:
        that = " that match" if is_filtered else ""
        return f"the newest {shown:,}{that}, of {letters} (--limit for more, --groups for causes)"
    return f"{shown:,} of {letters}" if is_filtered else letters


def selection_lines(
    action: str, selection: Selection, missing: Sequence[str], width: int | None
) -> Iterator[str]:
    """What is about to be done, before it is."""
    count = len(selection.ids)
    yield f"{counted(count)} to {action}: {_counts(selection.reasons)}"
    yield f"  types: {_counts(selection.types)}"
    if selection.cut and action == "retry":
        yield f"  {selection.cut:,} of them cannot be: only the beginning of the job was kept"
    if missing:
        yield f"  {_missing(missing)}"
    yield ""
    yield from letters_table(selection.examples, width)
    if (more := count - len(selection.examples)) > 0:
        yield f"  and {more:,} more"


def _missing(missing: Sequence[str]) -> str:
    named = ", ".join(printable(one) for one in missing[:3])
    more = f" and {len(missing) - 3:,} more" if len(missing) > 3 else ""
    return f"not there (retried or dropped before, or never was): {named}{more}"


def letter_lines(letter: DeadLetter) -> Iterator[str]:
    """All of one letter, and what to do about it."""
    yield f"dead letter {letter.letter_id}"
    for name, value in _facts(letter):
        if value:
            yield f"  {name:<9} {printable(mask(value))}"
    told = advice(letter)
    yield f"  {'to do':<9} {told.prospect.value}: {told.words}"
    if told.prospect is not Prospect.DROP:
        yield f"  {'':<9} clipsaver dead retry {letter.letter_id}"
    yield f"  {'':<9} clipsaver dead drop {letter.letter_id}"
    if letter.job is not None:
        yield ""
        yield from job_lines(letter.job)


def _facts(letter: DeadLetter) -> Iterator[tuple[str, str]]:
    death = letter.death
    at = ", ".join(
        f"{word} {value}" for word, value in (("at", death.stage), ("on", death.worker)) if value
    )
    yield "died", f"{second(letter.died_at_ms)}{f' {at}' if at else ''}"
    yield "reason", _reason(letter)
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


def job_lines(job: bytes) -> Iterator[str]:
    """The job, indented where it is JSON, and its beginning where it is long."""
    try:
        text = msgspec.json.format(job, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = job[:2000].decode("utf-8", "replace")
    lines = text.split("\n")
    for line in lines[:_MOST_JOB_LINES]:
        yield f"  {printable(line)}"
    if (more := len(lines) - _MOST_JOB_LINES) > 0:
        yield f"  and {more:,} more lines (--json)"


def counted(count: int) -> str:
    """`1 dead letter`, `2 dead letters`."""
    return "1 dead letter" if count == 1 else f"{count:,} dead letters"


def _reason(letter: DeadLetter) -> str:
    death = letter.death
    return f"{death.reason} ({death.cause})" if death.cause else death.reason


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


def _types(types: Counter[str]) -> str:
    names = [name or "-" for name, _ in types.most_common(_MOST_TYPES)]
    return ", ".join(names) + (", …" if len(types) > _MOST_TYPES else "")


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {printable(name) or '-'}" for name, count in counts.most_common(8))
