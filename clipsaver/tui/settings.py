"""How the terminal UI is to be, out of the configuration and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from clipsaver.tui.sources.wanted import View

Images = Literal["auto", "halfblock", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TuiSettings:
    """What `run` was asked for; nothing of it changes while the application runs."""

    theme: str = "dark"
    """The name of a palette."""
    is_ascii: bool = False
    tick_s: float = 1.0
    sticky_filter: bool = False
    """Whether a filter goes along to the next screen."""
    images: Images = "auto"
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys of the person's own, by the id of an action, parted by commas; checked before."""
    first: View = View.OVERVIEW
    why_read_only: str = ""
    """Why nothing may be changed, for the person; empty = it may."""
    allows_actions_in_browser: bool = False
    """There anybody who reaches the port could change things, so it has to be said."""
