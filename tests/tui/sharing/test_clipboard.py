"""Copying to the person's clipboard, with real commands in place of those of a desktop."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from clipsaver.tui.sharing.clipboard import LARGEST, copy, tool
from tests.tui.running import run_aio

if TYPE_CHECKING:
    from pathlib import Path


class Terminal:
    """Keeps what it was asked to copy."""

    def __init__(self, *, is_web: bool = False) -> None:
        self.is_web = is_web
        self.copied: list[str] = []

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)


def everything(name: str) -> str:
    return f"/usr/bin/{name}"


def nothing(name: str) -> None:
    return None


@pytest.mark.parametrize(
    ("env", "installed", "command"),
    [
        ({}, {"xclip", "wl-copy"}, None),
        ({}, {"pbcopy"}, "pbcopy"),
        ({"DISPLAY": ":0"}, {"xclip", "xsel"}, "xclip"),
        ({"DISPLAY": ":0"}, {"xsel"}, "xsel"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}, {"xclip", "wl-copy"}, "wl-copy"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}, {"xclip"}, "xclip"),
        ({"WSL_DISTRO_NAME": "Debian"}, {"clip.exe"}, "clip.exe"),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1"}, {"xclip"}, None),
        ({"SSH_TTY": "/dev/pts/1"}, {"pbcopy"}, None),
        ({"TMUX": "/tmp/tmux"}, {"tmux", "pbcopy"}, "tmux"),
        ({"TMUX": "/tmp/tmux", "SSH_TTY": "x"}, {"tmux"}, "tmux"),
        ({"TMUX": "/tmp/tmux"}, set(), None),
    ],
)
def test_which_command_copies(
    env: dict[str, str], installed: set[str], command: str | None
) -> None:
    found = tool(env, lambda name: name if name in installed else None)
    assert (found and found[0]) == command


def installed(folder: Path, name: str, script: str) -> None:
    """A command of that name, found on PATH before any other."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@run_aio
async def test_without_a_command_the_terminal_is_asked() -> None:
    terminal = Terminal()
    copied = await copy("é" * 9, terminal, env={}, find=nothing)
    assert terminal.copied == ["é" * 9]
    assert copied.words == "sent 18 bytes to the terminal to copy (OSC 52)"
    assert copied.is_done
    in_browser = await copy("x", Terminal(is_web=True), env={}, find=nothing)
    assert in_browser.words == "sent 1 byte to the browser to copy (OSC 52)"


@run_aio
async def test_what_is_too_large_is_not_copied() -> None:
    terminal = Terminal()
    copied = await copy("x" * (LARGEST + 1), terminal, env={}, find=nothing)
    assert (copied.is_done, terminal.copied) == (False, [])
    assert copied.words == "70,001 bytes are too much for a clipboard; export them instead"


def test_a_command_is_fed_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, "xclip", f"{shutil.which('cat')} > {tmp_path}/taken")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    terminal = Terminal()

    @run_aio
    async def run() -> None:
        copied = await copy("x" * 50_000, terminal, env={"DISPLAY": ":0"})
        assert copied.words == "copied 50,000 bytes (xclip and OSC 52)"

    run()
    assert (tmp_path / "taken").read_text() == terminal.copied[0]


def test_a_command_that_fails_is_not_praised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "tmux", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    terminal = Terminal()

    @run_aio
    async def run() -> None:
        copied = await copy("x", terminal, env={"TMUX": "t"})
        assert copied.words == "sent 1 byte to the terminal to copy (OSC 52)"

    run()
    assert terminal.copied == ["x"]


def test_a_command_that_is_gone_by_then_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    @run_aio
    async def run() -> None:
        copied = await copy("x", Terminal(), env={"TMUX": "t"}, find=everything)
        assert copied.is_done

    run()
