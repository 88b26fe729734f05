"""Keys of one's own, and what is said of those that cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.tui.actions import ACTIONS, BY_ID, bindings_for, check_overrides
from clipsaver.tui.actions.binding import keys_of
from clipsaver.tui.actions.keys import TAKEN, UnknownKey, known_key, why_taken
from clipsaver.tui.sources.wanted import View


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("r", "r"),
        ("R", "R"),
        ("shift+r", "R"),
        ("/", "/"),
        ("slash", "/"),
        ("question_mark", "?"),
        ("less_than_sign", "<"),
        ("minus", "-"),
        ("+", "+"),
        ("ctrl++", "ctrl++"),
        ("ctrl+R", "ctrl+r"),
        ("Ctrl+Alt+x", "ctrl+alt+x"),
        ("alt+ctrl+x", "ctrl+alt+x"),
        ("shift+tab", "shift+tab"),
        ("F5", "f5"),
        ("esc", "escape"),
        ("PageDown", "pagedown"),
        ("comma", ","),
        ("é", "é"),
    ],
)
def test_a_key_has_one_form(written: str, key: str) -> None:
    assert known_key(written) == key
    assert known_key(key) == key


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            {"pending.relase": "r"},
            "there is no action pending.relase; did you mean pending.release?",
        ),
        ({"xyz": "r"}, "there is no action xyz; there are row.open, "),
        ({"go.to": "entr"}, "go.to = entr: there is no key entr; did you mean enter?"),
        ({"go.to": "f99x"}, "there is no key f99x; did you mean f9?"),
        ({"go.to": "wheel"}, "a key is a character or a name such as f5"),
        ({"go.to": "crtl+l"}, "there is no crtl+; did you mean ctrl+l?"),
        ({"go.to": "super+l"}, "there is no super+; there are ctrl, alt, shift"),
        ({"go.to": "ctrl+b"}, "does not reach us, since tmux keeps it as its prefix"),
        ({"go.to": "ctrl+shift+x"}, "terminals keep ctrl+shift for themselves"),
        ({"go.to": "ctrl+1"}, "most terminals send the same for the number alone"),
        ({"go.to": "ctrl+c"}, "since it always quits"),
        ({"dead.retry": "D"}, "the key D would be both dead.retry and dead.drop on dead: give"),
        ({"go.to": "j"}, "the key j would be both go.to and move.down on every screen"),
        (
            {"pending.bury": "x", "pending.drop": "x"},
            "the key x would be both pending.bury and pending.drop on pending",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(overrides: dict[str, str], said: str) -> None:
    (problem,) = check_overrides(overrides)
    assert problem.startswith("tui.keys: ")
    assert said in problem


def test_all_problems_are_said_at_once() -> None:
    assert len(check_overrides({"a.b": "r", "go.to": "entr,ctrl+b", "dead.retry": "D"})) == 4


def test_an_override_is_in_force_on_every_screen_of_its_action() -> None:
    overrides = {"pending.release": "ctrl+l,r", "app.help": "", "app.quit": "Q"}
    assert check_overrides(overrides) == []
    bound = {one.action.id: one.keys for one in bindings_for(View.PENDING, overrides)}
    assert bound["pending.release"] == ("ctrl+l", "r")
    assert bound["app.help"] == ()
    assert bound["app.quit"] == ("Q", "ctrl+c")
    assert bound["app.back"] == ("escape",)


def test_keys_can_be_swapped() -> None:
    overrides = {"pending.bury": "D", "pending.drop": "B"}
    assert check_overrides(overrides) == []


@pytest.mark.parametrize("key", TAKEN)
def test_what_is_taken_is_written_in_the_form_that_is_compared(key: str) -> None:
    assert known_key(key) == key
    assert why_taken(key)


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_not(text: str) -> None:
    try:
        key = known_key(text)
    except UnknownKey:
        return
    assert known_key(key) == key


@given(
    st.dictionaries(
        st.sampled_from(sorted(BY_ID)) | st.text(max_size=8), st.text("rRxj,+ctl ", max_size=8)
    )
)
def test_what_passes_the_check_can_be_bound(overrides: dict[str, str]) -> None:
    if not check_overrides(overrides):
        for view in View:
            keys = [key for one in bindings_for(view, overrides) for key in one.keys]
            assert len(keys) == len(set(keys))
        for action in ACTIONS:
            keys_of(action, overrides)
