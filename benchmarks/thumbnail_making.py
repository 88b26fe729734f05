"""What benchmarks of thumbnails share: files over a slow line, our tools, and what a clip costs."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from clipsaver.thumbnails.decoder.decoders import open_decoders
from clipsaver.thumbnails.ladder import SOURCES
from clipsaver.thumbnails.making import Made, Tools, make_thumbnail
from clipsaver.thumbnails.media.client import open_media
from clipsaver.thumbnails.media.links import Link
from clipsaver.thumbnails.picture.wanted import Wanted

_MAX_BYTES = 50_000_000


class Files:
    """The process of `range_server`."""

    def __init__(self, child: subprocess.Popen[str], port: int) -> None:
        self._child = child
        self.host = f"127.0.0.1:{port}"

    def url(self, path: Path) -> str:
        return f"http://{self.host}/{path.name}"

    def counts(self) -> dict[str, int]:
        """Requests and bytes since the last time."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        counts: dict[str, int] = json.loads(self._child.stdout.readline())
        return counts


@contextmanager
def served(folder: Path, *, delay_ms: float, mbits: float) -> Iterator[Files]:
    """The folder's files over such a line, for the time of the block."""
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.range_server", str(folder), str(delay_ms), str(mbits)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield Files(child, json.loads(child.stdout.readline()))
    finally:
        child.stdin.close()
        child.wait(10)


@asynccontextmanager
async def our_tools(host: str) -> AsyncIterator[Tools]:
    """What a worker makes thumbnails with, warm."""
    async with open_media([host]) as media, open_decoders() as decoders:
        await decoders.start()
        yield Tools(
            media=media,
            decoders=decoders,
            sign=_cannot_sign,
            sources=SOURCES["decode"],
            wanted=Wanted(),
            max_bytes=_MAX_BYTES,
        )


async def _cannot_sign(link: Link) -> Link:
    raise RuntimeError(f"{link.url} was refused")


async def made(tools: Tools, url: str) -> Made:
    """A thumbnail, as a worker makes one of a clip whose link is fresh."""
    return await make_thumbnail(Link(url, 1, 1, url, None), tools, size=None, was_signed=True)


@dataclass(frozen=True)
class Cost:
    """Of one clip made once."""

    wall_s: float
    cpu_s: float
    requests: int
    sent: int
    """Bytes of bodies, as the server counts them."""


class Meter:
    """Measures this process with all its children, those that the decoders' parent forks too."""

    def __init__(self, files: Files, parent_pid: int | None) -> None:
        self._files = files
        self._parent_pid = parent_pid

    @contextmanager
    def measuring(self, costs: list[Cost]) -> Iterator[None]:
        """Adds what the block costs."""
        self._files.counts()
        cpu_s, began = self._cpu_s(), time.perf_counter()
        yield
        wall_s, cpu_s = time.perf_counter() - began, self._cpu_s() - cpu_s
        seen = self._files.counts()
        costs.append(Cost(wall_s, cpu_s, seen["requests"], seen["bytes"]))

    def _cpu_s(self) -> float:
        who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        used = [resource.getrusage(one) for one in who]
        own_s = sum(one.ru_utime + one.ru_stime for one in used)
        return own_s + (0.0 if self._parent_pid is None else family_cpu_s(self._parent_pid))


def family_cpu_s(pid: int) -> float:
    """What a process that lives has used, with its children that ended: proc(5), in 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
