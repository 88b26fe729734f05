"""The application: one looking task, eight screens that are kept, and the way between them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, TextArea

from clipsaver.terminal_text import in_cells
from clipsaver.tui.actions import bindings_for
from clipsaver.tui.doing.acts import Acts
from clipsaver.tui.doing.deeds import Deeds
from clipsaver.tui.doing.person import AskingPerson
from clipsaver.tui.key_order import KeysInOrder
from clipsaver.tui.looking.looker import Looker
from clipsaver.tui.looking.progress import runs_in
from clipsaver.tui.painting.looks import Looks
from clipsaver.tui.painting.theme import PALETTES, textual_theme
from clipsaver.tui.pictures.gallery import Gallery
from clipsaver.tui.screens.framed import Framed
from clipsaver.tui.screens.framing import Framing
from clipsaver.tui.screens.making import make_screen
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.protocol import Operator, Source
from clipsaver.tui.sources.wanted import View, Wanted
from clipsaver.tui.viewmodel.rows import Cell, Tone
from clipsaver.tui.viewmodel.signs import Signs
from clipsaver.tui.widgets.scroll_bars import draw_in_whole_cells

_PAINT_S = 0.25
"""From one painting of what was seen to the next, at least."""
_SAID_S = 6.0
_FRAME_S = 0.9
"""For so long the frame is good enough, a second being the smallest of its clock."""
_SOON_S = 0.12
"""After the cursor came to rest, what is known of its row is fetched."""
T = TypeVar("T")


class Looked(Message):
    """There is something new to show; one that was not handled yet says the same."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Looked)


