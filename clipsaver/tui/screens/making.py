"""Which screen a view has."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding

from clipsaver.tui.screens.clips import ClipsScreen
from clipsaver.tui.screens.framed import Framed
from clipsaver.tui.screens.listing import ListingScreen
from clipsaver.tui.screens.overview import OverviewScreen
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.listings import LISTINGS


def make_screen(view: View, bindings: Iterable[Binding]) -> Framed:
    """A new one; whoever asks keeps it."""
    if view is View.OVERVIEW:
        return OverviewScreen(view, bindings)
    if view is View.CLIPS:
        return ClipsScreen(view, bindings, LISTINGS[view])
    return ListingScreen(view, bindings, LISTINGS[view])
