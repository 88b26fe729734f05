"""A pane of tmux for a script: what it shows, and the keys that a person would press."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_LONGEST_S = 20.0
_STEP_S = 0.05


class Wrong(Exception):
    """What was seen is not as it has to be."""


def _nothing(_: str) -> list[str]:
    """Is wrong with what a shell shows."""
    return []


class Tmux:
    """A server of its own, with one pane: not the person's socket, and none of their settings."""

    def __init__(self, program: str, socket: Path) -> None:
        """`socket` is a path at which there is nothing yet."""
        self._socket = socket
        self._argv = (program, "-u", "-S", str(socket), "-f", os.devnull)
        # the command is found beside this Python; a shell gets its path from whoever starts it
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        self._environ = {**os.environ, "PATH": path}

    def __call__(self, *words: str) -> str:
        ended = subprocess.run(  # noqa: S603  # a program that we found, no shell
            [*self._argv, *words], env=self._environ, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise Wrong(f"tmux {' '.join(words)}: {ended.stderr.strip()}")
        return ended.stdout

    def another(self, name: str) -> Tmux:
        """Beside it, such as the terminal from which a person comes here."""
        return Tmux(self._argv[0], self._socket.with_name(name))

    def attached(self) -> str:
        """The command by which a person comes to what runs here."""
        return f"env -u TMUX {' '.join(self._argv)} attach"

    @contextmanager
    def shell(self, size: tuple[int, int], term: str) -> Iterator[None]:
        """In which a shell waits. The server ends with the block."""
        environ = ("LANG=C.UTF-8", "ENV=")
        settings = ("set", "-g", "default-terminal", term, ";", "set", "-g", "status", "off", ";")
        columns, lines = map(str, size)
        self("start-server", ";", *settings, "new-session", "-d", "-x", columns, "-y", lines,
             *(word for one in environ for word in ("-e", one)), "sh")  # fmt: skip
        try:
            yield
        finally:
            self("kill-server")

    def seen(self, *options: str) -> str:
        """What the pane shows now."""
        return self("capture-pane", "-p", *options)

    def press(self, keys: Sequence[str]) -> None:
        """As tmux names them; a text is typed."""
        if isinstance(keys, str):
            self("send-keys", "-l", "--", keys)
        else:
            self("send-keys", "--", *keys)

    def enter(self, command: str) -> None:
        """Into the shell."""
        self.press(command)
        self.press(("Enter",))

    def resize(self, size: tuple[int, int]) -> None:
        self("resize-window", "-x", str(size[0]), "-y", str(size[1]))

    def is_on(self, flag: str) -> bool:
        """A fact of the pane, such as `alternate_on`."""
        return self("display-message", "-p", f"#{{{flag}}}").strip() == "1"

    def shows(
        self, *words: str, not_any_more: str = "", wrong: Callable[[str], list[str]] = _nothing
    ) -> str:
        """Waits until all of it is there, this is gone and nothing is wrong, and returns it.

        Looks twice: tmux shows what has come so far, which may be half of what is written.
        """
        ends_at = time.monotonic() + _LONGEST_S
        before = ""
        while True:
            seen = self.seen()
            is_gone = not not_any_more or not_any_more not in seen
            is_whole = seen == before and is_gone and all(one in seen for one in words)
            if is_whole and not wrong(seen):
                return seen
            if time.monotonic() > ends_at:
                why = f"{words} did not come, or {not_any_more!r} did not go"
                raise Wrong(f"{'; '.join(wrong(seen)) or why}\n{seen}")
            before = seen
            time.sleep(_STEP_S)
