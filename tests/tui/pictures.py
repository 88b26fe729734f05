"""What an application shows, as text that a person can read in a review.

A snapshot holds the characters of the screen, and which style each stretch of a line has: `a12 b3`
is 12 cells of style a and 3 of b, and a list says what these are in each palette.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby, repeat
from pathlib import Path
from string import ascii_letters
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style
from textual.screen import SystemModalScreen
from textual.widgets import OptionList

from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.painting.lines import stacked
from clipsaver.tui.painting.looks import Looks
from clipsaver.tui.widgets.boxes_view import BoxesView
from clipsaver.tui.widgets.table import KeyedTable
from clipsaver.tui.widgets.text_lines import TextLines

if TYPE_CHECKING:
    from textual.pilot import Pilot
    from textual.strip import Strip

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


async def wear(pilot: Pilot[None], palette: str) -> None:
    """The same screen in another palette, as it is in an application that was started with that.

    Ours takes none while it runs. An application for each would do all that led to this screen
    again, which takes ten times as long.
    """
    app = pilot.app
    assert isinstance(app, ClipsaverApp)
    if app.theme == palette:
        return
    app.settings = replace(app.settings, theme=palette)
    app.looks = Looks.of(palette, app.looks.signs)
    app.theme = palette
    for widget in (one for screen in app.screen_stack for one in screen.walk_children()):
        if isinstance(widget, TextLines):
            widget._text = stacked(widget._lines, app.looks.tones)
            widget.refresh()
        elif isinstance(widget, BoxesView):
            widget.show(widget._drawn, app.looks, dims=widget._dims)
        elif isinstance(widget, KeyedTable):
            widget.paint_with(app.looks.tones)
    await pilot.pause()
    if isinstance(app.screen, SystemModalScreen):  # Textual leaves these as they are
        app.stylesheet.update(app.screen)
        for options in app.screen.query(OptionList):
            options._clear_caches()
        await pilot.pause()


def styles_of(pictures: Sequence[Sequence[Strip]]) -> list[str]:
    """The runs of each line, and what their letters stand for in each of these pictures of one
    screen."""
    letters: dict[tuple[str, ...], str] = {}
    lines = []
    for strips in zip(*pictures, strict=True):
        cells = zip(*map(_styles_of_cells, strips), strict=True)
        runs = [
            f"{letters.setdefault(styles, ascii_letters[len(letters)])}{sum(1 for _ in run)}"
            for styles, run in groupby(cells)
        ]
        lines.append(" ".join(runs))
    return lines + [f"{letter} = {' | '.join(styles)}" for styles, letter in letters.items()]


def _styles_of_cells(strip: Strip) -> Iterator[str]:
    for segment in strip:
        yield from repeat(_told(segment.style or Style.null()), segment.cell_length)


@cache
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
