"""The scans of a guild together, on a terminal and elsewhere."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from clipsaver.cli import following, guild_progress
from clipsaver.queue import produce
from clipsaver.queue.produce import JobState, JobStatus
from clipsaver.records import Channel
from clipsaver.scanning.guild import Finding
from clipsaver.scanning.guild_map import Found
from clipsaver.scanning.guild_plan import News

RUNNING = JobStatus(
    state=JobState.RUNNING, pages=5, messages=500, clips=3, share=0.5, joined=None, reason=None,
    error=None, waits_for=None, due_at_ms=None, worker=None,
)  # fmt: skip
DONE = replace(RUNNING, state=JobState.DONE, pages=10, messages=1_000, share=1.0)
DEAD = replace(RUNNING, state=JobState.DEAD, reason="wrong_guild", error="not \x1b[31mthere")


def finding(name: str, messages: int | None = None) -> Finding:
    channel = Channel(5, 7, None, 0, name, nsfw=False, last_message_id=9)
    return Finding(Found(channel, newest_is_told=False, messages=messages), News.NEW, name)


async def scans(
    monkeypatch: pytest.MonkeyPatch,
    search: str | None = None,
    **scripts: list[JobStatus | None],
):
    async def status(_: object, run_id: str) -> JobStatus | None:
        script = scripts[run_id]
        return script.pop(0) if len(script) > 1 else script[0]

    monkeypatch.setattr(produce, "job_status", status)
    monkeypatch.setattr(following, "_LOOK_EVERY_S", 0.0)
    found = {name: finding(name) for name in scripts if name != search}
    return await guild_progress.follow_scans(None, found, search)


async def test_the_last_line_tells_the_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = await scans(monkeypatch, clips=[None, RUNNING, RUNNING, DONE], talk=[RUNNING, DONE])
    assert (done.done, done.pages, done.messages, done.clips) == (2, 20, 2_000, 6)
    assert done.failures == {}
    assert capsys.readouterr().err.splitlines() == [
        "100%  2 of 2 done, 20 pages, 2,000 messages, 6 clips"
    ]


async def test_lines_come_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(guild_progress, "_LINE_EVERY_S", 0.0)
    await scans(monkeypatch, clips=[None, RUNNING, RUNNING, DONE])
    assert capsys.readouterr().err.splitlines() == [
        "0%  0 of 1 done, 0 pages, 0 messages, 0 clips",
        "50%  0 of 1 done, 5 pages, 500 messages, 3 clips",
        "100%  1 of 1 done, 10 pages, 1,000 messages, 3 clips",
    ]


async def test_what_does_not_end_well_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    note = "purged: channel 5 was purged after this"
    purged = replace(RUNNING, state=JobState.CANCELLED, note=note)
    cancelled = replace(RUNNING, state=JobState.CANCELLED)
    done = await scans(monkeypatch, clips=[DONE], staff=[DEAD], gone=[purged], x=[cancelled])
    assert done.failures == {
        "#staff": "dead letter: wrong_guild: not there",
        "#x": "500 messages, 3 clips; cancelled",
    }
    said = capsys.readouterr().err
    assert "#staff: dead letter: wrong_guild: not there" in said
    assert f"#gone: {note}" in said  # somebody wanted it gone


SEARCHING = replace(RUNNING, added=40, by_search=40, share=0.2)
SEARCHED = replace(SEARCHING, state=JobState.DONE, added=9_800, by_search=9_800, share=1.0)


async def test_what_search_found_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(guild_progress, "_LINE_EVERY_S", 0.0)
    read = replace(DONE, added=200)
    done = await scans(
        monkeypatch, "all", all=[SEARCHING, SEARCHED], clips=[RUNNING, RUNNING, read]
    )
    assert (done.by_search, done.by_history, done.messages) == (9_800, 200, 1_000)
    assert done.search.seconds is not None
    assert capsys.readouterr().err.splitlines() == [
        "50%  0 of 1 done, 5 pages, 500 messages, search found 40 clips so far, history 0 more",
        "50%  0 of 1 done, 5 pages, 500 messages, search found 9,800 clips in 1 s, history 0 more",
        "100%  1 of 1 done, 10 pages, 1,000 messages, search found 9,800 clips in 1 s, "
        "history 200 more",
    ]


async def test_a_search_alone_is_followed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await scans(monkeypatch, "all", all=[None, SEARCHED])
    assert capsys.readouterr().err.splitlines() == ["100%  search found 9,800 clips"]


async def test_why_nothing_was_searched_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    denied = replace(DONE, clips=0, note="search_denied: not for \x1b[31mbots")
    done = await scans(monkeypatch, "all", all=[denied], clips=[replace(DONE, added=3)])
    assert done.failures == {}
    said = capsys.readouterr().err
    assert "search: search_denied: not for bots\n" in said
    assert "search found 0 clips, history 3 more" in said
    assert not done.is_denied, "history was read"
    alone = await scans(monkeypatch, "all", all=[replace(denied, share=None)])
    assert alone.is_denied
    assert capsys.readouterr().err.splitlines()[-1] == "100%  search found 0 clips"
    named = await scans(monkeypatch, clips=[denied], talk=[denied])
    assert named.is_denied
    assert "#talk: search_denied: not for bots\n" in capsys.readouterr().err
    dead = await scans(monkeypatch, "all", all=[DEAD])
    assert dead.failures == {"search": "dead letter: wrong_guild: not there"}


async def test_a_terminal_shows_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=100, height=20, color_system=None)
    monkeypatch.setattr(guild_progress, "Console", lambda **_: terminal)
    await scans(monkeypatch, **{f"c{n}": [RUNNING, DONE] for n in range(40)})
    shown = screen.getvalue()
    assert "40 of 40 done, 400 pages, 40,000 messages, 120 clips" in shown
    assert "c1" not in shown
