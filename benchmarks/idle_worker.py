"""`clipsaver run` whose scans do nothing: what is left is what a job costs without work.

    python -m benchmarks.idle_worker CONFIG nothing|hold

Leases, fences, rows in `runs`, progress, events and heartbeats are the real ones. Jobs end at once,
or never.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from pathlib import Path

import trio

from clipsaver.config import load
from clipsaver.log import configure_logging
from clipsaver.records import RunProgress
from clipsaver.scanning.scan import Scan, ScanEnd, ScanJob
from clipsaver.worker.nursery import run_worker
from clipsaver.worker.process import tune_collector


async def nothing(_: ScanJob, scan: Scan) -> ScanEnd:
    """One report of progress, as after a page without messages, and the end."""
    await scan.after_page(RunProgress(), 1.0)
    return ScanEnd.FINISHED


async def hold(_: ScanJob, scan: Scan) -> ScanEnd:
    """One committed page, and no end: a job that gets on, and takes no worker down."""
    await scan.after_page(RunProgress(pages=scan.start.progress.pages + 1), 0.0)
    await trio.sleep_forever()
    return ScanEnd.PAUSED


async def work(path: Path, name: str) -> None:
    """Until SIGTERM."""
    config = load(path, os.environ, path.parent).config
    configure_logging(level=config.log.level, format=config.log.format)
    tune_collector()
    stopping = trio.Event()
    scan = {"nothing": nothing, "hold": hold}[name]
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(run_worker, config, stopping, scan=scan))
            async for _ in signals:
                stopping.set()
                break


if __name__ == "__main__":
    trio.run(work, Path(sys.argv[1]), sys.argv[2])
