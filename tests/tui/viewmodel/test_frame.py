"""The two lines above every screen, and the banner."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clipsaver.queue.worker_statistics import Discord, WorkerStatistics
from clipsaver.tui.sources.seen import Store
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.connection import Connection, Link
from clipsaver.tui.viewmodel.frame import banner, frame_lines, tabs
from clipsaver.tui.viewmodel.layout import line_len, plain
from tests.tui.viewmodel.made import NARROW, NOW_MS, WIDE, away, gone, seen, worker

OK = Connection(Link.OK)


def lines(known, look, *, mode="rw", is_paused=False, connection=OK, current=View.PENDING):
    shown = frame_lines(
        known, look, current=current, mode=mode, tick_s=1, is_paused=is_paused,
        connection=connection,
    )  # fmt: skip
    return [plain(line) for line in shown]


BUSY = seen(dead=4, oldest_dead_ms=NOW_MS - 7_900_000, limit_waits=1)


def test_120_columns_as_drawn():
    assert lines(BUSY, WIDE) == [
        " clipsaver 0.1.0   redis ok 0.6ms   postgres ok 2.1ms   discord ok 41/50 rps   workers 3/3"
        "     rw   tick 1s   12:04:37Z ",
        " 1 Overview  2 Jobs 12  [3 Pending 31]  4 Dead 4!  5 Limits 1  6 Workers 3  7 Clips 12k  "
        "8 Logs     default@config.toml ",
    ]


def test_80_columns_as_drawn():
    assert lines(BUSY, NARROW, current=View.OVERVIEW) == [
        " clipsaver  redis ok  pg ok  discord 41/50  workers 3/3         rw 1s 12:04:37Z ",
        " [1 Over] 2 Jobs 12 3 Pend 31 4 Dead 4! 5 Limit 6 Work 7 Clip 8 Log             ",
    ]


@pytest.mark.parametrize(
    "look", [WIDE, NARROW, replace(NARROW, width=60), replace(WIDE, width=200)]
)
@pytest.mark.parametrize("known", [None, BUSY, seen(workers=(), counts=None, version="9" * 200)])
@pytest.mark.parametrize("is_paused", [True, False])
def test_both_lines_fit_whatever_is_known(look, known, is_paused):
    shown = frame_lines(
        known, look, current=View.LOGS, mode="READ ONLY", tick_s=0.25, is_paused=is_paused,
        connection=OK,
    )  # fmt: skip
    assert all(line_len(line) <= look.width for line in shown)
    if look.width >= 80:
        clock = "12:04:37Z " if known else "--:--:--Z "  # nobody has told the time yet
        assert plain(shown[0]).endswith(clock)
        assert "READ ONLY" in plain(shown[0])


def test_what_is_away_is_said_in_a_word():
    known = seen(database=Store(error="refused"), workers=(worker(statistics=away(discord_s=3.0)),))
    assert "redis ok  pg DOWN  discord DOWN  workers 1/1" in lines(known, NARROW)[0]
    held = WorkerStatistics(discord=Discord(token_held_for_s=3.0))
    assert "discord TOKEN  " in lines(seen(workers=(worker(statistics=held),)), NARROW)[0]


def test_a_redis_that_is_away_is_no_more_called_well():
    down = Connection(Link.DOWN, "refused", 14.2, 4, 4.0)
    assert "redis DOWN" in lines(BUSY, NARROW, connection=down)[0]
    shown = plain(banner(down, BUSY, NARROW))
    assert shown.startswith(" REDIS DOWN 14s  refused ")
    assert shown.endswith("try 4, next in 4s   data of 12:04:37Z ")
    wide = plain(banner(down, BUSY, WIDE))
    assert wide.endswith("try 4, next in 4s   ctrl+r now   data of 12:04:37Z ")
    assert len(shown) == 80
    assert "nothing was seen yet" in plain(banner(down, None, WIDE))


def test_what_else_the_banner_says():
    assert banner(OK, BUSY, WIDE) is None
    assert plain(banner(replace(OK, back_after_s=14.2), BUSY, WIDE)) == " back after 14s"
    broken = replace(OK, mistake="KeyError: 'x'")
    assert "A MISTAKE OF OURS: KeyError: 'x'" in plain(banner(broken, BUSY, WIDE))
    no_database = seen(database=Store(error="refused", since_ms=NOW_MS - 65_000))
    shown = plain(banner(OK, no_database, WIDE))
    assert shown.startswith(" POSTGRESQL DOWN 1m 05s  refused")


def test_an_error_of_any_length_leaves_room_for_what_to_do():
    down = Connection(Link.DOWN, "x\x1b[2J" * 500, 14.2, 4, 4.0)
    shown = plain(banner(down, BUSY, NARROW))
    assert len(shown) == 80
    assert "next in 4s" in shown


def test_why_redis_does_not_answer_comes_before_where_it_is():
    words = "Redis at unix:///var/lib/clipsaver/valkey/valkey.sock?db=0 did not answer in time; is"
    shown = plain(banner(Connection(Link.DOWN, words, 14.2, 4, 4.0), BUSY, NARROW))
    assert "did not answer in time" in shown
    words = "Redis at redis://:***@host:6379/0: nothing listens there; start it"
    shown = plain(banner(Connection(Link.DOWN, words, 14.2, 4, 4.0), BUSY, NARROW))
    assert "nothing listens there" in shown
    assert "\x1b" not in shown


def test_paused():
    look = replace(WIDE, now_ms=NOW_MS + 12_000)
    assert "paused 12s" in lines(BUSY, look, is_paused=True)[0]


def test_tabs_count_and_warn():
    shown = {one.view: one for one in tabs(seen(dead=4, workers=(gone(),)))}
    assert (shown[View.DEAD].count, shown[View.DEAD].needs_attention) == (4, True)
    assert (shown[View.WORKERS].count, shown[View.WORKERS].needs_attention) == (None, True)
    assert not shown[View.JOBS].needs_attention
    assert [one.number for one in tabs(None)] == list(range(1, 9))
