"""Thumbnails a second, and the memory that they take: `make bench ARGS=thumbnail_rate`.

One worker on real servers has found the clips of a simulated channel; another one makes their
thumbnails as `clipsaver run --drain` does, over a CDN without latency, and writes them into a
folder. Servers, simulator and worker share the machine. The rate is that between the moments at
which a tenth and all of the clips have theirs, so the start does not count. The memory is what the
worker has resident itself, without the decoders, while it makes the first tenth and the last.

Then clips of 7680x4320 in several codecs, each decoded in a child of its own, of which the system
tells the most that it had resident, with what it shares with its parent.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import trio

from benchmarks.record import add_option, recorded
from benchmarks.scanning import drained, empty, environment, push, simulated
from benchmarks.thumbnail_clips import BUILD, EIGHT_K, path_of
from benchmarks.thumbnail_making import made, our_tools, served
from clipsaver.embedded import Servers, open_servers_blocking
from clipsaver.log import configure_logging

PER_S = 20.0
MOST_MIB = 130.0
MOST_GROWTH_MIB = 5.0
_LOOK_EVERY_S = 0.5
_WATCH_EVERY_S = 0.001
_LONGEST_S = 3600.0

_COUNT = "select count(*) filter (where thumbnail_state <> 'pending') from clipsaver.clips"
_PACE = """
select count(*), extract(epoch from max(at) - min(at))::float from (
    select clip_id, max(created_at) as at, row_number() over (order by max(created_at)) as place
    from clipsaver.thumbnails group by clip_id
) one where place > (select count(*) / 10 from clipsaver.clips)
"""


@dataclass
class Run:
    """One worker that made all thumbnails."""

    clips: int
    made: int = 0
    per_s: float = 0.0
    cpu_s: float = 0.0
    """With its decoders and its start."""
    resident: list[tuple[int, float]] = field(default_factory=list)
    """How many were made, and MiB of the worker then."""

    def between(self, least: float, most: float) -> float:
        """Median MiB from one share of the clips to another."""
        some = [mib for made, mib in self.resident if least < made / self.clips <= most]
        return statistics.median(some)


def drain(folder: Path, servers: Servers, world: dict[str, object], concurrency: int) -> Run:
    """Makes all thumbnails of what was found."""
    run = Run(clips=int(str(world["clips"])))
    config = folder / "config.toml"
    config.write_text(
        f'data_dir = "{folder}"\n'
        f'[discord]\napi_url = "{world["api_url"]}"\nmedia_hosts = ["{world["media_host"]}"]\n'
        f'[thumbnails]\nconcurrency = {concurrency}\n[log]\nlevel = "warning"\n'
    )
    worker = subprocess.Popen(
        [sys.executable, "-m", "clipsaver", "run", "--drain", "--config", str(config)],
        env={**os.environ, **environment(servers, world)},
    )
    try:
        with psycopg.connect(servers.database_url or "", autocommit=True) as connection:
            ends = time.monotonic() + _LONGEST_S
            while (usage := _ended(worker)) is None and time.monotonic() < ends:
                done = _number(connection, _COUNT)
                with suppress(OSError):
                    run.resident.append((int(done), _status_mib(worker.pid, "VmRSS")))
                time.sleep(_LOOK_EVERY_S)
            if usage is None:
                raise RuntimeError(f"not all thumbnails were made within {_LONGEST_S:g} s")
            run.cpu_s = usage.ru_utime + usage.ru_stime
            run.made, seconds = connection.execute(_PACE).fetchone() or (0, 0.0)
            run.per_s = run.made / seconds
            run.made = int(_number(connection, f"{_COUNT} where thumbnail_state = 'ready'"))
    finally:
        if worker.returncode is None:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    return run


def _ended(worker: subprocess.Popen[bytes]) -> object | None:
    """What it used with its children, once it has ended."""
    pid, status, usage = os.wait4(worker.pid, os.WNOHANG)
    if not pid:
        return None
    worker.returncode = os.waitstatus_to_exitcode(status)
    if worker.returncode:
        raise RuntimeError(f"the worker ended with {worker.returncode}")
    return usage


def _number(connection: psycopg.Connection[tuple[object, ...]], query: str) -> float:
    row = connection.execute(query).fetchone()
    assert row is not None
    return float(str(row[0]))


def _status_mib(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(f"{name}:")]
    return int(line.split()[1]) / 1024


@contextmanager
def watched(parent_pid: int, peaks: list[float]) -> Iterator[None]:
    """Adds the most MiB that a child of this process had while the block runs."""
    over = threading.Event()
    most = 0.0

    def watch() -> None:
        nonlocal most
        children = Path(f"/proc/{parent_pid}/task/{parent_pid}/children")
        while not over.wait(_WATCH_EVERY_S):
            for pid in children.read_text().split():
                with suppress(OSError, ValueError):  # it has ended meanwhile
                    most = max(most, _status_mib(int(pid), "VmHWM"))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        peaks.append(most)


async def largest() -> bool:
    """Prints what a child takes for each of the largest clips; whether all are small enough."""
    print("a child that decodes 7680x4320")
    is_fine = True
    with served(BUILD, delay_ms=0, mbits=0) as files:
        async with our_tools(files.host) as tools:
            pid = tools.decoders.parent_pid
            assert pid is not None
            for clip in EIGHT_K:
                peaks: list[float] = []
                for _ in range(3):
                    with watched(pid, peaks):
                        await made(tools, files.url(path_of(clip)))
                is_fine &= max(peaks) <= MOST_MIB
                print(f"  {clip.name:24} {max(peaks):6.1f} MiB of {MOST_MIB:g}", flush=True)
    return is_fine


def pace(clips: int, concurrency: int) -> bool:
    """Prints rate and memory; whether both are reached."""
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-bench-"))
    try:
        with (
            open_servers_blocking(folder, postgres=True, valkey=True) as servers,
            simulated(0.5, 2 * clips, channels=1) as world,
        ):
            empty(servers)
            push(servers, world)
            drained(folder, servers, world)
            run = drain(folder, servers, world, concurrency)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    first, last = run.between(0.0, 0.1), run.between(0.9, 1.0)
    print(f"{run.made:,} thumbnails of {run.clips:,} clips, {concurrency} at once")
    print(f"  {run.per_s:.1f} a second, at least {PER_S:g} are wanted", end="")
    print(f"; {run.cpu_s / run.made * 1e3:.0f} ms of CPU each, decoders included")
    print(f"  the worker: {first:.1f} MiB over the first tenth, {last:.1f} over the last", end="")
    print(f", {last - first:+.1f}", flush=True)
    is_flat = last - first <= MOST_GROWTH_MIB
    return run.made == run.clips and run.per_s >= PER_S and is_flat


def main() -> int:
    """Returns 1 where a figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=10_000, help="about so many")
    parser.add_argument("--concurrency", type=int, default=4, help="as thumbnails.concurrency")
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging("warning")
    with recorded("thumbnail_rate", __doc__, wanted=arguments.record):
        is_fine = pace(arguments.clips, arguments.concurrency)
        is_fine &= trio.run(largest)
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
