"""All benchmarks, one after the other: `make bench`, or `python -m benchmarks NAME...`."""

from __future__ import annotations

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
    "allowance",
    "hidden",
    "latency",
)


def main() -> int:
    """Runs each in a process of its own; returns how many failed."""
    chosen = sys.argv[1:] or BENCHMARKS
    failed = 0
    for name in chosen:
        if name not in BENCHMARKS:
            print(f"there is no benchmark {name}; there are {', '.join(BENCHMARKS)}")
            return 2
        print(f"\n== {name}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
