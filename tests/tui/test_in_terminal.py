"""The command in a terminal: a pty, and pyte to show on a screen what the command writes to it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pyte

COMMAND = (sys.executable, "-m", "clipsaver", "tui", "--demo")
# A shell's line before and one after it. Who opens a terminal and has none yet is told by it when
# its size changes, and by ctrl+c.
SHELL = 'exec <"$0" >"$0" 2>&1; echo before; "$@"; echo "left with $?"'
WIDE, NARROW, TOO_SMALL = (120, 40), (80, 24), (39, 9)
LONGEST_S = 20.0

ON_WHILE_IT_RUNS = {mode << 5 for mode in (1000, 1003, 1004, 1006, 1049, 2004)}
"""Mouse, focus, the alternate screen, bracketed paste; as pyte keeps private modes."""
NOT_OF_PYTE = re.compile(rb"\x1b\[<u|\x1b_[^\x1b]*\x1b\\")
"""Of kitty's protocols: "keys as before", and the question for pictures. pyte would show them."""
CURSOR_IS_SHOWN = pyte.modes.DECTCEM


class Screen(pyte.Screen):
    """With an alternate screen, which pyte has none of."""

    def set_mode(self, *modes: int, **private: bool) -> None:
        super().set_mode(*modes, **private)
        if 1049 in modes:
            self._before = {y: dict(row) for y, row in self.buffer.items()}
            self.save_cursor()
            self.erase_in_display(2)

    def reset_mode(self, *modes: int, **private: bool) -> None:
        super().reset_mode(*modes, **private)
        if 1049 in modes:
            self.erase_in_display(2)
            for y, row in self._before.items():
                self.buffer[y].update(row)
            self.restore_cursor()


class Terminal:
    """What a person has before them."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._ours, self.theirs = pty.openpty()
        self.screen = Screen(*size)
        self.screen.write_process_input = self.press  # what it answers to questions
        self._stream = pyte.ByteStream(self.screen)
        self.resize(size)

    def resize(self, size: tuple[int, int]) -> None:
        columns, lines = size
        self.screen.resize(lines, columns)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def shows(self, *words: str, not_any_more: str = "\0") -> list[str]:
        """Reads until all words are on the screen and these are not, and returns its lines."""
        ends_at = time.monotonic() + LONGEST_S
        while True:
            shown = "\n".join(self.screen.display)
            if all(one in shown for one in words) and not_any_more not in shown:
                return shown.splitlines()
            ready, _, _ = select.select([self._ours], [], [], max(0, ends_at - time.monotonic()))
            assert ready, f"{words} did not come, or {not_any_more!r} did not go:\n{shown}"
            self._stream.feed(NOT_OF_PYTE.sub(b"", os.read(self._ours, 65_536)))

    def close(self) -> None:
        os.close(self._ours)
        os.close(self.theirs)


@contextmanager
def started(size: tuple[int, int]) -> Iterator[Terminal]:
    terminal = Terminal(size)
    argv = ["sh", "-c", SHELL, os.ttyname(terminal.theirs), *COMMAND]
    environ = os.environ | {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
    for name in ("COLUMNS", "LINES"):  # would stand above the size of the terminal
        environ.pop(name, None)
    process = subprocess.Popen(argv, env=environ, start_new_session=True)
    try:
        yield terminal
        assert process.wait(LONGEST_S) == 0
    finally:
        process.kill()
        process.wait()
        terminal.close()


def test_a_terminal_shows_it_at_every_size_and_is_left_as_it_was() -> None:
    with started(WIDE) as terminal:
        before = termios.tcgetattr(terminal.theirs)
        lines = terminal.shows("Discord budget", "dead letters", "q quit")
        assert lines[0].startswith(" clipsaver ")
        assert "? help   q quit" in lines[-2]
        assert terminal.screen.mode >= ON_WHILE_IT_RUNS
        assert CURSOR_IS_SHOWN not in terminal.screen.mode
        assert termios.tcgetattr(terminal.theirs) != before
        terminal.press("3")
        terminal.shows("[3 Pending", "gone w-9", "Payload")
        terminal.resize(NARROW)
        lines = terminal.shows("pg ok", "[3 Pend", "enter: all of it", not_any_more="Payload")
        assert [line[:3] for line in lines[:4]] == [" cl", " 1 ", " / ", "┌─ "]
        assert len(lines) == NARROW[1]
        terminal.press("\r")
        terminal.shows("discord_clip_jobs/")
        terminal.resize(TOO_SMALL)
        terminal.shows("needs 40x10, is 39x9", not_any_more="clipsaver")
        terminal.resize(NARROW)
        terminal.shows("[3 Pend", "discord_clip_jobs/")
        terminal.press("q")
        lines = terminal.shows("left with")
        assert [line.rstrip() for line in lines if line.strip()] == ["before", "left with 0"]
        assert not ON_WHILE_IT_RUNS & terminal.screen.mode
        assert CURSOR_IS_SHOWN in terminal.screen.mode
        assert termios.tcgetattr(terminal.theirs) == before
