"""What `clipsaver tui` starts: the source that was asked for, and the application over it."""

from __future__ import annotations

import asyncio
import gc
import io
import locale
import os
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from clipsaver.config import Config, TuiConfig
from clipsaver.errors import ExitCode
from clipsaver.terminal_text import shows_blocks
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.protocol import Operator, Source
from clipsaver.tui.sources.wanted import View

_KEPT_LINES = 100
_COLLECT_AFTER = (50_000, 10, 10)
"""New objects before the next search for cyclic garbage. A look makes thousands before those of
the last one go by their reference counts: with CPython's 700 each look was searched several times.
"""
_MOST_BEGINNINGS = 20
_AT_ONCE_S = 10.0
"""A mistake of ours that comes back at once, so many times, is no reason to flicker for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says; what it does not say is as `[tui]` has it."""

    is_demo: bool = False
    read_only: bool = False
    allow_actions: bool = False
    is_ascii: bool = False
    theme: str | None = None
    tick_s: float | None = None
    screen: str = View.OVERVIEW.value
    config_name: str = "defaults"
    """Where the configuration is from, for a person."""


class KeptLines(io.StringIO):
    """The last lines that were logged while the terminal was taken; told when it is free again."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)

    def isatty(self) -> bool:
        """As where they will be told: for a person they are not written as JSON."""
        return sys.stderr.isatty()

    def write(self, text: str) -> int:
        self._lines.append(text)
        return len(text)

    def getvalue(self) -> str:
        return "".join(self._lines)


def settings_of(config: TuiConfig, asked: Asked, environ: Mapping[str, str]) -> TuiSettings:
    """The options, over the configuration, over what this terminal can."""
    why = "--read-only was given" if asked.read_only else ""
    return TuiSettings(
        theme=asked.theme or config.theme,
        is_ascii=asked.is_ascii
        or config.ascii == "on"
        or (config.ascii == "auto" and not shows_blocks(environ, locale.getpreferredencoding())),
        tick_s=asked.tick_s or config.tick,
        sticky_filter=config.sticky_filter,
        images=config.images,
        keys=config.keys,
        first=View(asked.screen),
        why_read_only=why or ("[tui] read_only is set" if config.read_only else ""),
        allows_actions_in_browser=asked.allow_actions,
    )


def run_tui(config: Config, asked: Asked) -> int:
    """Runs until the person quits. Raises DependencyError where a server of ours cannot start."""
    settings = settings_of(config.tui, asked, os.environ)
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(_run(config, asked, settings))


async def _run(config: Config, asked: Asked, settings: TuiSettings) -> int:
    sharp = None
    if settings.images == "auto" and not os.environ.get("TEXTUAL_DRIVER"):
        from clipsaver.tui.pictures.sharp import sharp_widget

        sharp = sharp_widget()  # before Textual takes the terminal over

    from clipsaver.tui.app import ClipsaverApp

    async with _opened(config, asked) as (source, operator):
        app = ClipsaverApp(source, operator, settings, sharp=sharp)
        gc.freeze()  # modules stay: they need not be looked through for garbage again and again
        gc.set_threshold(*_COLLECT_AFTER)
        beginnings = 0
        while beginnings < _MOST_BEGINNINGS:
            began_s = time.monotonic()
            await app.run_async()
            if not app.why_broken:
                return ExitCode.JOB_FAILED if app.return_code else ExitCode.DONE
            beginnings = beginnings + 1 if time.monotonic() - began_s < _AT_ONCE_S else 0
            app = ClipsaverApp(source, operator, settings, sharp=sharp, broken=app)
        return ExitCode.JOB_FAILED


@asynccontextmanager
async def _opened(config: Config, asked: Asked) -> AsyncIterator[tuple[Source, Operator]]:
    if asked.is_demo:
        from clipsaver.tui.sources.simulated import Scene, SimulatedFleet

        began_at_ms = int(time.time() * 1000)
        fleet = SimulatedFleet(Scene.DEMO, 1, time.monotonic, began_at_ms=began_at_ms)
        yield fleet.source, fleet.operator
        return
    from clipsaver.tui.sources.live.opening import open_live

    async with open_live(config, config_name=asked.config_name) as opened:
        yield opened
