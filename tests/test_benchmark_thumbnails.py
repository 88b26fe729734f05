"""What the benchmark of thumbnails measures by: the server counts right, and the line is slow."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.range_server import Line, Server
from benchmarks.thumbnail_clips import CLIPS, EIGHT_K
from benchmarks.thumbnails import p95

CONTENT = bytes(range(256)) * 400


@pytest.fixture
def line() -> Line:
    return Line(bytes_per_s=0)


@pytest.fixture
def url(tmp_path: Path, line: Line) -> Iterator[str]:
    """Of a file of CONTENT."""
    (tmp_path / "clip.mp4").write_bytes(CONTENT)
    with Server(tmp_path, 0.0, line) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/clip.mp4"
        server.shutdown()
        serving.join()


def test_a_range_is_served_and_counted(url: str, line: Line) -> None:
    answer = httpx.get(url, headers={"Range": "bytes=1000-70999"})
    assert (answer.status_code, answer.content) == (206, CONTENT[1000:71_000])
    assert answer.headers["content-range"] == f"bytes 1000-70999/{len(CONTENT)}"
    assert line.told() == {"requests": 1, "bytes": 70_000}
    assert line.told() == {"requests": 0, "bytes": 0}


def test_a_range_ends_with_the_file(url: str) -> None:
    answer = httpx.get(url, headers={"Range": "bytes=102300-999999"})
    assert (answer.status_code, answer.content) == (206, CONTENT[102_300:])


def test_the_whole_file_is_served_and_counted(url: str, line: Line) -> None:
    with httpx.Client() as client:
        assert [client.get(url).content for _ in range(2)] == [CONTENT, CONTENT]
    assert line.told() == {"requests": 2, "bytes": 2 * len(CONTENT)}


def test_beyond_the_end_there_is_nothing(url: str, line: Line) -> None:
    answer = httpx.get(url, headers={"Range": f"bytes={len(CONTENT)}-"})
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"
    assert line.told() == {"requests": 1, "bytes": 0}


def test_all_connections_share_the_line() -> None:
    line = Line(bytes_per_s=1e6)
    began = time.perf_counter()
    assert line.take(50_000) - began >= 0.05
    assert line.take(100_000) - began >= 0.15


def test_a_line_that_was_idle_saved_nothing_up() -> None:
    line = Line(bytes_per_s=1e6)
    line.take(1)
    before = time.perf_counter()
    assert line.take(50_000) - before >= 0.05


@pytest.mark.parametrize(
    ("numbers", "at"), [([5.0], 5.0), ([*range(1, 18)], 17), ([*range(100, 0, -1)], 95)]
)
def test_of_a_hundred_five_may_be_above(numbers: list[float], at: float) -> None:
    assert p95(numbers) == at


def test_every_clip_is_told_apart() -> None:
    assert len({clip.name for clip in CLIPS}) == len(CLIPS) == 17
    assert {clip.container for clip in CLIPS} == {"mp4", "mov", "mkv", "webm", "avi", "flv"}
    assert {clip.film.size for clip in EIGHT_K} == {(7680, 4320)}
