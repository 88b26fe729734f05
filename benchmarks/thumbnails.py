"""A picture of each clip, beside downloading it whole: `make bench ARGS=thumbnails`.

Clips in all containers that are read, on a server that takes 30 ms to each answer and sends all of
them over one line of 100 Mb/s. The old way downloads a clip with httpx, has ffprobe look at it and
ffmpeg write the picture at 1 s as PNG, and makes both sizes with Pillow, LANCZOS and WebP at
quality 85 and method 6. Ours goes through the worker's own media client, and a decoder in a child
of its own for each clip. Both are warm, and they take turns, clip by clip; the figures are medians
of the rounds. CPU time is that of the whole family of processes by the operating system; bytes and
requests are what the server counted.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import PIL
import trio

from benchmarks.old_thumbnails import OldWay, programs
from benchmarks.record import add_option, recorded
from benchmarks.thumbnail_clips import BUILD, CLIPS, LARGE, Clip, path_of
from benchmarks.thumbnail_making import Cost, Meter, made, our_tools, served
from clipsaver.log import configure_logging
from clipsaver.thumbnails.making import Tools

DELAY_MS, MBITS = 30, 100
WALL, CPU, BYTES = 10, 7, 40
MOST_BYTES, MOST_REQUESTS = 1_500_000, 6
LARGE_S = 1.0


@dataclass(frozen=True)
class Compared:
    """One clip, made by both in turn."""

    clip: Clip
    old: list[Cost] = field(default_factory=list)
    ours: list[Cost] = field(default_factory=list)


@dataclass(frozen=True)
class Sides:
    """Both ways, and what measures them."""

    old: OldWay
    tools: Tools
    meter: Meter

    async def compare(self, compared: Compared, url: str, *, ours_first: bool) -> None:
        """One round of one clip."""
        for is_ours in (ours_first, not ours_first):
            if is_ours:
                with self.meter.measuring(compared.ours):
                    await made(self.tools, url)
            else:
                with self.meter.measuring(compared.old):
                    self.old.make(url)


async def compare(clips: Sequence[Clip], rounds: int) -> list[Compared]:
    """All clips in each round."""
    paths = [path_of(clip) for clip in clips]
    compared = [Compared(clip) for clip in clips]
    with (
        served(BUILD, delay_ms=DELAY_MS, mbits=MBITS) as files,
        tempfile.TemporaryDirectory(prefix="clipsaver-bench-") as folder,
        httpx.Client() as client,
    ):
        async with our_tools(files.host) as tools:
            sides = Sides(
                OldWay(client, programs(), Path(folder)),
                tools,
                Meter(files, tools.decoders.parent_pid),
            )
            await made(tools, files.url(paths[-1]))
            for number in range(rounds):
                for one, path in zip(compared, paths, strict=True):
                    await sides.compare(one, files.url(path), ours_first=number % 2 == 1)
    return compared


@dataclass(frozen=True)
class Sum:
    """Of all clips, of the median of each."""

    wall_s: float
    cpu_s: float
    sent: float
    requests: float


def median(costs: Sequence[Cost]) -> Sum:
    """Of each figure by itself."""
    return Sum(
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.cpu_s for cost in costs),
        statistics.median(cost.sent for cost in costs),
        statistics.median(cost.requests for cost in costs),
    )


def total(costs: Sequence[Sum]) -> Sum:
    return Sum(
        sum(cost.wall_s for cost in costs),
        sum(cost.cpu_s for cost in costs),
        sum(cost.sent for cost in costs),
        sum(cost.requests for cost in costs),
    )


def p95(numbers: Sequence[float]) -> float:
    """The smallest that 95 of 100 are not above."""
    return sorted(numbers)[math.ceil(0.95 * len(numbers)) - 1]


def row(name: str, old: Sum, ours: Sum) -> str:
    """One line of the table."""
    return (
        f"  {name:32} {old.wall_s * 1e3:7,.0f} {old.cpu_s * 1e3:7,.0f} {old.sent / 1e3:8,.0f}"
        f"  {ours.wall_s * 1e3:6,.0f} {ours.cpu_s * 1e3:6,.0f} {ours.sent / 1e3:6,.0f}"
        f" {ours.requests:5g}"
    )


def report(compared: Sequence[Compared], rounds: int) -> bool:
    """Prints the table; whether all figures are reached."""
    old = [median(one.old) for one in compared]
    ours = [median(one.ours) for one in compared]
    print(f"{len(compared)} clips, {rounds} rounds, {DELAY_MS} ms a request and {MBITS} Mb/s")
    print(f"  {'':32} {'the old way':>24}  {'ours':>26}")
    print(
        f"  {'':32} {'ms':>7} {'cpu ms':>7} {'kB':>8}"
        f"  {'ms':>6} {'cpu ms':>6} {'kB':>6} {'asked':>5}"
    )
    for one, before, now in zip(compared, old, ours, strict=True):
        print(row(one.clip.name, before, now))
    before, now = total(old), total(ours)
    print(row("sum", before, now))
    ratios = {
        "wall time": (before.wall_s / now.wall_s, WALL),
        "CPU time": (before.cpu_s / now.cpu_s, CPU),
        "bytes": (before.sent / now.sent, BYTES),
    }
    is_reached = True
    for name, (ratio, wanted) in ratios.items():
        is_reached &= ratio >= wanted
        print(f"  {name:9} 1/{ratio:.1f} of the old way's, at most 1/{wanted} is wanted")
    sent, asked = p95([one.sent for one in ours]), p95([one.requests for one in ours])
    print(f"  p95 of a clip: {sent / 1e6:.2f} MB of {MOST_BYTES / 1e6:g}", end="")
    print(f", {asked:g} requests of {MOST_REQUESTS}", flush=True)
    return is_reached and sent <= MOST_BYTES and asked <= MOST_REQUESTS


def report_large(compared: Compared) -> bool:
    """The same of the large one alone."""
    old, ours = median(compared.old), median(compared.ours)
    print(f"{compared.clip.name}, {old.sent / 1e6:,.0f} MB")
    print(f"  the old way {old.wall_s:.1f} s, {old.cpu_s:.2f} s of CPU")
    print(f"  ours {ours.wall_s:.2f} s of {LARGE_S:g}, {ours.cpu_s:.2f} s of CPU", end="")
    print(f", {ours.sent / 1e6:.2f} MB, {ours.requests:g} requests", flush=True)
    return ours.wall_s <= LARGE_S


def main() -> int:
    """Returns 1 where a figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", action="store_true", help="a clip of 490 MB as well")
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging("warning")
    with recorded("thumbnails", __doc__, wanted=arguments.record):
        print(f"beside {programs().version}, Pillow {PIL.__version__}, httpx {httpx.__version__}")
        is_fine = report(trio.run(compare, CLIPS, arguments.rounds), arguments.rounds)
        if arguments.large:
            is_fine &= report_large(trio.run(compare, [LARGE], arguments.rounds)[0])
    return 0 if is_fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
