"""The command palette: every action of the screen with its key, or why it cannot be done now."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.widgets import Input

from clipsaver.tui.actions import PaletteEntry, palette

if TYPE_CHECKING:
    from clipsaver.tui.app import ClipsaverApp


class Palette(CommandPalette):
    """Textual's own, in characters that the terminal can show."""

    DEFAULT_CSS = """
    Palette.-ascii #--input, Palette.-ascii #--input.--list-visible {
        border: none; border-top: ascii $accent;
    }
    Palette.-ascii CommandList, Palette.-ascii CommandList:focus {
        border: none; border-bottom: ascii $accent;
    }
    Palette.-ascii SearchIcon, Palette.-ascii LoadingIndicator { display: none; }
    """

    def on_mount(self) -> None:
        self.set_class(cast("ClipsaverApp", self.app).looks.signs.is_ascii, "-ascii")
        self.query_one(Input).cursor_blink = False  # as in all lines to type in (`StillInput`)


class ActionsProvider(Provider):
    """Made from the table of actions, like everything that tells of them."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for entry in self._entries():
            yield DiscoveryHit(
                _shown(entry), self._act(entry), text=_text(entry), help=_help(entry)
            )

    async def search(self, query: str) -> Hits:
        """Those that fit what is typed; what cannot be done now comes last."""
        matcher = self.matcher(query)
        for entry in self._entries():
            score = max(matcher.match(_text(entry)), matcher.match(entry.action.help) / 2)
            if score > 0:
                score = score / 100 if entry.why_not else score
                yield Hit(score, _shown(entry), self._act(entry), _text(entry), _help(entry))

    def _entries(self) -> tuple[PaletteEntry, ...]:
        return palette(self._application.acts.situation(), self._application.settings.keys)

    def _act(self, entry: PaletteEntry) -> partial[None]:
        return partial(self._application.action_act, entry.action.id)

    @property
    def _application(self) -> ClipsaverApp:
        return cast("ClipsaverApp", self.app)


def _text(entry: PaletteEntry) -> str:
    return f"{entry.action.words}  {entry.keys}"


def _shown(entry: PaletteEntry) -> Content:
    if entry.why_not:
        return Content(f"{_text(entry)}  ({entry.why_not})").stylize("dim")
    return Content.assemble(f"{entry.action.words}  ", (entry.keys, "bold $accent"))


def _help(entry: PaletteEntry) -> str:
    """Ours alone: no stranger's text is in it, and no bracket."""
    return entry.action.help
