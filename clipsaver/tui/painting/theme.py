"""The palettes, and which style a tone has in each: the one place where a tone becomes a colour.

`dark` and `light` say good and bad by blue and orange (the colours of Okabe and Ito), which people
who take red for green can tell apart; `classic` has green and red. What matters is said in words
as well, everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich.style import Style
from textual.theme import Theme

from clipsaver.tui.viewmodel.rows import Tone


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`."""

    is_dark: bool
    background: str
    raised: str
    """Behind dialogs, and behind the row under the cursor."""
    text: str
    dim: str
    strong: str
    good: str
    note: str
    warn: str
    bad: str

    def styles(self) -> Mapping[Tone, Style]:
        """Bold sets apart what colour alone would, where there is none."""
        return {
            Tone.PLAIN: Style(color=self.text),
            Tone.DIM: Style(color=self.dim),
            Tone.STRONG: Style(color=self.strong, bold=True),
            Tone.GOOD: Style(color=self.good),
            Tone.NOTE: Style(color=self.note),
            Tone.WARN: Style(color=self.warn),
            Tone.BAD: Style(color=self.bad, bold=True),
        }


PALETTES: Final[Mapping[str, Palette]] = {
    "dark": Palette(
        is_dark=True,
        background="#101418",
        raised="#26303a",
        text="#d4d8dc",
        dim="#8a939c",
        strong="#ffffff",
        good="#56b4e9",
        note="#b9a7e6",
        warn="#e8b23c",
        bad="#ff8a4c",
    ),
    "light": Palette(
        is_dark=False,
        background="#fbfaf7",
        raised="#dde5ec",
        text="#24292e",
        dim="#5f6870",
        strong="#000000",
        good="#0062a3",
        note="#6b3fa0",
        warn="#8a5a00",
        bad="#b03a00",
    ),
    "classic": Palette(
        is_dark=True,
        background="#101418",
        raised="#26303a",
        text="#d4d8dc",
        dim="#8a939c",
        strong="#ffffff",
        good="#5fd38d",
        note="#7cc4ff",
        warn="#f0c94a",
        bad="#ff7a7a",
    ),
}


def textual_theme(name: str) -> Theme:
    """The palette as Textual's own widgets take it: dialogs, inputs, the command palette."""
    palette = PALETTES[name]
    return Theme(
        name=name,
        primary=palette.good,
        secondary=palette.note,
        accent=palette.good,
        warning=palette.warn,
        error=palette.bad,
        success=palette.good,
        foreground=palette.text,
        background=palette.background,
        surface=palette.background,
        panel=palette.raised,
        dark=palette.is_dark,
        variables={
            "rule": palette.dim,
            "raised": palette.raised,
            "block-cursor-background": palette.good,
            "block-cursor-foreground": palette.background,
            "input-cursor-text-style": "reverse",
        },
    )
