"""The footer, the rows of help and the entries of the palette, made from the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clipsaver.tui.actions.binding import keys_of
from clipsaver.tui.actions.keys import shown
from clipsaver.tui.actions.kinds import Action, Situation
from clipsaver.tui.actions.table import ACTIONS, actions_of, why_not
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.rows import Cell, Line, Tone

_GAPS = ("   ", "  ")
"""Between entries, the widest that fits."""


@dataclass(frozen=True, slots=True)
class HelpRow:
    """One line of the help."""

    section: str
    """`Pending`, or `everywhere`."""
    keys: str
    """`j, down`; empty where it has none."""
    action: Action


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """One thing that the palette offers."""

    action: Action
    keys: str
    why_not: str
    """Why it cannot be done now; empty = it can."""


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    words: str
    action: Action

    @property
    def width(self) -> int:
        return len(self.key) + 1 + len(self.words)


def footer(
    now: Situation,
    width: int,
    overrides: Mapping[str, str] | None = None,
    *,
    words: Mapping[str, str] | None = None,
) -> Line:
    """The keys that apply now, fitted to so many cells, the line as a whole exactly as wide.

    What claims a place most stays; what cannot be done now is left out, but for what a connection
    would bring back, which is dimmed. `words` are other ones for some ids, such as `unfold`.
    """
    entries = _entries(now, overrides, words or {})
    chosen: list[_Entry] = []
    gap = _GAPS[-1]
    for entry in sorted(entries, key=lambda entry: -entry.action.footer):
        if _width([*chosen, entry], gap) <= width:
            chosen.append(entry)
    for wide in _GAPS:
        if _width(chosen, wide) <= width:
            gap = wide
            break
    left = [entry for entry in entries if entry in chosen and not entry.action.is_at_end]
    right = [entry for entry in entries if entry in chosen and entry.action.is_at_end]
    line = [Cell(" "), *_cells(left, gap, now)]
    rest = [*_cells(right, gap, now), Cell(" ")]
    missing = width - sum(len(cell.text) for cell in (*line, *rest))
    return (*line, Cell(" " * missing), *rest) if missing >= 0 else (Cell(" " * width),)


def help_rows(view: View, overrides: Mapping[str, str] | None = None) -> tuple[HelpRow, ...]:
    """All that the screen can do: first what it alone or few have, then what all have."""
    own = [action for action in actions_of(view) if action.views]
    everywhere = [action for action in ACTIONS if not action.views]
    return tuple(
        HelpRow(section, _shown_keys(action, overrides), action)
        for section, actions in ((view.capitalize(), own), ("Everywhere", everywhere))
        for action in actions
    )


def palette(now: Situation, overrides: Mapping[str, str] | None = None) -> tuple[PaletteEntry, ...]:
    """All that the screen can do, what cannot be done now last, each with the reason."""
    entries = [
        PaletteEntry(action, _shown_keys(action, overrides), why_not(action, now))
        for action in actions_of(now.view)
    ]
    return tuple(sorted(entries, key=lambda entry: bool(entry.why_not)))


def _entries(
    now: Situation, overrides: Mapping[str, str] | None, words: Mapping[str, str]
) -> list[_Entry]:
    entries = []
    for action in actions_of(now.view):
        keys = keys_of(action, overrides)
        reason = why_not(action, now)
        if action.footer and keys and (not reason or reason == now.away):
            entries.append(_Entry(shown(keys[0]), words.get(action.id, action.words), action))
    return entries


def _width(entries: list[_Entry], gap: str) -> int:
    """Cells that they take in a line of their own, with a space at each end and one between."""
    both = {entry.action.is_at_end for entry in entries} == {True, False}
    gaps = len(gap) * max(0, len(entries) - 1)
    return 2 + sum(entry.width for entry in entries) + gaps + both


def _cells(entries: list[_Entry], gap: str, now: Situation) -> list[Cell]:
    cells = []
    for number, entry in enumerate(entries):
        is_off = bool(why_not(entry.action, now))
        if number:
            cells.append(Cell(gap))
        cells.append(Cell(entry.key, Tone.DIM if is_off else Tone.STRONG))
        cells.append(Cell(f" {entry.words}", Tone.DIM if is_off else Tone.PLAIN))
    return cells


def _shown_keys(action: Action, overrides: Mapping[str, str] | None) -> str:
    return ", ".join(shown(key) for key in keys_of(action, overrides))
