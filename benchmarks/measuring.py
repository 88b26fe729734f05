"""Children measured by the operating system's own accounting."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """One finished child: what it used and what it printed."""

    cpu_s: float
    wall_s: float
    peak_mib: float
    exit_code: int
    output: str


def run_measured(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Runs `python ARGV` to its end. Raises RuntimeError with its stderr where it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, *argv],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env={**os.environ, **(environment or {})},
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode:
            raise RuntimeError(f"{argv} ended with {child.returncode}:\n{err.read().decode()}")
        return Measured(
            cpu_s=usage.ru_utime + usage.ru_stime,
            wall_s=wall,
            peak_mib=usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2),
            exit_code=child.returncode,
            output=out.read().decode(),
        )


def ended_children_cpu_s() -> float:
    """What all children have used that have ended and been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def spread(numbers: Sequence[float], form: str = "{:.2f}") -> str:
    """`median (min to max)`."""
    low, middle, high = min(numbers), statistics.median(numbers), max(numbers)
    return f"{form.format(middle)} ({form.format(low)} to {form.format(high)})"
