"""`clipsaver push --wait`: follows jobs to their end, whatever happens meanwhile."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.console import Console

from clipsaver.cli import following, pushing
from clipsaver.errors import RedisUnavailable
from clipsaver.jobs import BatchJob
from clipsaver.queue import produce
from clipsaver.queue.produce import JobState, JobStatus
from clipsaver.records import GuildCounts

WAITING = JobStatus(
    state=JobState.WAITING, pages=0, messages=0, clips=0, share=None, joined=None, reason=None,
    error=None, waits_for=None, due_at_ms=None, worker=None,
)  # fmt: skip
RUNNING = replace(WAITING, state=JobState.RUNNING, share=0.5, messages=700, clips=3)
DONE = replace(RUNNING, state=JobState.DONE, messages=1400)
DEAD = replace(WAITING, state=JobState.DEAD, reason="wrong_guild", error="not \x1b[31mthere")
AWAY = RedisUnavailable("Redis at here does not answer")


class Stream:
    """Says of each run what its script says next; the last one for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.scripts: dict[str, list[JobStatus | RedisUnavailable | None]] = {}
        monkeypatch.setattr(produce, "job_status", self._status)
        monkeypatch.setattr(following, "_LOOK_EVERY_S", 0.0)

    async def _status(self, link: object, run_id: str) -> JobStatus | None:
        script = self.scripts[run_id]
        said = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(said, RedisUnavailable):
            raise said
        return said

    async def follow(self, *scripts: Sequence[JobStatus | RedisUnavailable | None]) -> int:
        jobs = {
            f"s/{number}": BatchJob(guild_id="1", channel_id=str(number))
            for number in range(len(scripts))
        }
        self.scripts |= dict(zip(jobs, map(list, scripts), strict=True))
        return await pushing._follow(None, jobs)  # type: ignore[arg-type] -- not looked at


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Stream:
    return Stream(monkeypatch)


async def test_all_is_well(stream: Stream, capsys: pytest.CaptureFixture[str]) -> None:
    assert await stream.follow([None, WAITING, RUNNING, DONE], [DONE]) == 0
    assert sorted(capsys.readouterr().err.splitlines()) == [
        "batch 0: 1,400 messages, 3 clips",
        "batch 1: 1,400 messages, 3 clips",
    ]


async def test_what_a_scan_changed_is_told(
    stream: Stream, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await stream.follow([replace(DONE, by_search=3, restored=2, deleted=1_100)]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "batch 0: 1,400 messages, 3 clips, 3 by search, 2 back, 1,100 deleted"


async def test_what_a_guild_job_found_is_told(
    stream: Stream, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await stream.follow([replace(DONE, counts=GuildCounts(120, 4, 1_000))]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "batch 0: 120 channels and threads, 1,000 jobs added, 4 may not be read"


@pytest.mark.parametrize("state", [JobState.DEAD, JobState.CANCELLED, JobState.GONE])
async def test_one_that_ends_otherwise_is_a_failure(stream: Stream, state: JobState) -> None:
    assert await stream.follow([DONE], [replace(DEAD, state=state)]) == 1


async def test_strangers_text_cannot_move_the_cursor(
    stream: Stream, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await stream.follow([DEAD]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("batch 0: dead letter: wrong_guild: not ")
    assert "\x1b" not in line


async def test_an_outage_of_redis_is_waited_out(
    stream: Stream, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await stream.follow([RUNNING, AWAY, AWAY, RUNNING, DONE], [RUNNING, DONE]) == 0
    assert capsys.readouterr().err.count("does not answer") == 1


async def test_a_job_that_joined_another_ends_with_it(stream: Stream) -> None:
    stream.scripts["s/other"] = [RUNNING, DEAD]
    assert await stream.follow([replace(DONE, joined="s/other")]) == 1


async def test_without_a_worker_it_says_what_to_start(
    stream: Stream, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_NO_WORKER_AFTER_S", -1.0)
    assert await stream.follow([None, None, None, DONE]) == 0
    assert capsys.readouterr().err.count("start one: clipsaver run") == 1


async def test_a_terminal_shows_some_bars_and_every_end(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=100, height=50, color_system=None)
    monkeypatch.setattr(pushing, "Console", lambda **_: terminal)
    assert await stream.follow(*[[WAITING, RUNNING, DONE]] * 25) == 0
    shown = screen.getvalue()
    assert "batch 19 " in shown
    assert "batch 24: 1,400 messages, 3 clips" in shown
