"""Scroll bars of whole cells: blocks of eighths are not in every terminal's font."""

from __future__ import annotations

from typing import ClassVar

from textual.scrollbar import ScrollBar, ScrollBarRender


class WholeCells(ScrollBarRender):
    """Says by colour alone, which all bars have, how far one is."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "]


def draw_in_whole_cells() -> None:
    """Every scroll bar of the process from now on: Textual has one setting for all."""
    ScrollBar.renderer = WholeCells
