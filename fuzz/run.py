"""Watches the process that makes pictures of mutants, and begins another where one dies."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REASONS = frozenset(
    ("picture", "no_video", "unsupported", "broken", "too_big", "budget_spent")
)  # fmt: skip
"""What may come of a file whose source does not fail."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one mutant."""

    number: int
    outcome: str
    wall_s: float = 0.0
    cpu_s: float = 0.0
    requests: int = 0
    bytes_read: int = 0
    size: int = 0
    rss_mib: float = 0.0

    @property
    def is_allowed(self) -> bool:
        return self.outcome in REASONS


def outcomes(
    seed: int, count: int, *, folder: Path | None = None, patience_s: float = 10.0, first: int = 0
) -> Iterator[Outcome]:
    """Of mutants `first` to `first + count - 1`. Who says nothing for `patience_s` is killed."""
    upto = first + count
    while first < upto:
        words = [str(seed), str(first), str(upto - first), *([str(folder)] if folder else [])]
        command = [sys.executable, "-m", "fuzz.child", *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            try:
                for outcome in _outcomes_of(child, first, patience_s):
                    yield outcome
                    first = outcome.number + 1
            finally:
                child.kill()


def _outcomes_of(
    child: subprocess.Popen[bytes], first: int, patience_s: float
) -> Iterator[Outcome]:
    current: int | None = None
    for line in _lines(child, patience_s):
        if line is None:
            yield Outcome(first if current is None else current, "hang", wall_s=patience_s)
            return
        if line.startswith(b"{"):
            assert current is not None
            yield Outcome(current, **json.loads(line))
            current = None
        else:
            current = int(line)
    code = child.wait()
    if code and current is None:
        raise RuntimeError(
            f"the process that makes pictures ended with {code} before mutant {first}"
        )
    if current is not None:
        yield Outcome(current, f"crash: ended with {code}")


def _lines(child: subprocess.Popen[bytes], patience_s: float) -> Iterator[bytes | None]:
    """Its lines as they come; None when none comes for too long, the first one apart."""
    assert child.stdout is not None
    pending = b""
    deadline = time.monotonic() + 120  # it imports, and makes the files
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                yield None
                return
            part = os.read(child.stdout.fileno(), 65_536)
            if not part:
                return
            *lines, pending = (pending + part).split(b"\n")
            yield from lines
            deadline = time.monotonic() + patience_s
