"""What dialogs have: how they look, and that esc closes them and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from clipsaver.tui.painting.sizes import Size, size_of

if TYPE_CHECKING:
    from clipsaver.tui.app import ClipsaverApp

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer], inherit_bindings=False):
    """Closed with None by esc: nothing is changed then."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close_dialog", "close", show=False),
        Binding("tab", "app.focus_next", show=False),
        Binding("shift+tab", "app.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > .box {
        width: 72; max-width: 100%; height: auto; max-height: 100%;
        background: $background; border: solid $accent; padding: 0 1;
    }
    Dialog.-ascii > .box { border: ascii $accent; }
    Dialog Button { margin-right: 3; }
    Dialog Button { background: $raised; color: $foreground; text-style: none; }
    Dialog Button:focus { background: $accent; color: $background; text-style: bold; }
    Dialog .buttons { height: 1; margin-top: 1; align-horizontal: center; }
    Dialog TextLines { margin-top: 1; }
    """

    @property
    def application(self) -> ClipsaverApp:
        return cast("ClipsaverApp", self.app)

    def on_mount(self) -> None:
        self.set_class(self.application.looks.signs.is_ascii, "-ascii")

    def on_resize(self) -> None:
        """What is not seen is not answered: it closes where it has no room."""
        if size_of(*self.app.size) is not Size.NOTHING:
            self.lay_out()
        elif self.is_current:
            self.dismiss(None)

    def lay_out(self) -> None:
        """Show anew what is cut or wrapped to the width of the terminal."""

    def action_close_dialog(self) -> None:
        self.dismiss(None)
