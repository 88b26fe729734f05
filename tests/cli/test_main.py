"""The entry: help, the choice of a command, and what becomes of what a command raises."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from clipsaver import __version__
from clipsaver.cli import main as main_module
from clipsaver.cli.main import COMMANDS, main
from clipsaver.cli.options import CommandParser
from clipsaver.errors import (
    ClipsaverError,
    ConfigError,
    DatabaseUnavailable,
    JobError,
    Problem,
    RedisUnavailable,
    TokenRejected,
    UsageError,
)

PYTHON = (sys.executable, "-m", "clipsaver")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A command `fake`, whose module is this object: tests say what its `run` does."""
    module = SimpleNamespace(add_arguments=lambda parser: None, run=lambda arguments: 0)
    monkeypatch.setitem(sys.modules, "clipsaver.cli.fake", module)
    monkeypatch.setattr(main_module, "COMMANDS", (main_module.Command("fake", "does as told"),))
    return module


def raising(error: BaseException):
    def run(arguments: argparse.Namespace) -> int:
        raise error

    return run


# --- help ---


def parsers_within(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in dict.fromkeys(action.choices.values()):
                yield from parsers_within(one)


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_what_is_wrapped_by_hand_fits_80_columns(name: str) -> None:
    """A longer line would be wrapped once more, which leaves a single word on the next."""
    parser = CommandParser(prog=name)
    importlib.import_module(f"clipsaver.cli.{name}").add_arguments(parser)
    texts = [text or "" for one in parsers_within(parser) for text in (one.description, one.epilog)]
    lines = [line for text in texts if "\n" in text for line in text.splitlines()]
    assert [line for line in lines if len(line) > 80] == []


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_every_command(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([option]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for command in COMMANDS:
        assert f"  {command.name} " in out
        assert command.help in out


def test_without_a_command_there_is_help_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "commands:" in err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"clipsaver {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_of_the_table_explains_itself(
    command: main_module.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(f"clipsaver.cli.{command.name}")
    assert callable(module.run)
    assert main([command.name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: clipsaver {command.name} ")


def test_examples_of_the_help_are_commands_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    used = [
        line.split()[1]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("  clipsaver ")
    ]
    assert used
    assert set(used) <= {command.name for command in COMMANDS}


# --- what cannot be understood ---


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["comfig"], "there is no command comfig; did you mean config?"),
        (["PUSH"], "there is no command PUSH; did you mean push?"),
        (["zzz"], "there is no command zzz; there are demo, run, tui, scan, coverage,"),
        (["a\x1b[31mb"], "there is no command ab; "),
        (["--config", "x", "run"], "there is no option --config here; options come after"),
        (["config"], "the following arguments are required: ACTION"),
        (["config", "check", "--conf", "x"], "unrecognized arguments: --conf"),
    ],
)
def test_usage_errors(argv: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_a_command_gets_its_arguments_and_gives_the_code(command: SimpleNamespace) -> None:
    def run(arguments: argparse.Namespace) -> int:
        return arguments.number

    command.add_arguments = lambda parser: parser.add_argument("--number", type=int)
    command.run = run
    assert main(["fake", "--number", "4"]) == 4


def test_descriptions_keep_their_lines_and_wrap_long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    shown = CommandParser(prog="x", description="one\n  two\n\n" + "word " * 20).format_help()
    assert "\none\n  two\n\nword word" in shown
    assert max(len(line) for line in shown.splitlines()) <= 40


# --- what a command raises ---

REFUSED = TokenRejected("Discord refuses the token", route="GET /users/@me", status=401)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("say which"), 2, ["clipsaver: say which"]),
        (RedisUnavailable("no Redis there"), 3, ["clipsaver: no Redis there"]),
        (JobError(""), 1, ["clipsaver: job"]),
        (REFUSED, 4, ["clipsaver: Discord refuses the token (GET /users/@me, HTTP 401)"]),
        (
            ConfigError((Problem("f", "a.b", "is odd"), Problem("f", "c", "is\x1b[1m new"))),
            2,
            ["clipsaver: f: a.b: is odd", "clipsaver: f: c: is new"],
        ),
        (ClipsaverError("a\nb\x1b]0;title\x07c"), 1, ["clipsaver: a bc"]),
        (
            DatabaseUnavailable("no answer from postgresql://u:hunter2@h/d"),
            3,
            ["clipsaver: no answer from postgresql://u:••••@h/d"],
        ),
        (ExceptionGroup("nursery", [UsageError("say which")]), 2, ["clipsaver: say which"]),
        (
            ExceptionGroup(
                "outer",
                [ExceptionGroup("inner", [JobError("one")]), REFUSED, JobError("one")],
            ),
            4,
            ["clipsaver: one", "clipsaver: Discord refuses the token (GET /users/@me, HTTP 401)"],
        ),
        (KeyboardInterrupt(), 130, ["clipsaver: interrupted"]),
        (
            BaseExceptionGroup("nursery", [KeyboardInterrupt(), JobError("one")]),
            130,
            ["clipsaver: one", "clipsaver: interrupted"],
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_errors_of_ours_are_one_sentence_and_a_code(
    command: SimpleNamespace,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: list[str],
) -> None:
    command.run = raising(error)
    assert main(["fake"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == said


def test_ctrl_c_ends_with_130(command: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    def run(arguments: argparse.Namespace) -> int:
        signal.raise_signal(signal.SIGINT)
        return 0

    command.run = run
    # A suite that a shell has put into the background is started with SIGINT ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert main(["fake"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr() == ("", "clipsaver: interrupted\n")


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError("token='Bot abcdefghijklmnop.qrstuv'"),
        ExceptionGroup("nursery", [UsageError("x"), ZeroDivisionError("Bot abcdefghijklmnop.qr")]),
        BrokenPipeError("a socket, not our stdout"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_bug_shows_where_it_is_and_no_secret(
    command: SimpleNamespace, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    command.run = raising(error)
    assert main(["fake"]) == 1
    err = capsys.readouterr().err
    assert "in run" in err
    assert type(error).__name__ in err
    assert "abcdefghijklmnop" not in err


# --- as a process ---


def test_a_reader_that_leaves_is_no_error() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    for argv in (["--help"], ["config", "example"]):
        ended = subprocess.run(
            [*PYTHON, *argv], stdout=write_end, stderr=subprocess.PIPE, text=True, check=False
        )
        assert (ended.returncode, ended.stderr) == (141, "")
    os.close(write_end)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_disk_without_room_is_no_bug() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*PYTHON, "config", "example"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr == (
        "clipsaver: what it writes is not whole: No space left on device; make room and repeat it\n"
    )


@pytest.mark.parametrize("closed", ["1", "2"])
def test_closed_streams_are_no_error(closed: str) -> None:
    shell = 'exec "$@" ' + f"{closed}>&-"
    ended = subprocess.run(
        ["sh", "-c", shell, "sh", *PYTHON, "config", "example"], capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_terminal_that_cannot_show_a_letter_is_no_error(tmp_path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "DISCORD_BOT_TOKEN": "abc"}
    ended = subprocess.run(
        [*PYTHON, "config", "show"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env=environment,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert r'token = "\u2022\u2022\u2022\u2022"' in ended.stdout
