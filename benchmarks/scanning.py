"""Messages per CPU second of the worker, beside discord.py: `make bench ARGS=scanning`.

The same simulated server without limits, 20 channels, no compression. The worker scans them as
`clipsaver run --drain` does, commit included; discord.py fetches and filters only. Each is one
process measured whole, by the operating system; servers and simulator run beside them and do not
count. Runs alternate, and the figure is the ratio of each pair.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg

from benchmarks.measuring import Measured, run_measured, spread
from benchmarks.record import add_option, recorded
from clipsaver.embedded import Servers, open_servers_blocking
from clipsaver.log import configure_logging

CHANNELS = 20


@contextmanager
def simulated(
    clip_share: float, messages: int, channels: int = CHANNELS
) -> Iterator[dict[str, object]]:
    """A simulator in a process of its own; yields what it says about itself."""
    sizes = (str(clip_share), str(messages), str(channels))
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.serve_world", *sizes],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        yield json.loads(child.stdout.readline())
    finally:
        assert child.stdin is not None
        child.stdin.close()
        child.wait(10)


def empty(servers: Servers) -> None:
    """As if no worker had ever been there."""
    assert servers.database_url
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute("drop schema if exists clipsaver cascade")


def push(servers: Servers, world: dict[str, object], **fields: object) -> None:
    """A job for each channel: all of it, unless the fields say otherwise."""
    job = {"type": "batch", "limit": None, "guild_id": world["guild"]} | fields
    jobs = "".join(
        json.dumps(job | {"channel_id": channel}) + "\n"
        for channel in world["channels"]  # type: ignore[attr-defined]
    )
    subprocess.run(
        [sys.executable, "-m", "clipsaver", "push", "-"],
        input=jobs.encode(),
        check=True,
        capture_output=True,
        env=environment(servers, world),
    )


def environment(servers: Servers, world: dict[str, object]) -> dict[str, str]:
    """Where the worker finds everything; nothing of the caller's own configuration."""
    assert servers.database_url
    assert servers.redis_url
    return {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "DISCORD_BOT_TOKEN": str(world["token"]),
        "PATH": "",
    }


def worker(
    folder: Path,
    servers: Servers,
    world: dict[str, object],
    command: Sequence[str] = ("-m", "clipsaver"),
) -> Measured:
    """One worker on an empty database, from its start to the end of its last job."""
    empty(servers)
    push(servers, world)
    measured = drained(folder, servers, world, command)
    check_runs(servers, world)
    return measured


def drained(
    folder: Path,
    servers: Servers,
    world: dict[str, object],
    command: Sequence[str] = ("-m", "clipsaver"),
) -> Measured:
    """A worker that ends when nothing is left."""
    config = folder / "config.toml"
    config.write_text(
        f'data_dir = "{folder}"\n'
        f'[discord]\napi_url = "{world["api_url"]}"\nrequests_per_second = 10000\n'
        '[thumbnails]\nenabled = false\n[log]\nlevel = "warning"\n'
    )
    return run_measured(
        [*command, "run", "--drain", "--config", str(config)],
        environment(servers, world),
    )


def check_runs(servers: Servers, world: dict[str, object]) -> None:
    """Each message was read once, each clip found once."""
    assert servers.database_url
    with psycopg.connect(servers.database_url) as connection:
        row = connection.execute(
            "select sum(messages), sum(clips), bool_and(state = 'SUCCEEDED') from clipsaver.runs"
        ).fetchone()
    assert row == (world["messages"], world["clips"], True), f"{row} is not {world}"


def peer(world: dict[str, object]) -> Measured:
    """discord.py over the same channels."""
    measured = run_measured(
        [
            "-m",
            "benchmarks.peer_discord_py",
            str(world["api_url"]),
            str(world["token"]),
            *world["channels"],  # type: ignore[misc]
        ]
    )
    told = json.loads(measured.output)
    assert told == {"messages": world["messages"], "clips": world["clips"]}, told
    return measured


def where_the_time_goes(folder: Path, servers: Servers, world: dict[str, object]) -> None:
    """One more run, sampled; prints each room's share of the worker's CPU time."""
    result = folder / "samples.json"
    worker(folder, servers, world, ("-m", "benchmarks.sampled_worker", str(result)))
    counts: dict[str, int] = json.loads(result.read_text("utf-8"))
    total = sum(counts.values())
    print("  where the worker's time goes")
    for room, count in sorted(counts.items(), key=lambda one: -one[1]):
        if count / total >= 0.01:
            print(f"    {count / total:4.0%}  {room}")


def compare(clip_share: float, messages: int, runs: int) -> None:
    """Alternating runs of both, on one world."""
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-bench-"))
    try:
        with (
            open_servers_blocking(folder, postgres=True, valkey=True) as servers,
            simulated(clip_share, messages) as world,
        ):
            httpx.get(str(world["api_url"]) + "/users/@me")  # it is there
            peer(world)  # renders the pages, so that neither waits for that
            ours, theirs = [], []
            for _ in range(runs):
                ours.append(worker(folder, servers, world))
                theirs.append(peer(world))
            report(clip_share, world, ours, theirs)
            where_the_time_goes(folder, servers, world)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report(
    clip_share: float, world: dict[str, object], ours: list[Measured], theirs: list[Measured]
) -> None:
    """The figures of both, and the ratio of each pair."""
    total = float(str(world["messages"]))
    mine = [total / run.cpu_s for run in ours]
    other = [total / run.cpu_s for run in theirs]
    ratios = [one / two for one, two in zip(mine, other, strict=True)]
    print(
        f"{clip_share:.0%} clips, {total:,.0f} messages in {CHANNELS} channels, {len(ours)} pairs"
    )
    print(f"  clipsaver   {spread(mine, '{:,.0f}')} messages per CPU second, commit included")
    print(f"              {spread([run.peak_mib for run in ours], '{:.0f}')} MiB at most")
    print(f"  discord.py  {spread(other, '{:,.0f}')} messages per CPU second")
    print(f"              {spread([run.peak_mib for run in theirs], '{:.0f}')} MiB at most")
    print(f"  ratio       {spread(ratios)}", flush=True)


def main() -> None:
    """1 % clips, which is what servers have, and 20 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000, help="in each channel")
    parser.add_argument("--runs", type=int, default=5)
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging("warning")
    with recorded("scanning", __doc__, wanted=arguments.record):
        compare(0.01, arguments.messages, arguments.runs)
        compare(0.20, arguments.messages, max(1, arguments.runs // 2))


if __name__ == "__main__":
    main()
