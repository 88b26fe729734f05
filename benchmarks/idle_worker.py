"""`clipsaver run` whose scans do nothing: what is left is what a job costs without work.

    python -m benchmarks.idle_worker CONFIG [SAMPLES]

Leases, fences, rows in `runs`, progress, events and heartbeats are the real ones. With SAMPLES it
writes there where its CPU time went (see `sampled_worker`).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from functools import partial
from pathlib import Path

import trio

from benchmarks import sampled_worker
from clipsaver.config import load
from clipsaver.log import configure_logging
from clipsaver.records import RunProgress
from clipsaver.scanning.scan import Scan, ScanEnd, ScanJob
from clipsaver.worker.nursery import run_worker


async def nothing(_: ScanJob, scan: Scan) -> ScanEnd:
    """One report of progress, as after a page without messages, and the end."""
    await scan.after_page(RunProgress(), 1.0)
    return ScanEnd.FINISHED


async def work(path: Path) -> None:
    """Until SIGTERM."""
    config = load(path, os.environ, path.parent).config
    configure_logging(level=config.log.level, format=config.log.format)
    stopping = trio.Event()
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(run_worker, config, stopping, scan=nothing))
            async for _ in signals:
                stopping.set()
                break


def main(config: str, samples: str | None = None) -> None:
    if samples:
        signal.signal(signal.SIGPROF, sampled_worker.sample)
        signal.setitimer(signal.ITIMER_PROF, sampled_worker.EVERY_S, sampled_worker.EVERY_S)
    trio.run(work, Path(config))
    if samples:
        signal.setitimer(signal.ITIMER_PROF, 0)
        Path(samples).write_text(json.dumps(sampled_worker.counts), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
