"""What the terminal UI costs, and how soon it shows progress: `make bench ARGS=tui`.

Each application runs in a terminal of 120x40 of its own, on a made-up fleet that has about 200
entries and goes on all the time, looking each second. Its share of a core is its process's CPU time
in each of five windows, of which the median counts. The fleet lives in the same process; what it
takes is measured around each look and taken off, and told in brackets. Beside
`clipsaver tui` there are tables alone, each given the same 200 rows each second: ours, and
Textual's own DataTable, cleared and refilled, or with only those cells updated that differ.

Progress: a run reads a message every 1.37 s; from the moment on which its source would say so to
that at which the terminal is sent the new number.

Then all of `clipsaver tui`, on a Valkey and a PostgreSQL of its own: four workers, played by
another process, hold 64 jobs of 200 that are not over and tell of each in every 0.4 s; there are
200 dead letters of 200 causes, 200 buckets of limits, more than 200 clips and lines of the log. One
process goes from screen to screen; its share of a core is its CPU time, all threads, in each of
three windows of 5 s, of which the median counts. Progress is timed from the moment on which it is
in Redis.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import re
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import spread
from benchmarks.record import add_option, recorded
from benchmarks.tui_live import live
from benchmarks.tui_side import FIRST_MARK
from clipsaver.log import configure_logging

SHARE_BUDGET = 0.03
PROGRESS_BUDGET_MS = 600
WARM_S = 4.0
_MARK = re.compile(rb"700,\d{3}")


@dataclass(frozen=True)
class Ran:
    """One application: what it used, and what its terminal was sent."""

    shares: list[float]
    """Of a core, in each window."""
    of_fleet: list[float]
    """What the made-up fleet took beside that."""
    kib_per_s: float
    delays_ms: list[float]
    """From each change to its painting."""

    @property
    def share(self) -> float:
        """Of a core: the median, since neighbours on a machine make single windows dearer."""
        return statistics.median(self.shares)


def run(side: str, view: str, rows: int, seconds: float) -> Ran:
    """Runs it in a terminal to its end. Raises RuntimeError where it ends by a mistake."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result"
        argv = [side, view, str(rows), str(WARM_S), str(seconds), str(result)]
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            os.execv(sys.executable, [sys.executable, "-m", "benchmarks.tui_side", *argv])
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        begun = time.monotonic()
        sent, painted, tail = 0, {}, b""
        while True:
            try:
                select.select([terminal], [], [], 1)
                data = os.read(terminal, 1 << 16)
            except OSError:  # Linux says so when the other end is closed
                break
            if not data:
                break
            sent += len(data)
            tail = tail[-20:] + data
            for mark in _MARK.findall(tail):
                number = int(mark.replace(b",", b"")) - FIRST_MARK
                painted.setdefault(number, time.monotonic())
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
        if os.waitstatus_to_exitcode(status) or not result.exists():
            raise RuntimeError(f"{side} ended with {status}:\n{tail.decode(errors='replace')}")
        told = json.loads(result.read_text())
        # The first marks may be there before anything is painted.
        delays = [
            (painted[number] - at) * 1000
            for number, at in enumerate(told["changes"])
            if number in painted and at > begun + WARM_S
        ]
        wall_s = time.monotonic() - begun
        return Ran(told["shares"], told["of_fleet"], sent / 1024 / wall_s, sorted(delays))


def told(words: str, ran: Ran) -> None:
    """One line."""
    shares = spread([share * 100 for share in ran.shares])
    fleet = f"(fleet {statistics.median(ran.of_fleet):.1%})"
    print(f"{words:<42} {shares:>20} % of a core {fleet} {ran.kib_per_s:6.1f} KiB/s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rows", type=int, default=200)
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging("warning")
    rows, seconds = arguments.rows, arguments.seconds
    with recorded("tui", __doc__, wanted=arguments.record):
        pending = run("clipsaver", "pending", rows, seconds)
        told(f"clipsaver tui, Pending, {rows} entries", pending)
        jobs = run("clipsaver", "jobs", rows, seconds)
        told(f"clipsaver tui, Jobs, {rows} jobs", jobs)
        overview = run("clipsaver", "overview", rows, seconds)
        told("clipsaver tui, Overview", overview)
        ours = run("keyed", "pending", rows, seconds)
        told("our table alone", ours)
        refilled = run("refilled", "pending", rows, seconds)
        told("Textual's DataTable alone, refilled", refilled)
        told("Textual's DataTable alone, cells updated", run("updated", "pending", rows, seconds))
        delays = jobs.delays_ms
        middle, worst = delays[len(delays) // 2], delays[-1]
        print(
            f"from progress to its painting, {len(delays)} times: median {middle:.0f} ms, "
            f"worst {worst:.0f} ms, budget {PROGRESS_BUDGET_MS}"
        )
        most = max(pending.share, jobs.share, overview.share)
        print(f"the most of a screen {most:.2%}, budget {SHARE_BUDGET:.0%}")
        print(f"our table takes {ours.share / refilled.share:.0%} of what the refilled one does")
        print("\nall of the process, on real servers", flush=True)
        lived = live()
        print(f"{lived.promptness}, budget {PROGRESS_BUDGET_MS}")
        print(f"the most of a screen {lived.most:.2%}, budget {SHARE_BUDGET:.0%}")
    if not lived.delays_ms:
        return 1
    most, worst = max(most, lived.most), max(worst, lived.delays_ms[-1])
    return int(most > SHARE_BUDGET or worst > PROGRESS_BUDGET_MS)


if __name__ == "__main__":
    sys.exit(main())
