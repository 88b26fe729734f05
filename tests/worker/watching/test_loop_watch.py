"""A loop that was held is reported, with the function that held it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import trio
from structlog.testing import capture_logs

from clipsaver.worker.watching import loop_watch, task_tree
from clipsaver.worker.watching.loop_watch import watch_loop


def hold(seconds: float) -> None:
    """As code of ours would that blocks."""
    time.sleep(seconds)


async def test_the_function_that_held_the_loop_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_watch, "BLOCKED_S", 0.2)
    monkeypatch.setattr(loop_watch, "_TICK_S", 0.02)
    monkeypatch.setattr(task_tree, "_OURS", f"{Path(__file__).parent}/")
    with capture_logs() as told:
        async with trio.open_nursery() as nursery:
            await nursery.start(watch_loop)
            await trio.sleep(0.1)
            hold(0.7)
            await trio.sleep(0.1)
            nursery.cancel_scope.cancel()
    (line,) = told
    assert (line["event"], line["log_level"]) == ("loop_blocked", "warning")
    assert 0.5 <= line["for_s"] < 5
    assert line["cpu_s"] <= line["for_s"]
    assert line["at"].startswith(f"{Path(__file__).name}:")
    assert line["at"].endswith(" hold")


async def test_a_loop_that_only_waits_is_not_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_watch, "BLOCKED_S", 1.0)
    monkeypatch.setattr(loop_watch, "_TICK_S", 0.01)
    with capture_logs() as told:
        async with trio.open_nursery() as nursery:
            await nursery.start(watch_loop)
            await trio.sleep(0.1)
            nursery.cancel_scope.cancel()
    assert told == []
