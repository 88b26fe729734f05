"""Processes of one of the peers, each with channels of its own, on one token."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO

from benchmarks.fleet import Discord, Traffic


@dataclass
class Peers:
    """So many processes of a module that takes an address, a token and channels."""

    module: str
    discord: Discord
    size: int
    failures: list[str] = field(default_factory=list)
    """Which of them gave up, after how many seconds, and in which words."""

    def run(self, seconds: float) -> Traffic:
        """Until so long after the first request, or until all have given up.

        Raises RuntimeError where one had nothing left to read, since then it was not measured.
        """
        begun = time.monotonic()
        ended: dict[int, float] = {}
        with ExitStack() as files:
            errors = [files.enter_context(tempfile.TemporaryFile("w+")) for _ in range(self.size)]
            children = [self._start(number, errors[number]) for number in range(self.size)]

            def all_ended(now: float) -> bool:
                for number, child in enumerate(children):
                    if child.poll() is not None:
                        ended.setdefault(number, now - begun)
                return len(ended) == len(children)

            try:
                seen = self.discord.watch(seconds, all_ended)
            finally:
                for child in children:
                    child.terminate()
                for child in children:
                    child.wait(10)
            for number, after_s in ended.items():
                if children[number].returncode == 0:
                    raise RuntimeError(f"{self.module} had read all before the time was over")
                told = f"process {number + 1} failed after {after_s:.0f} s"
                self.failures.append(f"{told}: {last_line(errors[number])}")
        return seen

    def _start(self, number: int, errors: IO[str]) -> subprocess.Popen[bytes]:
        world = self.discord.world
        channels = world["channels"][number :: self.size]
        return subprocess.Popen(
            [sys.executable, "-m", self.module, world["api_url"], world["token"], *channels],
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )


def last_line(errors: IO[str], longest: int = 100) -> str:
    """Where Python says what went wrong."""
    errors.seek(0)
    lines = errors.read().strip().splitlines() or ["without a word"]
    return lines[-1][:longest]
