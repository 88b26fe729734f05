"""Dead letters as lines for a person. Pure; strangers' text is made printable here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from clipsaver.cli.tables import table
from clipsaver.masking import mask
from clipsaver.queue.operating.dead_letters.advice import Prospect, advice
from clipsaver.queue.operating.dead_letters.dead import Group, Selection
from clipsaver.queue.operating.dead_letters.letter import DeadLetter
from clipsaver.queue.operating.dead_letters.words import facts_of, job_text, reason_of
from clipsaver.terminal_text import printable
from clipsaver.utc import minute

_MOST_JOB_LINES = 60
_MOST_TYPES = 4


def letters_table(letters: Sequence[DeadLetter], width: int | None) -> list[str]:
    """A head and a row for each; with a `width` rows end there."""
    head = ("id", "died (UTC)", "reason", "type", "channel", "tries", "error")
    rows = [
        (
            letter.letter_id,
            minute(letter.died_at_ms),
            reason_of(letter),
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
            reason_of(group.example),
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
    for name, value in facts_of(letter):
        yield f"  {name:<9} {printable(mask(value))}"
    told = advice(letter)
    yield f"  {'to do':<9} {told.prospect.value}: {told.words}"
    if told.prospect is not Prospect.DROP:
        yield f"  {'':<9} clipsaver dead retry {letter.letter_id}"
    yield f"  {'':<9} clipsaver dead drop {letter.letter_id}"
    if letter.job is not None:
        yield ""
        yield from job_lines(letter.job)


def job_lines(job: bytes) -> Iterator[str]:
    """The job, indented where it is JSON, and its beginning where it is long."""
    lines = job_text(job).split("\n")
    for line in lines[:_MOST_JOB_LINES]:
        yield f"  {printable(line)}"
    if (more := len(lines) - _MOST_JOB_LINES) > 0:
        yield f"  and {more:,} more lines (--json)"


def counted(count: int) -> str:
    """`1 dead letter`, `2 dead letters`."""
    return "1 dead letter" if count == 1 else f"{count:,} dead letters"


def _types(types: Counter[str]) -> str:
    names = [name or "-" for name, _ in types.most_common(_MOST_TYPES)]
    return ", ".join(names) + (", …" if len(types) > _MOST_TYPES else "")


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {printable(name) or '-'}" for name, count in counts.most_common(8))
