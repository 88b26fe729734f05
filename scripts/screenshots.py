"""Pictures of the terminal UI for README.md and docs/tui.md, over the made-up fleet.

`python -m scripts.screenshots`, or `make screenshots`, draws them anew; the same bytes each time
where nothing has changed.
"""

from __future__ import annotations

import asyncio
import html
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.simulated import Scene, SimulatedFleet
from clipsaver.tui.sources.wanted import View

if TYPE_CHECKING:
    from textual.pilot import Pilot

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
WIDE, NARROW = (120, 40), (80, 24)

_FONTS = "ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace"
"""What is on the machine of whoever looks: a picture fetches nothing."""
_STEP_S = 0.05
_LONGEST_S = 20.0


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture."""

    name: str
    view: View
    shows: str
    """What is on the screen once all of it is there."""
    keys: Sequence[str] = ()
    size: tuple[int, int] = WIDE
    theme: str = "dark"


SHOTS = (
    Shot("overview", View.OVERVIEW, "dead letters"),
    Shot("jobs-light", View.JOBS, "added to the stream", theme="light"),
    Shot("pending", View.PENDING, '"limit"'),
    Shot("pending-80x24", View.PENDING, "holder", size=NARROW),
    Shot("dead-drop", View.DEAD, "Drop this letter?", ("j", "D")),
    Shot("limits", View.LIMITS, "known from"),
    Shot("clips", View.CLIPS, "▀", ("j",)),
)


async def drawn(shot: Shot) -> str:
    """The picture as SVG. Raises TimeoutError where the screen does not come to show what it is to
    show."""
    fleet = SimulatedFleet(Scene.BUSY, 1, _standing)
    settings = TuiSettings(theme=shot.theme, first=shot.view, images="halfblock")
    app = ClipsaverApp(fleet.source, fleet.operator, settings, clock=_standing)
    async with app.run_test(size=shot.size) as pilot:
        try:
            async with asyncio.timeout(_LONGEST_S):
                return self_contained(await _settled(app, pilot, shot))
        except TimeoutError:
            raise TimeoutError(f"{shot.name}: {shot.shows!r} is not on the screen") from None


def _standing() -> float:
    """A clock that stands, so that all that is drawn is of one moment."""
    return 1000.0


async def _settled(app: ClipsaverApp, pilot: Pilot[None], shot: Shot) -> str:
    """The screen once it shows what it is to show, and has not changed since the look before."""
    while app.looker.state.of(shot.view) is None:
        await pilot.pause(_STEP_S)
    app.paint()
    await pilot.pause()
    await pilot.press(*shot.keys)
    before = ""
    while True:
        await pilot.pause(_STEP_S)
        picture = app.export_screenshot(title="clipsaver tui", simplify=True)
        if picture == before and shot.shows in _words(picture):
            return picture
        before = picture


def _words(picture: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "\n", picture)).replace("\xa0", " ")


def self_contained(picture: str) -> str:
    """Rich's SVG, with nothing that it would fetch and no number out of a hash.

    A clip path for each piece of text goes, which no piece needs and which is a third of its size.
    Half cells become what they stand for, since in fonts they leave gaps.
    """
    picture = re.sub(r"terminal-\d+", "t", picture)
    picture = re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    picture = re.sub(r'\s*<clipPath id="t-line-.*?</clipPath>', "", picture, flags=re.DOTALL)
    picture = re.sub(r' clip-path="url\(#t-line-\d+\)"', "", picture)
    picture = _one_background(picture)
    picture = _HALF_CELL.sub(_as_rectangle, picture)
    picture = picture.replace("Fira Code, monospace", _FONTS).replace("arial", "sans-serif")
    picture = picture.replace(' shape-rendering="crispEdges"', "")
    picture = picture.replace("<style>", "<style>\n    rect { shape-rendering: crispEdges }", 1)
    picture = re.sub(r"(</text>|/>)(?=<text|<rect)", "\\1\n", picture)
    return "\n".join(line.rstrip() for line in picture.strip().splitlines()) + "\n"


def _one_background(picture: str) -> str:
    """One rectangle below all, in place of hundreds beside each other in the commonest colour."""
    ((fill, _),) = Counter(_BACKGROUND.findall(picture)).most_common(1)
    whole = f'<rect fill="{fill}" width="100%" height="100%"/>'
    picture = _BACKGROUND.sub(lambda one: "" if one[1] == fill else one[0], picture)
    return _TERMINAL.sub(lambda group: group[0] + whole, picture, count=1)


_BACKGROUND = re.compile(r'<rect fill="(#\w+)" x=[^>]* shape-rendering="crispEdges"/>')
_TERMINAL = re.compile(r'<g transform="[^"]*" clip-path="[^"]*">')
_HALF_CELL = re.compile(
    r'<text class="(t-r\d+)" x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)">(▀+)</text>'
)
_TO_THE_TOP = 18.5
"""From the line that text stands on to the top of its cell, as Rich places both."""


def _as_rectangle(found: re.Match[str]) -> str:
    style, left, line, width, _ = found.groups()
    top = f"{float(line) - _TO_THE_TOP:g}"
    return f'<rect class="{style}" x="{left}" y="{top}" width="{width}" height="12.2"/>'


async def _draw_all() -> None:
    FOLDER.mkdir(exist_ok=True)
    for shot in SHOTS:
        picture = await drawn(shot)
        (FOLDER / f"{shot.name}.svg").write_text(picture, "utf-8")
        sys.stdout.write(f"{shot.name}.svg {len(picture.encode()):,} bytes\n")


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(_draw_all())
