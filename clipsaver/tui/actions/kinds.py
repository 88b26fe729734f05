"""What the table of actions is made of. Records only."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from clipsaver.tui.sources.wanted import View
from clipsaver.tui.sources.wishes import Deed


class Danger(enum.IntEnum):
    """How much has to be typed before it is done; the later the more."""

    NONE = 0
    """Nothing: one thing is done at once. It is undone as easily, or loses nothing."""
    ASK = 1
    """A dialog, whose default is Cancel."""
    COUNT = 2
    """A dialog that wants the number of things typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that a person can do."""

    id: str
    """Its name in `[tui.keys]`; that of its deed, where it has one."""
    keys: tuple[str, ...]
    """As a person writes them: `r`, `R`, `/`, `ctrl+r`, `f1`; the first is shown."""
    words: str
    """One or two, for the footer and the palette."""
    help: str
    """What it does, in a line."""
    views: frozenset[View] = frozenset()
    """The screens that have it; empty = all."""
    deed: Deed | None = None
    needs_row: bool = False
    takes_marks: bool = False
    """Whether it does it to all that are marked, where some are."""
    danger: Danger = Danger.NONE
    """For one thing; more than one always have to be counted."""
    is_change: bool = False
    """Whether it changes anything outside of this window; not there where that is read only."""
    footer: int = 0
    """Its claim to a place in the footer: the higher, the longer it stays; 0 = none."""
    is_at_end: bool = False
    """At the right end of the footer."""
    twin: str = ""
    """The command that does the same, with names in capitals for what it is done to."""

    def is_on(self, view: View) -> bool:
        """Whether the screen has it."""
        return not self.views or view in self.views


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that decides whether an action can be done now."""

    view: View
    has_row: bool = True
    """Whether a row is under the cursor."""
    marked: int = 0
    is_read_only: bool = False
    away: str = ""
    """What cannot be reached that changes go to, such as `Redis is down`."""
    can_undo: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    """By an action's id, why the screen has no use for it now, such as for a row behind another."""
