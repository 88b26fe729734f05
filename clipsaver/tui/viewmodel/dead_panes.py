"""Panes of dead letters: what to do about one or about all of one cause, and all that it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from clipsaver.queue.operating.dead_letters.advice import Prospect, advice
from clipsaver.queue.operating.dead_letters.dead import Group
from clipsaver.queue.operating.dead_letters.letter import DeadLetter
from clipsaver.queue.operating.dead_letters.words import facts_of
from clipsaver.tui.sources.seen import DeadBody, Seen
from clipsaver.tui.viewmodel.entry import payload_pane
from clipsaver.tui.viewmodel.layout import boxed, fact, facts, half_width, whole_width
from clipsaver.tui.viewmodel.places import where
from clipsaver.tui.viewmodel.rows import Cell, Line, Look, Pane, Tone
from clipsaver.tui.viewmodel.words import NOTHING, age, counted, error, kind, safe
from clipsaver.utc import second

TONES = {
    Prospect.TRY: Tone.GOOD,
    Prospect.MEND: Tone.WARN,
    Prospect.UPGRADE: Tone.NOTE,
    Prospect.DROP: Tone.DIM,
}
SUPERSEDED = "superseded"
_MOST_LETTERS = 500


def panes(seen: Seen, look: Look, key: str | None) -> tuple[Pane, ...]:
    """What to do about the group or letter under the cursor, and its job."""
    body = seen.body
    if not isinstance(body, DeadBody) or key is None:
        return ()
    group = next((one for one in body.groups if one.fingerprint == key), None)
    letter = group.example if group else _letter(body, key)
    if letter is None:
        return ()
    cells = half_width(look)
    lines = [*(_of_group(group, body, cells) if group else ()), *_of_letter(letter, body, cells)]
    title = "Newest of them" if group else "Dead letter"
    note = "enter: each of them" if group else "enter: all of it"
    shown = [boxed(title, lines, look, note=note, is_half=True)]
    if look.is_wide:
        shown.append(payload_pane(letter.job, look, is_half=True))
    return tuple(shown)


def detail(seen: Seen, look: Look, key: str) -> tuple[Pane, ...]:
    """A group's letters one by one, or all of one letter."""
    body = seen.body
    if not isinstance(body, DeadBody):
        return ()
    group = next((one for one in body.groups if one.fingerprint == key), None)
    letter = group.example if group else _letter(body, key)
    if letter is None:
        return ()
    cells = whole_width(look)
    shown = []
    if group:
        about = tuple(_of_group(group, body, cells))
        shown += [boxed("Cause", about, look), _letters_pane(group, body, seen, look)]
    title = "Newest of them" if group else "Dead letter"
    shown.append(boxed(title, _all_of(letter, body, cells), look))
    shown.append(payload_pane(letter.job, look))
    return tuple(shown)


def _letter(body: DeadBody, key: str) -> DeadLetter | None:
    return next((one for one in body.letters if one.letter_id == key), None)


def _letters_pane(group: Group, body: DeadBody, seen: Seen, look: Look) -> Pane:
    letters = [one for one in body.letters if one.group == group.fingerprint][:_MOST_LETTERS]
    lines = []
    for one in letters:
        place = where(seen.common.places, one.guild_id, one.channel_id, look.signs)
        ago = age(look.now_ms - one.died_at_ms)
        mark = f"  {SUPERSEDED}" if one.letter_id in body.superseded else ""
        lines.append(
            (
                Cell(f"{safe(one.letter_id)}  ", Tone.DIM),
                Cell(f"{ago} ago  {kind(one.type)}  {place}"),
                Cell(mark, Tone.NOTE),
            )
        )
    note = f"{len(letters):,} of {group.count:,}"
    keys = tuple(one.letter_id for one in letters)
    return boxed("Letters", lines, look, note=note, keys=keys)


def _of_group(one: Group, body: DeadBody, cells: int) -> Iterator[Line]:
    yield fact("cause", Cell(safe(one.fingerprint)), Cell(f"  {counted(one.count, 'letter')}"))
    yield from facts("kinds", kinds_of(one.types, most=9), cells)
    superseded = sum(
        each.letter_id in body.superseded for each in body.letters if each.group == one.fingerprint
    )
    if superseded:
        yield fact(SUPERSEDED, Cell(f"{superseded:,}: a later run has read their channels"))


def _of_letter(one: DeadLetter, body: DeadBody, cells: int) -> Iterator[Line]:
    """The most important of it."""
    told = advice(one)
    yield from facts("to do", f"{told.prospect.value}: {told.words}", cells, TONES[told.prospect])
    if one.letter_id in body.superseded:
        yield fact("", Cell("a later run of this type has read its channel to the end", Tone.NOTE))
    yield from facts("error", error_of(one), cells, Tone.BAD)
    yield fact("died", Cell(second(one.died_at_ms)))
    deliveries = counted(one.death.deliveries, "delivery", "deliveries")
    yield fact("tries", Cell(f"{one.death.attempts:,} failed, {deliveries}"))
    if one.death.hosts:
        yield from facts("on", safe(", ".join(one.death.hosts)), cells)
    yield fact("run", Cell(safe(one.run_id) or NOTHING))


def _all_of(one: DeadLetter, body: DeadBody, cells: int) -> Iterator[Line]:
    told = advice(one)
    yield fact("id", Cell(safe(one.letter_id)))
    yield from facts("to do", f"{told.prospect.value}: {told.words}", cells, TONES[told.prospect])
    if one.letter_id in body.superseded:
        yield fact("", Cell("a later run of this type has read its channel to the end", Tone.NOTE))
    for name, value in facts_of(one):
        yield from facts(name, error(value), cells, Tone.BAD if name == "error" else Tone.PLAIN)


def error_of(one: DeadLetter) -> str:
    """Why its last attempt failed, and what was said."""
    reason, said = one.death.cause or one.death.reason, one.death.error
    return error(f"{reason}: {said}" if said else reason)


def kinds_of(types: Counter[str], most: int = 2) -> str:
    """`batch, rescan +2`."""
    names: Sequence[str] = [kind(name) for name, _ in types.most_common(most)]
    more = f" +{len(types) - most}" if len(types) > most else ""
    return ", ".join(names) + more
