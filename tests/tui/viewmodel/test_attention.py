"""What needs a person, in its order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clipsaver.discord_rest.limits.view import Invalid
from clipsaver.queue.operating.pending import Counts
from clipsaver.queue.operating.workers import WorkerState
from clipsaver.queue.worker_statistics import Discord, WorkerStatistics
from clipsaver.tui.filters import Filter, parse
from clipsaver.tui.sources.seen import (
    LimitsBody,
    OverviewBody,
    PendingBody,
    Store,
    WorkersBody,
)
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.attention import attention, equals, of_common
from clipsaver.tui.viewmodel.listings import LISTINGS
from clipsaver.tui.viewmodel.rows import Tone
from tests.tui.viewmodel.made import (
    CLIPS,
    NOW_MS,
    WIDE,
    away,
    bucket,
    common,
    entry,
    gone,
    limits,
    seen,
    waiter,
    worker,
)

CALM = OverviewBody((), (), (), limits(buckets=[], waiting=[]), (), ())
REFUSED = WorkerStatistics(discord=Discord(token_held_for_s=242.0))


def held(*entries):
    return PendingBody(entries, is_more=False, looked_at=len(entries))


def said(body=None, **fields):
    return [one.words for one in attention(seen(body, **fields), NOW_MS)]


def one(body=None, **fields):
    (only,) = attention(seen(body, **fields), NOW_MS)
    return only


def test_a_healthy_fleet_needs_nobody():
    assert said(CALM) == []
    assert attention(None, NOW_MS) == ()


def test_the_order_of_all_that_may_be_wrong():
    body = replace(
        CALM,
        depths=(None, 100, 120, 150, 170, 180, 350),
        limits=limits(
            invalid=[Invalid("host-a", 1200, 0.0)], closed_for_s=4.0, closed_why="global"
        ),
        storage_error="no space left on device",
    )
    workers = (
        worker("w-1", statistics=away(redis_s=12.0, thumbnails_s=40.0)),
        worker("w-2", statistics=REFUSED, beat_ms_ago=9100),
        worker("w-3", version="0.2.0"),
        gone(),
    )
    found = said(
        body, dead=4, oldest_dead_ms=NOW_MS - 7_900_000, workers=workers,
        database=Store(error="refused", since_ms=NOW_MS - 14_000),
        counts=Counts(15, 3, 3, 7, 11, 1),
    )  # fmt: skip
    assert found == [
        "4 dead letters, oldest 2h 11m",
        "Redis is away for w-1, since 12s",
        "PostgreSQL is away for 14s: refused",
        "Discord refuses the token for 4m 02s; nothing is sent",
        "3 entries of w-9, gone, taken over in 12s",
        "350 jobs left, growing +50/min",
        "GET messages 4798 used up for 3.2s, 2 requests wait",
        "nothing is sent for 4.0s: Discord's 429 asked for it, for all requests",
        "1,200 refused requests in 10 min from host-a (Discord bans at 10,000)",
        "no thumbnails are made for 40s: no space left on device",
        "w-2 last heartbeat 9s ago (one is due each 5s)",
        "workers run 0.2.0, this is 0.1.0: what is new is shown as it comes",
    ]


def test_no_worker_says_who_was_last_and_how_to_start_one():
    found = one(workers=(gone("w-8", 0, idle_ms=3_600_000), gone("w-9", 0)))
    assert found.words == "no worker is alive; start one: clipsaver run", "whole on 120 columns"
    assert found.hint == "w-9 was there 14m 00s ago"
    assert (found.urgency, found.goes_to) == (Tone.BAD, View.WORKERS)
    assert said(workers=()) == ["no worker is alive; start one: clipsaver run"]


def test_while_redis_is_away_nobody_says_that_the_workers_are():
    found = said(workers=(), redis=Store(error="refused"))
    assert found == ["Redis is away: refused"]


@pytest.mark.parametrize(
    ("depths", "is_told"),
    [
        ((1, 2, 3, 4, 5, 6), True),
        ((9, 1, 2, 3, 4, 5, 6), True),
        ((1, 2, 3, 4, 5), False),  # not for five minutes yet
        ((1, 2, 3, 3, 4, 5), False),
        ((9, 8, 7, 6, 5, 4), False),
        ((1, 2, None, 4, 5, 6), False),  # nobody looked: it is not known
        ((), False),
    ],
)
def test_growing_for_five_minutes(depths, is_told):
    found = attention(seen(replace(CALM, depths=depths)), NOW_MS)
    assert bool(found) == is_told
    if is_told:
        assert found[0].filter == "state=waiting"


def test_a_bucket_that_is_empty_matters_when_somebody_waits():
    assert said(replace(CALM, limits=limits(waiting=[]))) == []
    many = limits(buckets=[bucket(), bucket(major="7", free_in_s=1.0)], waiting=[waiter()])
    assert said(replace(CALM, limits=many)) == ["2 buckets used up for 3.2s, 1 request waits"]
    assert said(LimitsBody(many)) == ["2 buckets used up for 3.2s, 1 request waits"]


def test_each_line_leads_to_its_rows():
    assert one(workers=(worker(), gone()), counts=Counts(3, 1, 3, 0, 0, 0)).filter == "consumer=w-9"
    two = (worker(), gone(), gone("w-8"))
    assert one(workers=two, counts=Counts(6, 2, 6, 0, 0, 0)).filter == "holder=gone"
    assert one(workers=(worker("w 2", beat_ms_ago=9100),)).filter == 'name="w 2"'
    assert equals("name", 'a"b\\') == 'name="a\\"b\\\\"'


def test_every_look_tells_the_common_part():
    known = common(dead=1)
    assert [one.words for one in of_common(known, NOW_MS)] == ["1 dead letter"]


def test_what_a_worker_says_of_a_later_version_is_no_worry_but_said():
    (found,) = attention(seen(workers=(worker(state=WorkerState.UNKNOWN, version="9"),)), NOW_MS)
    assert (found.urgency, found.mark) == (Tone.NOTE, "  ")


@pytest.mark.parametrize(
    ("known", "keys"),
    [
        (
            seen(
                held(entry(), entry("7-0", worker="w-9", is_alive=False)),
                workers=(worker(), gone()), counts=Counts(2, 2, 1, 0, 0, 0),
            ),
            ["7-0"],
        ),
        (
            seen(
                held(entry(), entry("7-0", worker="w-8", is_alive=False)),
                workers=(worker(), gone(), gone("w-8")), counts=Counts(2, 2, 1, 0, 0, 0),
            ),
            ["7-0"],
        ),
        (seen(LimitsBody(limits())), ["GET /channels/{channel_id}/messages " + CLIPS]),
        (
            seen(
                WorkersBody(()),
                workers=(worker(), worker("w-2", statistics=away(database_s=3.0))),
            ),
            ["w-2"],
        ),
        (seen(WorkersBody(()), workers=(worker("w-1", version="9"), worker("w-2"))), ["w-1"]),
        (seen(WorkersBody(()), workers=(worker(), worker("w 2", beat_ms_ago=9100))), ["w 2"]),
    ],
)  # fmt: skip
def test_the_filter_of_a_line_finds_what_it_is_about(known, keys):
    found = attention(known, NOW_MS)[0]
    listing = LISTINGS[found.goes_to]
    fields = {one.name.lower(): one.name for one in listing.columns} | dict(listing.fields)
    measures = {
        one.name.lower(): one.measure for one in listing.columns if one.measure is not None
    } | dict(listing.measures)
    only = parse(found.filter, fields, measures)
    assert isinstance(only, Filter), only
    rows = listing.rows(known, WIDE)
    assert [row.key for row in rows if only.matches(row.values, (), NOW_MS)] == keys
