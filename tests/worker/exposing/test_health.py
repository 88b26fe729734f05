"""When a worker lives, and when it works."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.worker.exposing.health import LATE_S, Standing, liveness, readiness
from clipsaver.worker.exposing.ticks import EVERY_S, KEPT_S, Ticks

WELL = Standing(state="running")


def test_a_worker_at_work_is_ready() -> None:
    verdict = readiness(WELL)
    assert (verdict.status, verdict.is_fine) == (200, True)
    assert verdict.text.splitlines() == [
        "ready",
        "reads: ok (takes jobs)",
        "redis: ok (no trouble)",
        "postgresql: ok (no trouble)",
        "token: ok (not rejected)",
        "discord: ok (no trouble)",
        "thumbnails: ok (no trouble)",
    ]


@pytest.mark.parametrize(
    ("standing", "line"),
    [
        (replace(WELL, state="paused"), "reads: not ok (paused by an operator: it takes nothing"),
        (replace(WELL, state="draining"), "reads: not ok (draining by an operator"),
        (replace(WELL, state="stopping"), "reads: not ok (the worker stops)"),
        (replace(WELL, redis_away_s=12.3), "redis: not ok (away for 12 s; the log says why)"),
        (replace(WELL, database_away_s=600.0), "postgresql: not ok (away for 10 min; the log"),
        (replace(WELL, token_held_s=0.2), "token: not ok (rejected by Discord for 0 s: give"),
        (replace(WELL, has_stores=False), "redis: not ok (not asked)"),
    ],
)
def test_what_keeps_it_from_working_is_named(standing: Standing, line: str) -> None:
    verdict = readiness(standing)
    assert verdict.status == 503
    first, *lines = verdict.text.splitlines()
    assert first == "not ready"
    assert sum(" not ok (" in each for each in lines) == (1 if standing.has_stores else 2)
    assert any(each.startswith(line) for each in lines)


@pytest.mark.parametrize("name", ["discord", "thumbnails"])
def test_what_another_worker_would_not_do_better_is_a_note(name: str) -> None:
    verdict = readiness(replace(WELL, **{f"{name}_away_s": 30.0}))
    assert verdict.status == 200
    assert f"{name}: note (away for 30 s; the log says why)" in verdict.text


def test_a_worker_that_starts_is_alive_and_not_ready() -> None:
    assert readiness(Standing("starting", has_stores=False)).status == 503
    assert liveness(0.0, 0.0).status == 200


@pytest.mark.parametrize(("late_s", "status"), [(0.0, 200), (LATE_S - 0.1, 200), (LATE_S, 503)])
def test_a_scheduler_that_is_late_is_no_life(late_s: float, status: int) -> None:
    verdict = liveness(late_s, 7.5)
    assert verdict.status == status
    assert f"late by {late_s * 1000:.0f} ms, by 7500 ms at most in the last minute" in verdict.text


def test_a_tick_on_time_forgives_the_one_before_and_a_minute_forgets_it() -> None:
    ticks = Ticks(100.0)
    assert ticks.late_s(100.0 + EVERY_S) == 0.0
    assert ticks.late_s(100.0 + EVERY_S + 8.0) == 8.0  # nobody has woken since
    ticks.note(108.5, 8.0)
    assert (ticks.late_s(108.6), ticks.worst_s(108.6)) == (8.0, 8.0)
    ticks.note(109.0, 0.001)
    assert (ticks.late_s(109.1), ticks.worst_s(109.1)) == (0.001, 8.0)
    ticks.note(109.0 + KEPT_S, 0.0)
    assert ticks.worst_s(109.0 + KEPT_S) == 0.001


@given(st.lists(st.floats(0, 20), max_size=300), st.floats(0, 5))
def test_lateness_is_never_negative_and_the_worst_is_no_less(
    lates: list[float], since_s: float
) -> None:
    now = 0.0
    ticks = Ticks(now)
    for late_s in lates:
        now += EVERY_S + late_s
        ticks.note(now, late_s)
    assert 0.0 <= ticks.late_s(now + since_s) <= ticks.worst_s(now + since_s)
