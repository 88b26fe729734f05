"""Clients on one token beside each other: 429s, share of the allowance, messages per CPU second.

`make bench ARGS=rivals`. A server that enforces 50 requests a second for the token and 5 per 5 s
for each channel, in sliding windows of which its headers tell the truth. Once with one process that
reads 40 channels, once with two processes that read 40 each; without any latency, and with up to
20 ms of it, which keeps clients without limits of their own from asking as fast as they can.

The allowance is what that server lets through: a page a second for each channel, or 50 requests a
second of any kind, whichever is less. How much of it was used is counted by the server from the
first page on, over as many whole windows as there were until the last one, since in these nobody
can get more. CPU time is that of the whole processes by the operating system, start and end
included; servers and simulator do not count. Beside it stand, for clipsaver, the messages that it
committed, with those of the pages that it finished after it was told to stop; the others, which
only fetch and filter, end at once.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import psycopg

from benchmarks.fleet import Discord, Fleet, Traffic, discord, fresh
from benchmarks.measuring import ended_children_cpu_s
from benchmarks.peers import Peers
from benchmarks.record import add_option, recorded
from clipsaver.embedded import Servers, open_servers_blocking
from clipsaver.log import configure_logging

CHANNELS_EACH = 40
PER_CHANNEL, WINDOW_S = 5, 5.0
PER_TOKEN_S = 50.0
OURS_PER_S = 49.0
LIBRARIES = ("clipsaver", "discord.py", "hikari", "httpx")
OURS = "clipsaver"
HIKARI_NOTE = """\
  hikari takes what the headers say of a window for one that gives back one request at a time, and
  waits longer than this server asks for\
"""
PEERS = {
    "discord.py": "benchmarks.peer_discord_py",
    "hikari": "benchmarks.peer_hikari",
    "sleep on 429": "benchmarks.peer_sleeping",
}


@dataclass(frozen=True)
class Result:
    """What one client did."""

    name: str
    seen: Traffic
    channels: int
    read: int
    """Messages, until the processes had ended."""
    cpu_s: float
    failures: Sequence[str] = ()

    @property
    def per_cpu_s(self) -> float:
        """Messages per CPU second."""
        return self.read / self.cpu_s

    @property
    def messages(self) -> int:
        """What the server handed out until the time was over."""
        return len(self.seen.pages) * 100

    def lines(self) -> list[str]:
        """A row of the table, and below it what went wrong."""
        refused, granted = len(self.seen.refused), len(self.seen.granted)
        return [
            f"    {self.name:12} {refused:6,} of {granted + refused:6,}"
            f" {used_share(self.seen, self.channels):9.1%} {self.messages:9,}"
            f" {self.per_cpu_s:17,.0f}",
            *(f"      {failure}" for failure in self.failures),
        ]


def allowance_per_s(channels: int) -> float:
    """What the server lets through."""
    return min(PER_TOKEN_S, channels * PER_CHANNEL / WINDOW_S)


def used_share(seen: Traffic, channels: int) -> float:
    """How much of the allowance was used; at most 1.

    Over one window at least, also for who gave up before its end.
    """
    if not seen.pages:
        return 0.0
    allowed = allowance_per_s(channels)
    first, last = seen.pages[0], seen.pages[-1]
    span_s = max(1, int((last - first) / WINDOW_S)) * WINDOW_S
    # The whole token's limit counts every request, a channel's only its pages.
    times = seen.granted if allowed == PER_TOKEN_S else seen.pages
    return sum(first <= at < first + span_s for at in times) / span_s / allowed


def ours(folder: Path, servers: Servers, served: Discord, processes: int, seconds: float) -> Result:
    """Workers that are told to stop when the time is over."""
    fresh(servers, served)
    channels = len(served.world["channels"])
    before_s = ended_children_cpu_s()
    fleet = Fleet(folder, servers, served, OURS_PER_S, processes, channels)
    seen = fleet.run(seconds)
    cpu_s = ended_children_cpu_s() - before_s
    assert servers.database_url
    with psycopg.connect(servers.database_url) as connection:
        row = connection.execute("select sum(messages)::bigint from clipsaver.runs").fetchone()
    assert row
    return Result(OURS, seen, channels, row[0], cpu_s)


def theirs(name: str, served: Discord, processes: int, seconds: float) -> Result:
    """One of the others."""
    before_s = ended_children_cpu_s()
    peers = Peers(PEERS[name], served, processes)
    seen = peers.run(seconds)
    cpu_s = ended_children_cpu_s() - before_s
    channels = len(served.world["channels"])
    return Result(name, seen, channels, len(seen.pages) * 100, cpu_s, peers.failures)


def compare(
    folder: Path,
    servers: Servers,
    names: Sequence[str],
    processes: int,
    jitter_ms: float,
    seconds: float,
) -> None:
    """A table with a row for each client; each meets a server that has seen nobody before."""
    channels = CHANNELS_EACH * processes
    # Nobody comes to an end: a window more than there can be, and one for the start of processes.
    messages = (int(seconds / WINDOW_S) + 3) * PER_CHANNEL * 100
    print(
        f"{processes} process{'es' * (processes > 1)} on one token, {channels} channels, "
        f"{f'up to {jitter_ms:g} ms of' if jitter_ms else 'no'} latency, {seconds:g} s: "
        f"{allowance_per_s(channels):g} requests a second are allowed"
    )
    print("    client        refused requests  allowance  messages  per CPU second", flush=True)
    results = []
    for name in names:
        with discord(
            channels=channels,
            messages=messages,
            jitter_s=jitter_ms / 1000,
            per_channel=(PER_CHANNEL, WINDOW_S),
        ) as served:
            if name == OURS:
                result = ours(folder, servers, served, processes, seconds)
            else:
                result = theirs(name, served, processes, seconds)
        print("\n".join(result.lines()), flush=True)
        results.append(result)
    for line in ratios(results):
        print(line, flush=True)
    if "hikari" in names:
        print(HIKARI_NOTE, flush=True)


def ratios(results: Sequence[Result]) -> list[str]:
    """Ours to each of the others, where both were measured."""
    mine = [result for result in results if result.name == OURS]
    return [
        f"  {OURS} to {other.name}: {one.per_cpu_s / other.per_cpu_s:.2f} times the messages per "
        f"CPU second, {one.messages / other.messages:.2f} times the messages"
        for one in mine
        for other in results
        if other is not one and other.messages
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each client")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--jitter-ms", type=float, nargs="+", default=[0.0, 20.0])
    parser.add_argument("--only", nargs="+", choices=[OURS, *PEERS], default=[OURS, *PEERS])
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging("warning")
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-bench-"))
    try:
        with (
            recorded("rivals", __doc__, wanted=arguments.record),
            open_servers_blocking(folder, postgres=True, valkey=True) as servers,
        ):
            versions = (f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
            print(", ".join(versions))
            for processes, jitter_ms in product(arguments.processes, arguments.jitter_ms):
                compare(folder, servers, arguments.only, processes, jitter_ms, arguments.seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
