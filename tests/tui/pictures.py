"""What an application shows, as text that a person can read in a review.

A snapshot holds the characters of the screen once, and for each palette which style each stretch of
a line has: `a12 b3` is 12 cells of style a and 3 of b, and a list says what these are.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from string import ascii_letters
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style

if TYPE_CHECKING:
    from textual.strip import Strip

    from clipsaver.tui.app import ClipsaverApp

FOLDER = Path(__file__).parent / "snapshots"
WRITES = "CLIPSAVER_TEST_SNAPSHOTS"
"""Set to `write`, tests write what they see in place of holding it against what was written."""


def strips_of(app: ClipsaverApp) -> list[Strip]:
    """The lines of the screen, with what shines through dialogs, each as one strip."""
    update = app.screen._compositor.render_update(
        full=True, screen_stack=app._background_screens, simplify=True
    )
    return [strip for (strip,) in map(tuple, update.strips)]


def text_of(app: ClipsaverApp) -> list[str]:
    """The characters alone; every line fills the screen."""
    lines = [strip.text for strip in strips_of(app)]
    assert [cell_len(line) for line in lines] == [app.size.width] * app.size.height
    return lines


def styles_of(strips: Sequence[Strip]) -> list[str]:
    """The runs of each line, and what their letters stand for."""
    letters: dict[str, str] = {}
    lines = []
    for strip in strips:
        runs = []
        for segment in strip:
            style = _told(segment.style or Style.null())
            letter = letters.setdefault(style, ascii_letters[len(letters)])
            runs.append(f"{letter}{segment.cell_length}")
        lines.append(" ".join(runs))
    return lines + [f"{letter} = {style}" for style, letter in letters.items()]


def _told(style: Style) -> str:
    on = [
        name for name in ("bold", "dim", "italic", "underline", "reverse") if getattr(style, name)
    ]
    colours = [
        "default" if colour is None or colour.triplet is None else colour.triplet.hex
        for colour in (style.color, style.bgcolor)
    ]
    return " ".join([f"{colours[0]} on {colours[1]}", *on])


def held_against(name: str, sections: Sequence[tuple[str, Sequence[str]]]) -> str:
    """What differs from the snapshot of this name; empty = nothing. Writes it where that is asked
    for."""
    text = "".join(
        f"── {title}\n" + "".join(f"{line.rstrip()}\n" for line in lines)
        for title, lines in sections
    )
    path = FOLDER / f"{name}.txt"
    if os.environ.get(WRITES) == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return ""
    if not path.exists():
        return f"there is no {path.name}; {WRITES}=write makes it"
    return _first_difference(path.name, path.read_text(encoding="utf-8"), text)


def _first_difference(name: str, was: str, now: str) -> str:
    if was == now:
        return ""
    pairs = zip([*was.splitlines(), ""], [*now.splitlines(), ""], strict=False)
    number, (old, new) = next(
        ((number, pair) for number, pair in enumerate(pairs, 1) if pair[0] != pair[1]),
        (0, ("", "")),
    )
    return f"{name}:{number}\n  was {old}\n  is  {new}"