class ClipsaverApp(KeysInOrder, inherit_bindings=False):
    """Shows what a source sees, and has an operator do what a person asks for."""

    ENABLE_COMMAND_PALETTE = False
    """Ours is opened by an action, as everything is."""
    TITLE = "clipsaver"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "copy_or_quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]

    def __init__(
        self,
        source: Source,
        operator: Operator,
        settings: TuiSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sharp: type[Any] | None = None,
        broken: ClipsaverApp | None = None,
    ) -> None:
        """`sharp` is a widget that shows a picture with all its pixels. `broken` is one that ended
        by a mistake of ours: this one goes on where it was."""
        self.settings = settings  # first: its theme is asked for while Textual sets up
        super().__init__()
        draw_in_whole_cells()
        self.sharp = sharp
        self.gallery = Gallery(source.picture, self._told)
        self.looks = Looks.of(settings.theme, Signs(is_ascii=settings.is_ascii))
        self.clock = clock
        self.view: View = settings.first
        self.came_from: list[View] = []
        """The screens that esc leads back to, the last one last."""
        self.last_view: View | None = None
        self.looker: Looker = Looker(
            source, self._wanted, self._told, clock=clock, tick_s=settings.tick_s
        )
        self.person = AskingPerson(self)
        self.deeds = Deeds(operator, self.person)
        self.acts: Acts = Acts(self)
        self.framing = Framing(self)
        self._framed: dict[View, Framed] = {}
        if broken is not None:
            self.view, self.deeds.last = broken.view, broken.deeds.last
            self.looker.state = broken.looker.state.stumbled(broken.why_broken)
            self.looker.pace = broken.looker.pace
        self._soon: Timer | None = None
        self._unsaying: Timer | None = None
        self._told_s = float("-inf")
        self._painted_s = 0.0
        self._is_painting_due = False

    # -- starting

    def on_mount(self) -> None:
        for name in PALETTES:
            self.register_theme(textual_theme(name))
        self.theme = self.settings.theme
        self.push_screen(self.framed(self.view))
        self.run_worker(self.looker.look_forever(), group="looking", exit_on_error=False)
        self.run_worker(
            self.looker.follow_progress(self._visible_runs), group="looking", exit_on_error=False
        )
        if self.shows_pictures:
            self.run_worker(self.gallery.fetch_forever(), group="looking", exit_on_error=False)
        self.set_interval(1.0, self._tick)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Names that our styles use and Textual's own themes do not have."""
        return textual_theme(self.settings.theme).variables

    def framed(self, view: View) -> Framed:
        """The screen of this view, made when it is first shown and then kept."""
        if view not in self._framed:
            bound = bindings_for(view, self.settings.keys)
            bindings = [
                Binding(key, f"app.act('{one.action.id}')", one.action.words, show=False)
                for one in bound
                for key in one.keys
            ]
            screen = make_screen(view, bindings)
            self.install_screen(screen, name=view.value)
            self._framed[view] = screen
        return self._framed[view]

    @property
    def current(self) -> Framed:
        """The screen that is in front, or behind a dialog."""
        return self.framed(self.view)

    # -- going

    def go(
        self,
        view: View,
        *,
        filter_text: str | None = None,
        open_key: str | None = None,
        opens_only: bool = False,
        comes_back: bool = True,
    ) -> None:
        """To another screen, with the list filtered and a row opened: that of `open_key`, or the
        only one that is left. Esc leads back from it where `comes_back`."""
        if self.settings.sticky_filter and filter_text is None:
            filter_text = self.current.filter_text or None
        if view is not self.view:
            self.came_from = [*self.came_from, self.view] if comes_back else []
            self.last_view, self.view = self.view, view
            self.switch_screen(self.framed(view))
        self.current.ask(filter_text=filter_text, open_key=open_key, opens_only=opens_only)
        self.looker.look_now()
        self.paint()

    def go_back(self) -> None:
        """Esc with nothing open: to where one came from; it never quits."""
        if self.came_from:
            *rest, view = self.came_from
            self.go(view)
            self.came_from = rest

    # -- looking

    def _wanted(self) -> Wanted:
        return self.current.wanted()

    def _told(self) -> None:
        self.post_message(Looked())

    def _visible_runs(self) -> tuple[str, ...]:
        seen = self.current.keys_on_screen()
        runs = runs_in(self.looker.state.by_view.get(self.view))
        return runs if seen is None else tuple(run for run in runs if run in seen)

    def look_soon(self) -> None:
        """Once the cursor has come to rest: what is known of its row. Not while paused."""
        if self.looker.pace.is_paused:
            return
        if self._soon is not None:
            self._soon.stop()
        self._soon = self.set_timer(_SOON_S, self.looker.look_now)

    def on_looked(self) -> None:
        wait_s = self._painted_s + _PAINT_S - self.clock()
        if wait_s <= 0:
            self.paint(only_seen=True)
        elif not self._is_painting_due:
            self._is_painting_due = True
            self.set_timer(wait_s, partial(self.paint, only_seen=True))

    def on_app_focus(self) -> None:
        self.looker.set_pace(replace(self.looker.pace, is_watched=True))

    def on_app_blur(self) -> None:
        self.looker.set_pace(replace(self.looker.pace, is_watched=False))

    # -- showing

    @property
    def shows_pictures(self) -> bool:
        """Whether there is more to show of one than its facts."""
        return not (self.settings.images == "off" or self.looks.signs.is_ascii or self.no_color)

    def paint(self, *, only_seen: bool = False) -> None:
        """Draw the screen anew; `only_seen`: without the frame, where jobs got on and no more."""
        self._is_painting_due = False
        self._painted_s = self.clock()
        self.guarded(partial(self.current.paint, only_seen=only_seen))

    def _paint_frame(self) -> None:
        self.guarded(self.current.paint_frame)

    def _tick(self) -> None:
        """The clocks go on, where nothing else has painted them within this second."""
        if self.clock() - self.current.framed_s >= _FRAME_S:
            self._paint_frame()

    def guarded(self, step: Callable[[], None]) -> None:
        """Do it; a mistake of ours is said and kept, and ends nothing."""
        if not (self.is_running and self.current.is_mounted):
            return
        try:
            step()
        except Exception as error:  # noqa: BLE001 - see above
            self.looker.stumble(error)

    # -- doing

    def action_act(self, action_id: str) -> None:
        """One row of the table of actions: what every key and every entry of the palette does."""
        self.guarded(partial(self.acts.act, action_id))

    def open_dialog(
        self, dialog: Screen[T], answered: Callable[[T | None], None] | None = None
    ) -> None:
        """Over the screen, which takes off what would shine through."""
        self.current.cover()
        self.push_screen(dialog, answered)

    async def ask(self, dialog: Screen[T]) -> T | None:
        """Likewise, and waits for the answer; only from what `begin` has begun."""
        self.current.cover()
        return await self.push_screen_wait(dialog)

    def begin(self, course: Awaitable[None]) -> None:
        """Let it run beside everything else; it tells by itself how it ended."""

        async def run() -> None:
            try:
                await course
            except Exception as error:  # noqa: BLE001 - said, kept, and no reason to end
                self.looker.stumble(error)
                self.paint()

        self.run_worker(run(), group="deeds", exit_on_error=False)

    def say(self, words: str, *, is_warning: bool = False, can_wait: bool = False) -> None:
        """In the last line, for some seconds: toasts would lie over rows and over dialogs.

        What `can_wait`, since nobody asked for it, comes after the result of a deed.
        """
        wait_s = self._told_s + _SAID_S - self.clock()
        if can_wait and wait_s > 0:
            self.set_timer(wait_s, partial(self.say, words, is_warning=is_warning, can_wait=True))
            return
        self.framing.said = Cell(f" {in_cells(words)}", Tone.WARN if is_warning else Tone.GOOD)
        if self._unsaying is not None:
            self._unsaying.stop()
        self._unsaying = self.set_timer(_SAID_S, self._unsay)
        self._paint_frame()

    def tell(self) -> None:
        """What was done last, in place of what was said before."""
        self._told_s = self.clock()
        self._unsay()

    def _unsay(self) -> None:
        self.framing.said = None
        self._paint_frame()

    def action_copy_or_quit(self) -> None:
        """ctrl+c: copies what is selected in a text, and quits where nothing is."""
        focused = self.focused
        if isinstance(focused, Input | TextArea) and focused.selected_text:
            self.copy_to_clipboard(focused.selected_text)
        else:
            self.acts.leave()
