"""What looks come to: backing off, what stays on the screen, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

import pytest

from clipsaver.queue.operating.jobs import JobRow
from clipsaver.queue.operating.sketch import Sketch
from clipsaver.queue.produce import JobState, JobStatus
from clipsaver.tui.looking.pace import LONGEST_S, SHORTEST_S, Pace
from clipsaver.tui.looking.progress import only_changed, runs_in, with_progress
from clipsaver.tui.looking.state import Looking, wait_after
from clipsaver.tui.sources.seen import Common, JobsBody, LimitsBody, Seen, Store
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.connection import Link

NOON = 1_700_000_000_000


def seen(at_ms: int = NOON, *, dead: int = 0) -> Seen:
    return Seen(at_ms, Common(Store(1.0), Store(1.0), dead=dead), LimitsBody(None))


def test_tries_come_after_1_2_4_8_and_then_every_10_seconds_for_ever() -> None:
    assert [wait_after(tries) for tries in (1, 2, 3, 4, 5, 6, 1000)] == [1, 2, 4, 8, 10, 10, 10]
    now = list(accumulate([100.0, *(wait_after(tries) for tries in range(1, 6))]))
    state = Looking().answered(View.DEAD, seen(), 99.0)
    for at_s in now:
        state = state.failed("refused", at_s)
    shown = state.connection(now[-1] + 4)
    assert (shown.state, shown.try_number, shown.next_try_in_s) == (Link.DOWN, 6, 6.0)
    assert shown.down_for_s == now[-1] + 4 - 100


def test_what_was_seen_stays_while_redis_is_away_and_is_said_to_be_old() -> None:
    state = Looking().answered(View.DEAD, seen(dead=3), 100.0)
    assert not state.is_stale(View.DEAD)
    away = state.failed("refused\x1b[31m", 101.0)
    assert away.of(View.DEAD) == seen(dead=3)
    assert away.is_stale(View.DEAD)
    assert not away.is_old(View.DEAD), "the latest of all looks was at it"
    assert away.error == "refused"
    assert away.now_ms(105.0) == NOON + 5000
    back = away.answered(View.DEAD, seen(NOON + 9000), 109.0)
    assert not back.is_stale(View.DEAD)
    assert back.connection(110.0).back_after_s == 8.0
    assert back.connection(130.0).back_after_s is None, "it is news for some seconds only"


def test_another_screen_is_shown_as_it_was_under_the_frame_of_now() -> None:
    state = Looking().answered(View.DEAD, seen(dead=3), 100.0)
    state = state.answered(View.LIMITS, seen(NOON + 60_000, dead=4), 160.0)
    shown = state.of(View.DEAD)
    assert shown is not None
    assert (shown.at_ms, shown.common.dead) == (NOON, 4)
    assert state.is_stale(View.DEAD)
    assert state.is_old(View.DEAD)
    assert not state.is_old(View.LIMITS)
    assert not state.is_old(View.JOBS)
    assert not state.is_stale(View.LIMITS)
    assert state.of(View.JOBS) is None
    assert not state.is_stale(View.JOBS)


def test_a_mistake_of_ours_is_said_until_a_look_succeeds_and_does_not_hurry() -> None:
    state = Looking().answered(View.DEAD, seen(), 100.0).stumbled("KeyError: 'x'")
    assert state.connection(100.0).mistake == "KeyError: 'x'"
    assert state.next_in_s(0.25, 100.0) == 1.0
    assert state.is_stale(View.DEAD)
    assert state.answered(View.DEAD, seen(), 101.0).connection(101.0).mistake == ""


def test_the_next_look_comes_after_the_tick_a_failed_one_by_its_own_time() -> None:
    state = Looking().answered(View.DEAD, seen(), 100.0)
    assert state.next_in_s(2.0, 100.0) == 2.0
    assert state.next_in_s(None, 100.0) is None, "paused"
    failed = state.failed("refused", 100.0)
    assert failed.next_in_s(None, 100.4) == pytest.approx(0.6), "being paused ends no reconnecting"
    assert failed.next_in_s(2.0, 107.0) == 0.0


def test_the_tick_goes_from_a_quarter_of_a_second_to_thirty() -> None:
    pace = Pace(1.0)
    for _ in range(9):
        pace = pace.faster()
    assert pace.tick_s == SHORTEST_S
    ticks = [pace.tick_s]
    for _ in range(9):
        pace = pace.slower()
        ticks.append(pace.tick_s)
    assert ticks == [0.25, 0.5, 1, 2, 5, 10, 30, 30, 30, 30]
    assert pace.tick_s == LONGEST_S
    assert Pace(3.0).faster().tick_s == 2.0, "from a tick that is none of the steps, too"
    assert Pace(1.0, is_watched=False).interval_s == 5.0
    assert Pace(10.0, is_watched=False).interval_s == 10.0
    assert Pace(1.0, is_paused=True).interval_s is None


def row(run_id: str, state: str = "running") -> JobRow:
    job = Sketch("batch", None, None)
    return JobRow(run_id, state, job, 0.1, 1, 100, 2, "w-1", "", stage="scan", waits_for="discord")


def status(state: JobState = JobState.RUNNING) -> JobStatus:
    return JobStatus(state, 5, 500, 7, 0.5, None, None, None, None, None, "w-1", rate=98.0)


def test_progress_changes_the_runs_that_told_of_it_and_nothing_else() -> None:
    body = JobsBody((row("a"), row("b"), row("c", "waiting")), is_more=False)
    before = Seen(NOON, seen().common, body)
    assert runs_in(before) == ("a", "b")
    after = with_progress(before, {"a": status(), "b": status(JobState.DONE), "z": status()})
    assert isinstance(after.body, JobsBody)
    told = after.body.rows[0]
    assert (told.messages, told.share, told.messages_per_s, told.waits_for) == (
        500,
        0.5,
        98.0,
        None,
    )
    assert told.stage == "scan", "what was not said stays"
    assert after.body.rows[1:] == body.rows[1:], "how it ended, the next look knows"
    assert with_progress(seen(), {"a": status()}) == seen()


def test_between_two_looks_only_runs_that_got_on_are_made_anew() -> None:
    body = JobsBody((row("a"), row("b"), row("c", "waiting")), is_more=False)
    before = Seen(NOON, seen().common, body)
    after = with_progress(before, {"b": status()})
    changed = only_changed(before, after)
    assert changed is not None
    assert isinstance(changed.body, JobsBody)
    assert [one.run_id for one in changed.body.rows] == ["b"]
    assert only_changed(None, after) is None
    assert only_changed(before, replace(after, at_ms=NOON + 1)) is None
    assert only_changed(before, replace(after, common=replace(after.common, dead=9))) is None
    fewer = JobsBody(body.rows[:2], is_more=False)
    assert only_changed(before, replace(after, body=fewer)) is None
    assert only_changed(seen(), seen()) is None, "only jobs get on between two looks"


def test_a_screen_of_which_a_look_told_nothing_stays_as_it_was_and_is_old() -> None:
    state = Looking().answered(View.CLIPS, seen(), 100.0)
    state = state.answered(View.CLIPS, replace(seen(NOON + 1000, dead=1), body=None), 101.0)
    shown = state.of(View.CLIPS)
    assert shown is not None
    assert (shown.at_ms, shown.body, shown.common.dead) == (NOON, LimitsBody(None), 1)
    assert state.is_stale(View.CLIPS)
    assert not state.answered(View.CLIPS, seen(NOON + 2000), 102.0).is_stale(View.CLIPS)
