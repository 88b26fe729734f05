"""The entry of `clipsaver`: chooses a command, and turns what it raises into words and a code.

stdout is data and stderr is talk. Help has to be instant, so this file imports next to nothing,
and a command's module is imported only when that command was chosen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from clipsaver import __doc__ as summary
from clipsaver import __version__

if TYPE_CHECKING:
    import argparse


class Command(NamedTuple):
    """A row of the table of commands; its module is `clipsaver.cli.<name>`."""

    name: str
    help: str


class CommandModule(Protocol):
    """What the module of a command has to have."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's options, and its description and examples where there are any."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; returns an exit code, or raises a ClipsaverError that has one."""


COMMANDS = (
    Command("demo", "see it work: real servers, a simulated Discord, no token"),
    Command("run", "take jobs from the stream and watch guilds, until stopped"),
    Command("tui", "see it all in the terminal, and do something about it"),
    Command("scan", "find the channels of a guild and queue what is new in them"),
    Command("coverage", "what was read of each channel, and where the gaps are"),
    Command("push", "put jobs on the stream"),
    Command("doctor", "say whether a scan would work, and what to do if not"),
    Command("dead", "jobs that failed for good: see why, retry or drop them"),
    Command("audit", "which operator did what, when and why"),
    Command("limits", "what Discord allows, what is used of it, and who waits for what"),
    Command("jobs", "how far the jobs are, and how the latest ended"),
    Command("workers", "who works, and with what"),
    Command("cancel", "end jobs, whether they wait or run"),
    Command("pending", "what is held, waits or is delayed, and what happens to it next"),
    Command("clips", "list, show and export them, or make a gallery"),
    Command("thumbnails", "how far they are, why some are missing, and making them again"),
    Command("thumbnail", "make one by hand: how a clip does, or why it fails"),
    Command("privacy", "what is stored about a person, and who is not stored"),
    Command("purge", "delete for good: a guild, a channel, a person's clips, messages"),
    Command("queue", "put back what a lost Redis has taken away"),
    Command("db", "bring the tables up to date, show what is in them, or open psql"),
    Command("config", "check the configuration, or show what is in force and why"),
    Command("simulate", "serve a Discord to try things against"),
)

_HELP = """\
usage: clipsaver COMMAND [OPTIONS]

{summary}

commands:
{commands}

options:
  -h, --help  show this, or after a command what it takes
  --version   show the version

examples:
  clipsaver demo                      start here: finds clips within a minute
  export DISCORD_BOT_TOKEN=...        the token of your bot
  clipsaver doctor                    would a scan work, and what may the bot read?
  clipsaver run                       a worker, with servers of its own in your data folder
  clipsaver tui                       what goes on, and what needs you (try: --demo)
  clipsaver scan                      everything in your bot's server that is new
  clipsaver clips gallery my-clips    a page of the clips, to search in a browser
  clipsaver config example            every setting there is, with its default

Each command tells what it takes: clipsaver COMMAND --help
"""


def entry() -> None:
    """The console script."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us: what we say goes nowhere
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        else:  # a terminal in Latin-1 is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    if sys.argv[1:2] not in ([], ["-h"], ["--help"], ["--version"]):
        _end_in_order()
    sys.exit(main(sys.argv[1:]))


def _end_in_order() -> None:
    """SIGTERM and a closed terminal end a command as ctrl-c does: servers that it holds are left.

    A shell's background jobs start with SIGINT ignored, which would then ignore all three.
    """
    import signal

    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))


def main(argv: Sequence[str]) -> int:
    """Run one command line, without the program's name; returns the exit code."""
    try:
        code = _dispatch(list(argv))
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt, BaseExceptionGroup) as error:  # noqa: BLE001 - the last
        from clipsaver.cli.failures import report

        return report(error)
    return code


def help_text() -> str:
    """What `clipsaver --help` says."""
    width = max(len(command.name) for command in COMMANDS)
    rows = (f"  {command.name:<{width}}  {command.help}" for command in COMMANDS)
    return _HELP.format(summary=summary, commands="\n".join(rows))


def _dispatch(argv: list[str]) -> int:
    if not argv:
        sys.stderr.write(help_text())
        return 2
    name, *rest = argv
    if name in ("-h", "--help"):
        sys.stdout.write(help_text())
        return 0
    if name == "--version":
        sys.stdout.write(f"clipsaver {__version__}\n")
        return 0
    command = next((command for command in COMMANDS if command.name == name), None)
    if command is None:
        sys.stderr.write(f"clipsaver: {_unknown(name)}\n")
        return 2
    return _run(command, rest)


def _run(command: Command, rest: list[str]) -> int:
    from importlib import import_module

    from clipsaver.cli.options import CommandParser

    module = cast("CommandModule", import_module(f"clipsaver.cli.{command.name}"))
    parser = CommandParser(prog=f"clipsaver {command.name}", description=command.help)
    module.add_arguments(parser)
    try:
        arguments = parser.parse_args(rest)
    except SystemExit as stop:  # argparse has said what there is to say
        return stop.code if isinstance(stop.code, int) else 2
    return int(module.run(arguments))


def _unknown(name: str) -> str:
    from clipsaver.terminal_text import printable

    if name.startswith("-"):
        return (
            f"there is no option {printable(name)} here; options come after the command, "
            "as in: clipsaver run --config config.toml"
        )
    from difflib import get_close_matches

    names = [command.name for command in COMMANDS]
    close = get_close_matches(name.lower(), names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
    return f"there is no command {printable(name)}; {hint}"
