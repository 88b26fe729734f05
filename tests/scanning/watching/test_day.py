"""Hours of watching on a virtual clock: nothing is missed, and quiet costs two requests."""

from __future__ import annotations

import trio

from benchmarks.watched_day import START, Day, Pace
from benchmarks.watcher import INTERVAL_S, open_watcher
from benchmarks.watching import made_up, watch_whole
from tests.permits import AtOnce

HOURS = 2.0
OUTAGE_AT = START + 2700


async def test_nothing_is_missed_and_quiet_costs_two_requests(
    postgres_dsn: str, redis_url: str
) -> None:
    pace = Pace(posts=25, edits=8, deletions=8, late_embeds=4, forum_posts=4, channels=1)
    day = Day(HOURS, seed=3, pace=pace)
    with trio.fail_after(60):
        async with open_watcher(
            day,
            database_url=postgres_dsn,
            redis_url=redis_url,
            schema="watched_day",
            permits=AtOnce(),
        ) as watcher:
            await watch_whole(watcher, outage_at=OUTAGE_AT)
            assert day.changed
            assert await watcher.clips() == day.clips() != set()
            async with watcher.database.connection() as connection:
                await connection.execute("drop schema watched_day cascade")
    found = watcher.found_after_s
    assert len(found) > 20
    late = made_up(OUTAGE_AT)
    assert any(int(day.posted[one]) in late for one in found)
    assert max(found[one] for one in found if int(day.posted[one]) not in late) <= INTERVAL_S
    turns = [one for one in watcher.intervals if not one.is_survey]
    quiet = [one.requests for one in turns if not (one.news or one.looked_at)]
    assert len(quiet) > 20
    assert set(quiet) == {2}
    assert max(one.beyond for one in turns if not one.looked_at) == 0
