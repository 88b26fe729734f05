"""`clipsaver tui`: what goes on, what needs a person, and doing something about it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from clipsaver.cli.options import add_config_option, load_config, start_logging

if TYPE_CHECKING:
    from clipsaver.config.check import Checks

_SCREENS = ("overview", "jobs", "pending", "dead", "limits", "workers", "clips", "logs")
_THEMES = ("dark", "light", "classic")
_EPILOG = """\
Shows what Redis, PostgreSQL and the thumbnails' storage hold, from any
machine that reaches them; closing it ends nothing else. It needs a terminal
of 80x24 and works over SSH and in tmux. `?` in it tells its keys.

examples:
  clipsaver tui                  everything, and first what needs you
  clipsaver tui --demo           try it: a made-up fleet with faults, no server
  clipsaver tui --screen dead    what failed for good
  clipsaver tui --read-only      look, and change nothing
  textual serve "clipsaver tui"  in a browser of this machine (pip install
                                 textual-dev); read only there, unless
                                 --allow-actions is given, since it asks nobody
                                 who they are
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at and how; the section [tui] has the same for every time."""
    parser.epilog = _EPILOG
    parser.add_argument("--demo", action="store_true", help="a made-up fleet; needs no server")
    parser.add_argument("--read-only", action="store_true", help="change nothing")
    parser.add_argument(
        "--allow-actions", action="store_true", help="in a browser too, where it is read only"
    )
    parser.add_argument("--ascii", action="store_true", help="lines and bars of ASCII")
    parser.add_argument("--theme", choices=_THEMES, help="the colours (default: [tui] theme)")
    parser.add_argument(
        "--tick", type=_tick, metavar="S", help="seconds from look to look, 0.25 to 30"
    )
    parser.add_argument("--screen", choices=_SCREENS, default="overview", help="the first one")
    add_config_option(parser)


def _tick(text: str) -> float:
    try:
        tick_s = float(text)
    except ValueError:
        tick_s = 0.0
    if not 0.25 <= tick_s <= 30:
        raise argparse.ArgumentTypeError(f"{text!r}: seconds from 0.25 to 30")
    return tick_s


def run(arguments: argparse.Namespace) -> int:
    """Runs until the person quits; raises UsageError and ConfigError before anything is drawn."""
    _need_textual()
    _need_terminal()
    loaded = load_config(arguments, checks=key_checks())

    from clipsaver.tui.run import Asked, KeptLines, run_tui

    kept = KeptLines()
    start_logging(loaded.config, quiet=True, into=kept)
    asked = Asked(
        is_demo=arguments.demo,
        read_only=arguments.read_only,
        allow_actions=arguments.allow_actions,
        is_ascii=arguments.ascii,
        theme=arguments.theme,
        tick_s=arguments.tick,
        screen=arguments.screen,
        config_name=loaded.file.name if loaded.file else "defaults",
    )
    try:
        return run_tui(loaded.config, asked)
    finally:  # while it ran, the terminal was not ours to write to
        sys.stderr.write(kept.getvalue())


def _need_textual() -> None:
    from importlib.util import find_spec

    from clipsaver.errors import UsageError

    if find_spec("textual") is None:
        raise UsageError("the terminal UI needs the package textual: pip install textual")


def _need_terminal() -> None:
    """Textual draws on stderr. A browser's pipe is as good: `textual serve` says so in the
    environment."""
    from clipsaver.errors import UsageError

    streams = {"input": sys.stdin, "output": sys.stdout, "stderr": sys.stderr}
    others = [name for name, stream in streams.items() if not stream.isatty()]
    if others and not os.environ.get("TEXTUAL_DRIVER"):
        raise UsageError(
            f"the terminal UI needs a terminal, and {others[0]} is none; for scripts there are "
            "clipsaver jobs, pending, dead, limits and workers, each with --json"
        )


def key_checks() -> Checks:
    """What finds everything that is wrong with `[tui.keys]`, together with all other problems."""
    from clipsaver.tui.actions import check_overrides

    def check(keys: Mapping[str, str]) -> list[str]:
        return [one.removeprefix("tui.keys: ") for one in check_overrides(keys)]

    return {"tui.keys": check}
