"""Dead letters: look through them, find the ones that are meant, group them by cause.

There may be very many, and each may hold a job of 256 KB: they are read a page at a time, and what
is kept for all of them is their ids. A walk ends with the letter that was the last when it began,
so those that die meanwhile, such as of a retry, are not met.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from clipsaver.errors import UsageError
from clipsaver.queue.entries import is_entry_id
from clipsaver.queue.link import Link
from clipsaver.queue.operating.dead_letters.letter import DeadLetter, parse_letter
from clipsaver.queue.operating.dead_letters.wanted import Wanted

ALL = Wanted()
_PAGE = 200
"""Letters read at once: at worst 50 MB, mostly 100 KB."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look through the letters brought, the newest first."""

    letters: tuple[DeadLetter, ...]
    cursor: str | None
    """Give it to the next look, which goes on behind it; None where there is no more to look at."""
    looked_at: int


@dataclass(slots=True)
class Selection:
    """The letters that are meant now, as ids, the oldest first, and what they are."""

    ids: list[str] = field(default_factory=list)
    cut: int = 0
    """Of these only the beginning of the job was kept: they cannot be retried."""
    reasons: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    examples: list[DeadLetter] = field(default_factory=list)
    """The first few."""


@dataclass(slots=True)
class Group:
    """Letters of what is likely the same cause."""

    fingerprint: str
    example: DeadLetter
    """The newest of them."""
    count: int = 0
    first_at_ms: int = 0
    last_at_ms: int = 0
    types: Counter[str] = field(default_factory=Counter)
    channels: set[str] = field(default_factory=set)


async def count(link: Link) -> int:
    """How many letters there are."""
    return int(await link.command("XLEN", link.names.dead))


async def look(
    link: Link,
    wanted: Wanted = ALL,
    *,
    count: int,
    cursor: str | None = None,
    look_at: int | None = None,
) -> Found:
    """Up to `count` letters that are meant, the newest first, from `cursor` on.

    `look_at` bounds how many are looked at for that, since few of very many may be meant.
    """
    span = _Span.of(wanted).up_to(cursor)
    found: list[DeadLetter] = []
    looked_at = 0
    while look_at is None or looked_at < look_at:
        size = _PAGE if look_at is None else min(_PAGE, look_at - looked_at)
        page = await _page(link, span, size, newest_first=True)
        for letter in page:
            looked_at += 1
            span = span.up_to(letter.letter_id)
            if wanted.matches(letter):
                found.append(letter)
                if len(found) == count:
                    return Found(tuple(found), letter.letter_id, looked_at)
        if len(page) < size:
            return Found(tuple(found), None, looked_at)
    return Found(tuple(found), span.highest.removeprefix("("), looked_at)


async def letter_of(link: Link, name: str) -> DeadLetter | None:
    """The letter of this id, or the newest of the run of this name; None where there is none."""
    if "/" in name:
        found = await look(link, Wanted(run=frozenset([name])), count=1)
        return found.letters[0] if found.letters else None
    (letter,) = await letters_of(link, [name]) or (None,)
    return letter


async def letters_of(link: Link, letter_ids: Sequence[str]) -> list[DeadLetter]:
    """Those of these letters that are there. Raises UsageError for what is no id."""
    check_ids(letter_ids)
    letters = []
    for start in range(0, len(letter_ids), _PAGE):
        chunk = letter_ids[start : start + _PAGE]
        rows = await link.together([("XRANGE", link.names.dead, one, one) for one in chunk])
        letters += [parse_letter(*row) for found in rows for row in found or ()]
    return letters


def check_ids(letter_ids: Sequence[str]) -> None:
    """Raises UsageError where one cannot be a letter's id."""
    for one in letter_ids:
        if not is_entry_id(one):
            raise UsageError(
                f"{one} is no dead letter's id; they look like 1769428198123-0, and "
                "`clipsaver dead list` shows them"
            )


async def select(
    link: Link, wanted: Wanted = ALL, *, limit: int | None = None, examples: int = 0
) -> Selection:
    """The letters that are meant now, `limit` of them at most, the oldest first."""
    selection = Selection()

    def add(letter: DeadLetter) -> bool:
        _add_to(selection, letter, examples)
        return limit is None or len(selection.ids) < limit

    await _walk(link, wanted, add, newest_first=False)
    return selection


