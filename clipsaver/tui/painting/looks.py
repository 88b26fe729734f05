"""Which characters and colours this terminal is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style

from clipsaver.tui.painting.theme import PALETTES
from clipsaver.tui.viewmodel.rows import Tone
from clipsaver.tui.viewmodel.signs import Signs


@dataclass(frozen=True, slots=True)
class Looks:
    """Handed to what draws."""

    tones: Mapping[Tone, Style]
    signs: Signs
    cursor: Style
    """Of the row under the cursor, over what its cells have."""

    @classmethod
    def of(cls, theme: str, signs: Signs) -> Looks:
        """Those of a palette."""
        palette = PALETTES[theme]
        return cls(palette.styles(), signs, Style(bgcolor=palette.raised, bold=True))
