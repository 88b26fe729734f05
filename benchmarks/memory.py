"""Peak memory of scanning a long channel beside a short one: `python -m benchmarks.memory`.

One channel of 10,000 messages and one of 1,000,000, 1 % clips, each scanned by a worker of its own
and then read again by a rescan, which compares every page with what is stored. The figure is the
peak resident size of the whole process, by the operating system.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.scanning import check_runs, drained, empty, push, simulated
from clipsaver.embedded import open_servers_blocking
from clipsaver.log import configure_logging

MOST_MIB = 20.0


def peaks(messages: int) -> dict[str, float]:
    """MiB at most, of a batch job and of a rescan of the whole channel."""
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-bench-"))
    found = {}
    try:
        with (
            open_servers_blocking(folder, postgres=True, valkey=True) as servers,
            simulated(0.01, messages, channels=1) as world,
        ):
            empty(servers)
            push(servers, world)
            found["batch"] = (run := drained(folder, servers, world)).peak_mib
            check_runs(servers, world)
            print(f"{messages:>9,} messages  batch   {run.peak_mib:6.1f} MiB  {run.wall_s:6.1f} s")
            push(servers, world, type="rescan", reset_scan_status=True)
            found["rescan"] = (run := drained(folder, servers, world)).peak_mib
            print(f"{'':>18}  rescan  {run.peak_mib:6.1f} MiB  {run.wall_s:6.1f} s", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def main() -> int:
    """Returns 1 where a long channel takes more than 20 MiB more than a short one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", type=int, default=10_000)
    parser.add_argument("--long", type=int, default=1_000_000)
    arguments = parser.parse_args()
    configure_logging("warning")
    short, long = peaks(arguments.short), peaks(arguments.long)
    is_fine = True
    for kind in short:
        more = long[kind] - short[kind]
        is_fine &= more <= MOST_MIB
        print(f"{kind}: {more:+.1f} MiB for {arguments.long / arguments.short:g} times the length")
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
