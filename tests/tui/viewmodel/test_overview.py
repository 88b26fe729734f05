"""The first screen, at both sizes."""

from __future__ import annotations

from dataclasses import replace

from clipsaver.queue.operating.pending import Counts
from clipsaver.tui.sources.seen import OverviewBody
from clipsaver.tui.viewmodel.layout import half_width, whole_width
from clipsaver.tui.viewmodel.overview import overview
from tests.tui.viewmodel.made import (
    ASCII,
    NARROW,
    NOW_MS,
    WIDE,
    audit,
    event,
    gone,
    limits,
    minutes,
    no_wider_than,
    running,
    seen,
    text,
    worker,
)

ROWS = (
    running(share="0.62", rate="98", eta_at=str(NOW_MS + 384_000)),
    running("1769428209542-0", share="0.18", messages="3600", rate="96.2"),
    running("1769428209543-0", share="0.1", waits_for="bucket", waits_until=str(NOW_MS + 3200)),
    running("1769428209544-0", messages="970", rate="1.3"),
)
EVENTS = (
    event("retry", 6, reason="discord_unavailable", error="502", attempts=2, delay_s=16),
    event("wait", 4, why="channel_busy", of="", delay_s=3.2),
    event("done", 1, pages=3, messages=300, clips=7),
)
BODY = OverviewBody(
    minutes(), tuple(range(60)), ROWS, limits(), EVENTS, (audit(),), NOW_MS - 842_000
)
BUSY = seen(
    BODY, dead=4, oldest_dead_ms=NOW_MS - 7_900_000, workers=(worker(), gone()),
    counts=Counts(15, 3, 3, 7, 11, 1),
)  # fmt: skip
IDLE = seen(OverviewBody((), (), (), None, (), ()), counts=Counts(0, 0, 0, 0, 0, 0), dead=0)


def panes_of(shown):
    found = (shown.attention, shown.minutes, shown.running, shown.streams, shown.budget,
             shown.events)  # fmt: skip
    return [one for one in found if one is not None]


def test_running_now_on_120_columns():
    shown = overview(BUSY, WIDE).running
    assert text(shown.lines) == [
        "JOB              KIND         WHERE                   PROGRESS"
        "                                  DONE    RATE     ETA",
        "1769428198123-0  batch        guild-a #clips          ████████████████░░░░░░░░░  62%"
        "  62,400 / ~101k    98/s  6m 24s",
        "1769428209542-0  batch        guild-a #clips          ████░░░░░░░░░░░░░░░░░░░░░  18%"
        "    3,600 / ~20k    96/s       -",
        "1769428209543-0  batch        guild-a #clips          waits for bucket              "
        "  62,400 / ~624k       -    3.2s",
        "1769428209544-0  batch        guild-a #clips          ░░░░░░░░█████░░░░░░░░░░░░░░░░░"
        "             970   1.3/s       -",
        "12 running, 22 queued behind them   (enter opens the job, 2 shows all)",
    ]
    assert shown.keys == ("", *(one.run_id for one in ROWS), "")
    assert shown.note == "4 of 12"


def test_what_a_worker_held_that_is_gone_does_not_run():
    lost = replace(ROWS[1], worker=gone().name)
    shown = overview(replace(BUSY, body=replace(BODY, running=(ROWS[0], lost))), WIDE).running
    assert shown.keys == ("", ROWS[0].run_id, "")
    counts = Counts(15, 3, 15, 7, 11, 1)
    common = replace(BUSY.common, workers=(), counts=counts)
    for look in (WIDE, NARROW):
        shown = overview(replace(BUSY, common=common), look).running
        assert text(shown.lines) == ["nothing runs; 34 wait"]
        assert shown.note == ""


def test_running_now_on_80_columns():
    shown = overview(BUSY, NARROW).running
    assert text(shown.lines)[:3] == [
        "…8198123-0 guild-a #clips          ████████████░░░░░░░░  62%    98/s  6m 24s",
        "…8209542-0 guild-a #clips          ████░░░░░░░░░░░░░░░░  18%    96/s       -",
        "…8209543-0 guild-a #clips          waits for bucket                -    3.2s",
    ]
    assert shown.keys == tuple(one.run_id for one in ROWS)


def test_problems_are_lines_in_their_order():
    shown = overview(BUSY, WIDE)
    lines = text(shown.attention.lines)
    assert lines[0] == "!! 4 dead letters, oldest 2h 11m            Dead letters"
    assert lines[1].startswith("!  3 entries of w-9, gone")
    assert len(lines) == len(shown.problems) == int(shown.attention.note)


def test_what_is_left_out_on_80_columns():
    assert overview(BUSY, NARROW).streams is None
    assert overview(BUSY, NARROW).budget is None


def test_streams_and_budget():
    shown = overview(BUSY, WIDE)
    assert text(shown.streams.lines)[1:] == [
        "held by workers                             15         -",
        "  of workers that are gone                   3         -",
        "in line                                      7         -",
        "not read yet                                11   14m 02s",
        "delayed                                      1         -",
        "dead                                         4    2h 11m",
    ]
    assert text(shown.budget.lines)[1:3] == [
        "all, 50/s                   41 / 50 ██████████░░       -",
        "GET messages 4798             5 / 5 ████████████    3.2s",
    ]


def test_a_curve_keeps_a_peak_of_one_minute_and_ends_with_the_last_whole_minute():
    lines = text(overview(BUSY, WIDE).minutes.lines)
    assert [line.split()[0] for line in lines[:4]] == ["jobs/min", "clips/min", "failures", "429s"]
    assert lines[2].split()[1].count("█") == 2  # of minutes 0 and 31
    assert lines[3].split()[-1] == "58"
    assert lines[4].startswith("left to do ")
    assert lines[4].endswith(" 59")


def test_the_newest_event_is_first_and_actions_are_among_them():
    shown = overview(BUSY, NARROW).events
    lines = text(shown.lines)
    assert lines[0] == "12:04:36  w-1  …8198123-0  done: 3 pages, 300 messages, 7 clips"
    assert lines[1] == "12:04:33  w-1  …8198123-0  waits for channel_busy, 3.2s"
    assert lines[2] == "12:04:32  alice@host  dead retry: 3 (--type=batch)"
    assert len(shown.keys) == len(lines)


def test_nothing_at_all_says_so():
    shown = overview(IDLE, WIDE)
    assert text(shown.attention.lines) == ["nothing needs you"]
    assert text(shown.running.lines) == ["nothing runs and nothing waits; clipsaver push adds jobs"]
    assert text(shown.budget.lines) == [
        "no token is configured here, so its limits cannot be",
        "looked up",
    ]
    assert text(shown.events.lines) == ["no event is kept: nothing has happened yet"]
    assert panes_of(overview(replace(IDLE, body=None), NARROW))


def test_every_line_fits_its_pane():
    for look in (WIDE, NARROW, ASCII):
        for known in (BUSY, IDLE):
            for pane in panes_of(overview(known, look)):
                cells = half_width(look) if pane.is_half else whole_width(look)
                assert no_wider_than(pane.lines, cells), pane.title


def test_ascii_holds_only_what_a_console_can_show():
    for pane in panes_of(overview(BUSY, ASCII)):
        assert all(line.isascii() for line in text(pane.lines)), pane.title
