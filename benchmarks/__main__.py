"""All benchmarks, one after the other: `make bench`, or `python -m benchmarks NAME... [OPTION...]`.

Options go to each benchmark that is named.
"""

from __future__ import annotations

import itertools
import subprocess
import sys

BENCHMARKS = (
    "startup",
    "simulator",
    "adapters",
    "scanning",
    "memory",
    "messages",
    "queries",
    "clips",
    "rivals",
    "allowance",
    "hidden",
    "searching",
    "latency",
    "thumbnails",
    "thumbnail_rate",
    "jobs",
    "waiting",
    "watching",
    "purging",
    "recovery",
    "cancel",
    "tui",
)


def main() -> int:
    """Runs each in a process of its own; returns how many failed."""
    chosen = list(itertools.takewhile(lambda word: not word.startswith("-"), sys.argv[1:]))
    options = sys.argv[1 + len(chosen) :]
    if options and not chosen:
        print(f"name the benchmarks that {options[0]} is for, before it")
        return 2
    failed = 0
    for name in chosen or BENCHMARKS:
        if name not in BENCHMARKS:
            print(f"there is no benchmark {name}; there are {', '.join(BENCHMARKS)}")
            return 2
        print(f"\n== {name}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}", *options]
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
