"""The table as a whole, and what of it can be done where."""

from __future__ import annotations

from clipsaver.tui.actions.acting import ACTING
from clipsaver.tui.actions.kinds import Action, Danger, Situation
from clipsaver.tui.actions.moving import COPYING, GOING, LISTING, LOOKING, MOVING
from clipsaver.tui.sources.wanted import View

ACTIONS: tuple[Action, ...] = (*GOING, *LISTING, *ACTING, *COPYING, *LOOKING, *MOVING)
"""In the order of the footer, the help and the palette."""

BY_ID = {action.id: action for action in ACTIONS}


def actions_of(view: View) -> tuple[Action, ...]:
    """What the screen has, whether or not it can be done now."""
    return tuple(action for action in ACTIONS if action.is_on(view))


def why_not(action: Action, now: Situation) -> str:
    """Why it cannot be done now, in words; empty = it can."""
    if not action.is_on(now.view):
        return "not on this screen"
    if action.is_change and now.is_read_only:
        return "read only"
    if action.is_change and now.away:
        return now.away
    if action.needs_row and not now.has_row and not (action.takes_marks and now.marked):
        return "no row is chosen"
    if action.id == "mark.none" and not now.marked:
        return "nothing is marked"
    if action.id == "app.undo" and not now.can_undo:
        return "there is nothing to take back"
    return now.refused.get(action.id, "")


def asks(action: Action, count: int, *, is_risky: bool = False) -> Danger:
    """How it is confirmed, given what a preview says: how many things, and whether it is risky."""
    if count > 1:
        return Danger.COUNT if action.is_change else Danger.NONE
    return max(action.danger, Danger.ASK) if is_risky else action.danger