async def select_named(
    link: Link, names: Sequence[str], *, examples: int = 0
) -> tuple[Selection, list[str]]:
    """The letters of these ids and run ids, and the names that are nobody's.

    Raises UsageError for what is neither.
    """
    runs = frozenset(one for one in names if "/" in one)
    letters = await letters_of(link, [one for one in names if one not in runs])
    known = {letter.letter_id for letter in letters}
    if runs:
        of_runs = (await select(link, Wanted(run=runs))).ids
        letters += await letters_of(link, [one for one in of_runs if one not in known])
    selection = Selection()
    for letter in letters:
        _add_to(selection, letter, examples)
    found = {name for letter in letters for name in (letter.letter_id, letter.run_id)}
    return selection, [one for one in names if one not in found]


def _add_to(selection: Selection, letter: DeadLetter, examples: int) -> None:
    """Count the letter in."""
    selection.ids.append(letter.letter_id)
    selection.cut += letter.is_cut
    selection.reasons[letter.death.reason] += 1
    selection.types[letter.type] += 1
    if len(selection.examples) < examples:
        selection.examples.append(letter)


async def groups(link: Link, wanted: Wanted = ALL) -> list[Group]:
    """The letters that are meant by what is likely their cause, the largest group first."""
    found: dict[str, Group] = {}

    def add(letter: DeadLetter) -> bool:
        _add_to_group(found, letter)
        return True

    await _walk(link, wanted, add, newest_first=True)
    return _largest_first(found)


def grouped(letters: Iterable[DeadLetter]) -> list[Group]:
    """The same of letters that are known, the newest first."""
    found: dict[str, Group] = {}
    for letter in letters:
        _add_to_group(found, letter)
    return _largest_first(found)


def _add_to_group(found: dict[str, Group], letter: DeadLetter) -> None:
    group = found.setdefault(letter.group, Group(letter.group, example=letter))
    group.count += 1
    group.first_at_ms = letter.died_at_ms
    group.last_at_ms = group.last_at_ms or letter.died_at_ms
    group.types[letter.type] += 1
    if letter.channel_id:
        group.channels.add(letter.channel_id)


def _largest_first(found: dict[str, Group]) -> list[Group]:
    return sorted(found.values(), key=lambda group: (-group.count, -group.last_at_ms))


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of the stream of dead letters, by ids as XRANGE takes them."""

    lowest: str = "-"
    highest: str = "+"

    @classmethod
    def of(cls, wanted: Wanted) -> _Span:
        """Where the letters are that are meant; their ids are their times."""
        newer, older = wanted.newer_than_ms, wanted.older_than_ms
        return cls(
            lowest="-" if newer is None else str(newer + 1),
            highest="+" if older is None else str(max(0, older - 1)),
        )

    def up_to(self, letter_id: str | None) -> _Span:
        """What is left of it before that letter."""
        return self if letter_id is None else replace(self, highest=f"({letter_id}")

    def on_from(self, letter_id: str) -> _Span:
        """What is left of it behind that letter."""
        return replace(self, lowest=f"({letter_id}")


async def _walk(
    link: Link, wanted: Wanted, visit: Callable[[DeadLetter], bool], *, newest_first: bool
) -> None:
    """Show `visit` the letters that are meant, until it returns False."""
    span = _Span.of(wanted)
    if not newest_first:
        newest = await _page(link, span, 1, newest_first=True)
        if not newest:
            return
        span = replace(span, highest=newest[0].letter_id)
    while True:
        page = await _page(link, span, _PAGE, newest_first=newest_first)
        for letter in page:
            if wanted.matches(letter) and not visit(letter):
                return
        if len(page) < _PAGE:
            return
        last = page[-1].letter_id
        span = span.up_to(last) if newest_first else span.on_from(last)


async def _page(link: Link, span: _Span, size: int, *, newest_first: bool) -> list[DeadLetter]:
    command, *ends = (
        ("XREVRANGE", span.highest, span.lowest)
        if newest_first
        else ("XRANGE", span.lowest, span.highest)
    )
    rows = await link.command(command, link.names.dead, *ends, "COUNT", size)
    return [parse_letter(letter_id, fields) for letter_id, fields in rows or ()]
