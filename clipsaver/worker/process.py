"""What this process takes of its machine."""

from __future__ import annotations

import gc
import os
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import trio

_COLLECT_AFTER = (5_000, 20, 20)
"""New objects, and collections of the younger generation before one of the next."""
_STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class ProcessStatistics:
    """Of now, and since the process began."""

    memory_bytes: int
    """Resident now; where the system does not tell that, the most there was."""
    cpu_s: float
    tasks: int
    """Of the event loop."""


def tune_collector() -> None:
    """For a process that works and does little else: fewer looks for cyclic garbage.

    What was imported stays for good: it need not be looked through time and again. Nearly all that
    a job leaves behind goes by its reference counts; looking for the rest after each 700 objects,
    as CPython does, took a tenth of the time of jobs of no work.
    """
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def statistics() -> ProcessStatistics:
    """Of this process; asks the system, which takes some microseconds."""
    return ProcessStatistics(
        _memory_bytes(), time.process_time(), trio.lowlevel.current_statistics().tasks_living
    )


def _memory_bytes() -> int:
    try:  # the second number is the resident pages: proc(5)
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
