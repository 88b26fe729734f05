"""Copying to the clipboard of the person, wherever the program runs.

OSC 52 asks the terminal, also over SSH; nothing tells whether it obeys (Apple's does not). So a
native tool is asked, too, where the desktop is on this machine. Inside tmux neither the sequence
nor its wrapped form gets out as tmux is by default (seen with 3.3a: `set-clipboard external`,
`allow-passthrough off`), while `tmux load-buffer -w` does, with every setting.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

LARGEST = 70_000
"""Bytes. Terminals end such sequences at about 100 kB, of base64."""

_TIMEOUT_S = 2.0
_TMUX = ("tmux", "load-buffer", "-w", "-")
_WAYLAND = ("wl-copy",)
_X11 = (("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input"))
_WINDOWS = ("clip.exe",)
_MACOS = ("pbcopy",)


class Terminal(Protocol):
    """What of Textual's application is needed here."""

    @property
    def is_web(self) -> bool:
        """Whether it is drawn in a browser."""
        ...

    def copy_to_clipboard(self, text: str) -> None:
        """Asks the terminal by OSC 52."""
        ...


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of it, in words for a person."""

    words: str
    is_done: bool = True
    """False where the text is too large: it is to be offered as an export."""


async def copy(
    text: str,
    terminal: Terminal,
    *,
    env: Mapping[str, str] = os.environ,
    find: Callable[[str], str | None] = shutil.which,
) -> Copied:
    """Copies the text by all ways that there are here; takes 2 s at most."""
    data = text.encode()
    size = f"{len(data):,} byte{'s' * (len(data) != 1)}"
    if len(data) > LARGEST:
        return Copied(f"{size} are too much for a clipboard; export them instead", is_done=False)
    command = tool(env, find)
    terminal.copy_to_clipboard(text)
    took = await _fed(command, data) if command else False
    if command == _TMUX and took:
        return Copied(f"copied {size} (tmux, and the clipboard of its terminal)")
    if command and took:
        return Copied(f"copied {size} ({command[0]} and OSC 52)")
    where = "the browser" if terminal.is_web else "the terminal"
    return Copied(f"sent {size} to {where} to copy (OSC 52)")


def tool(env: Mapping[str, str], find: Callable[[str], str | None]) -> tuple[str, ...] | None:
    """The command that copies what it is fed, None where the terminal alone can.

    Over SSH the desktop of this machine is not the person's; tmux is on either side.
    """
    if env.get("TMUX"):
        return _TMUX if find(_TMUX[0]) else None
    if any(env.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")):
        return None
    candidates: list[tuple[str, ...]] = [_MACOS]
    if env.get("WAYLAND_DISPLAY"):
        candidates.append(_WAYLAND)
    if env.get("DISPLAY"):
        candidates += _X11
    if env.get("WSL_DISTRO_NAME"):
        candidates.append(_WINDOWS)
    return next((command for command in candidates if find(command[0])), None)


async def _fed(command: tuple[str, ...], data: bytes) -> bool:
    """Whether the command took it all."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            # Those that hold the selection live on with what they inherit.
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            await process.communicate(data)
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
    return process.returncode == 0
