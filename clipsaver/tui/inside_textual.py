"""All of Textual that is used here and is private there; `textual~=8.2` is asked for because of it.

- `App._fatal_error`: Textual prints the traceback with the values of all variables, of which some
  are nobody's business. There is no setting for it, and no other place to go on from.
- `App._exit`, `App._return_code`, `App._close_messages_no_wait`: what its own `_fatal_error` uses.
- `DOMNode._bindings`: keys are known when a screen is made, and classes have theirs before that.
  `App.bind` is public, and would bind them on every screen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import structlog
from textual.app import App
from textual.binding import Binding, BindingsMap
from textual.screen import Screen

log = structlog.get_logger()


class ContainedApp(App[None], inherit_bindings=False):
    """An application that ends at a mistake of ours without a word, and keeps what it was: whoever
    ran it begins again."""

    why_broken = ""
    """What ended it that is a mistake of ours; empty = nothing did."""

    def _fatal_error(self) -> None:
        error = sys.exc_info()[1]
        if self.is_running and not self._exit:
            self.why_broken = f"{type(error).__name__}: {error}"
            log.error("tui_mistake", exc_info=error)
        else:  # a key that came late met what was taken down already
            self._return_code = 0
        self._close_messages_no_wait()


def bind(screen: Screen[None], bindings: Iterable[Binding]) -> None:
    """Give this screen keys, beside those of its class."""
    screen._bindings = BindingsMap.merge([screen._bindings, BindingsMap(bindings)])  # noqa: SLF001
