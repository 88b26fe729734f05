"""The one table of actions: each has a key, help and a place in the palette, and none is in
another's way."""

from __future__ import annotations

import itertools
import re

import pytest

from clipsaver.tui.actions import (
    ACTIONS,
    BY_ID,
    Action,
    Danger,
    Situation,
    actions_of,
    asks,
    bindings_for,
    check_overrides,
    help_rows,
    palette,
    why_not,
)
from clipsaver.tui.actions.keys import known_key, why_taken
from clipsaver.tui.sources.twins import twin
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.sources.wishes import Deed, Wish

EACH = pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)


def screens_of(action: Action) -> list[View]:
    return [view for view in View if action.is_on(view)]


@EACH
def test_an_action_has_a_binding_a_help_line_and_a_palette_entry(action: Action) -> None:
    assert screens_of(action)
    assert action.help.endswith(".") or ":" in action.help
    assert len(action.words) <= 20
    for view in screens_of(action):
        bound = {one.action.id: one.keys for one in bindings_for(view)}
        assert bound[action.id] == tuple(known_key(key) for key in action.keys)
        assert action in [one.action for one in help_rows(view)]
        assert action in [one.action for one in palette(Situation(view=view))]


def test_no_two_actions_have_a_name_or_a_key_in_common() -> None:
    assert len(BY_ID) == len(ACTIONS)
    assert check_overrides({}) == []
    for view in View:
        for one, other in itertools.combinations(bindings_for(view), 2):
            assert not set(one.keys) & set(other.keys)


@EACH
def test_every_key_reaches_us(action: Action) -> None:
    assert action.keys
    for key in action.keys:
        assert why_taken(known_key(key)) is None or (action.id, key) == ("app.quit", "ctrl+c")
        assert not key.startswith("ctrl+") or key in {"ctrl+p", "ctrl+r", "ctrl+c"}


@pytest.mark.parametrize("deed", Deed)
def test_every_deed_is_an_action_with_a_command(deed: Deed) -> None:
    action = BY_ID[deed]
    assert action.deed is deed
    assert action.is_change
    assert action.twin.startswith("clipsaver ")


@pytest.mark.parametrize("deed", sorted(set(Deed) - {Deed.NEW_JOB}))
def test_the_command_is_the_one_that_the_dialog_shows(deed: Deed) -> None:
    words, *_ = re.split(r"[A-Z]{2}", BY_ID[deed].twin)
    assert twin(Wish(deed, ("X",))).startswith(words)


@EACH
def test_nothing_that_loses_work_is_on_a_bare_lower_case_key(action: Action) -> None:
    if action.danger is not Danger.NONE:
        assert all(len(key) == 1 and key.isupper() for key in action.keys)


@EACH
def test_only_what_changes_something_is_dangerous(action: Action) -> None:
    assert action.is_change or action.danger is Danger.NONE
    assert action.is_change or action.deed is None


def test_screens_are_reached_by_their_numbers() -> None:
    for number, view in enumerate(View, start=1):
        assert BY_ID[f"go.{view}"].keys == (str(number),)


@pytest.mark.parametrize(
    ("action", "count", "is_risky", "danger"),
    [
        (Deed.RETRY, 1, False, Danger.NONE),
        (Deed.RETRY, 2, False, Danger.COUNT),
        (Deed.RELEASE, 1, True, Danger.ASK),
        (Deed.DROP_ENTRY, 1, False, Danger.ASK),
        (Deed.DROP_ENTRY, 3, False, Danger.COUNT),
        (Deed.RELEASE_WORKER, 1, True, Danger.COUNT),
        ("copy.id", 30, False, Danger.NONE),
    ],
)
def test_the_confirm_fits_the_danger(
    action: str, count: int, is_risky: bool, danger: Danger
) -> None:
    assert asks(BY_ID[action], count, is_risky=is_risky) is danger


def test_what_cannot_be_done_now_says_why() -> None:
    drop = BY_ID[Deed.DROP_ENTRY]
    there = Situation(view=View.PENDING)
    assert why_not(drop, there) == ""
    assert why_not(drop, Situation(view=View.DEAD)) == "not on this screen"
    assert why_not(drop, Situation(view=View.PENDING, is_read_only=True)) == "read only"
    assert why_not(drop, Situation(view=View.PENDING, away="Redis is down")) == "Redis is down"
    assert why_not(drop, Situation(view=View.PENDING, has_row=False)) == "no row is chosen"
    assert why_not(drop, Situation(view=View.PENDING, has_row=False, marked=1)) == ""
    assert why_not(BY_ID["app.undo"], there) == "there is nothing to take back"
    assert why_not(BY_ID["app.undo"], Situation(view=View.DEAD, can_undo=True)) == ""
    refusing = Situation(view=View.LOGS, refused={"follow": "it follows already"})
    assert why_not(BY_ID["follow"], refusing) == "it follows already"


def test_a_window_that_is_read_only_changes_nothing() -> None:
    for view in View:
        now = Situation(view=view, is_read_only=True, can_undo=True)
        assert all(bool(why_not(one, now)) for one in actions_of(view) if one.is_change)


def test_the_palette_has_what_can_be_done_first() -> None:
    entries = palette(Situation(view=View.PENDING, is_read_only=True))
    reasons = [bool(entry.why_not) for entry in entries]
    assert reasons == sorted(reasons)
    assert any(reasons)


def test_names_fit_into_their_column_of_the_help() -> None:
    for view in View:
        for row in help_rows(view):
            assert len(row.keys) <= 16, row
            assert len(row.action.words) <= 16, row


def test_help_has_this_screen_first() -> None:
    sections = [row.section for row in help_rows(View.DEAD)]
    assert set(sections) == {"Dead", "Everywhere"}
    assert sections == sorted(sections)
    keys = {row.action.id: row.keys for row in help_rows(View.DEAD)}
    assert keys["move.down"] == "j, down"
    assert keys["app.back"] == "esc"
