"""What is kept of the terminal UI in tmux, and what is wrong with a capture."""

from __future__ import annotations

import pytest

from scripts.tmux_captures import COVERED, FOLDER, ROUNDS, Round, problems

GOOD = " clipsaver  redis ok\n│ a row │\n enter open  ? help\n what it is"


@pytest.mark.parametrize("one", ROUNDS, ids=lambda one: one.name)
def test_each_capture_that_is_kept_is_of_a_whole_screen(one: Round) -> None:
    head, *parts = (FOLDER / f"{one.name}.txt").read_text("utf-8").split("\n=== ")
    assert one.term in head
    captures = dict(part.split("\n", 1) for part in parts)
    assert {"overview", "logs", "palette", "resized to 39x9"} <= set(captures)
    for name, seen in captures.items():
        size = (100, 30) if "100x30" in name else one.size
        covers = name in COVERED or name.startswith(("resized", "the shell"))
        assert not problems(seen.strip("\n"), size, covers=covers), name
    assert "Traceback" not in captures["the shell, after q"]
    assert "\x1b[38;5;" in (FOLDER / f"{one.name}.ansi").read_text("utf-8")


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (GOOD, []),
        (GOOD.replace(" clipsaver", "\n clipsaver"), ["no header"]),
        (GOOD + "\nan empty line", ["no keys in the last lines"]),
        (
            GOOD.replace("a row", "a row that is too long"),
            ["wider than 22: │ a row that is too long │"],
        ),
        (GOOD.replace("a row", "Traceback"), ["Traceback"]),
        (GOOD.replace("│ a row │", "\n\n"), ["6 lines on 5"]),
    ],
)
def test_what_is_wrong_with_a_capture_is_said(seen: str, said: list[str]) -> None:
    assert problems(seen, (22, 5)) == said
