"""How soon a cancelled job stops: `make bench ARGS=cancel`.

Two workers on real servers read twenty channels at once, page by page with the latency of a far
Discord. Job after job is cancelled, as `clipsaver cancel` does without the start of a process, and
its worker's log says when its work had ended. Then its row has to say CANCELLED.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import trio

from benchmarks.fleet import fresh, ground
from benchmarks.record import add_option, recorded
from benchmarks.scanning import environment, push
from clipsaver.cli.opening import open_both
from clipsaver.config import Config, load
from clipsaver.embedded import Servers
from clipsaver.log import configure_logging
from clipsaver.operating.cancelling import cancel
from clipsaver.operating.rules import rules_of
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.pending import PendingEntry, each
from clipsaver.queue.operating.places import Part
from clipsaver.queue.operating.verdicts import Place

CHANNELS = 20
ROUNDS = 10
WORKERS = 2
STOPPED = ("cancelled", "abandoned")
"""The second where a page was refused by the database before the wake had come."""


@contextmanager
def working(config: Path, logs: list[Path], where: Mapping[str, str]) -> Iterator[None]:
    """Workers that write a log each."""
    children = []
    for log in logs:
        command = [sys.executable, "-m", "clipsaver", "run", "--config", str(config)]
        with log.open("wb") as err:
            children.append(subprocess.Popen(command, env=dict(where), stderr=err))
    try:
        yield
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(30)


def ends(logs: list[Path]) -> dict[str, float]:
    """When the work of each cancelled run had ended, in Unix seconds, by the workers' logs."""
    found = {}
    for log in logs:
        for line in log.read_text().splitlines():
            facts: dict[str, Any] = json.loads(line)
            if facts.get("event") == "job_ended" and facts["outcome"] in STOPPED:
                found[facts["run"]] = datetime.fromisoformat(facts["time"]).timestamp()
    return found


def is_under_way(one: PendingEntry) -> bool:
    return one.verdict.place is Place.HELD and one.status is not None and one.status.pages > 0


async def cancelled(config: Config) -> dict[str, float]:
    """When each of a round's jobs was asked to end, once all of them were running."""
    asked = {}
    async with open_both(config) as (link, database):
        assert database is not None
        running: list[PendingEntry] = []
        while len(running) < CHANNELS:
            await trio.sleep(0.05)
            running = []
            await each(link, rules_of(config), is_under_way, running.append, parts=[Part.HELD])
        for one in running:
            asked[one.run_id] = time.time()
            await cancel(link, database, Act("benchmark"), [one])
            await trio.sleep(0.05)
    return asked


def measure(folder: Path, servers: Servers, world: dict[str, Any]) -> None:
    """Round after round; prints what came of it."""
    path = folder / "cancel.toml"
    path.write_text(
        f'data_dir = "{folder}"\n[discord]\napi_url = "{world["api_url"]}"\n'
        f"requests_per_second = 1000\n[worker]\nconcurrency = {CHANNELS // WORKERS + 1}\n"
        "[thumbnails]\nenabled = false\n"
    )
    where = environment(servers, world)
    config = load(path, where, folder).config
    logs = [folder / f"worker-{number}.log" for number in range(WORKERS)]
    asked: dict[str, float] = {}
    with working(path, logs, where):
        for _ in range(ROUNDS):
            asked |= trio.run(cancelled, config)
            push(servers, world, known="reread")
        ended = ends(logs)
    assert servers.database_url
    with psycopg.connect(servers.database_url) as connection:
        query = "select run_id from clipsaver.runs where state = 'CANCELLED'"
        in_runs = {row[0] for row in connection.execute(query)}
    times = sorted(ended[run_id] - at for run_id, at in asked.items() if run_id in ended)
    print(f"{len(asked)} running jobs over {WORKERS} workers were cancelled")
    print(f"  stopped             {len(times)}, CANCELLED in runs {len(in_runs & set(asked))}")
    p50, p99 = (times[int(share * len(times))] * 1000 for share in (0.5, 0.99))
    longest = times[-1] * 1000
    print(f"  ask to end of work  p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {longest:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging("warning")
    with (
        recorded("cancel", __doc__, wanted=arguments.record),
        ground(channels=CHANNELS, messages=8000, jitter_s=0.6) as (folder, servers, served),
    ):
        fresh(servers, served, known="reread")
        measure(folder, servers, served.world)


if __name__ == "__main__":
    main()
