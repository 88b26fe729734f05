"""The hours in which guilds are watched."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.config.active_hours import parse_hours, wrong_with_hours, wrong_with_zone

BERLIN = ZoneInfo("Europe/Berlin")


def unix(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        ("08:00-23:30", "2026-11-26T08:00", "2026-11-26T08:00"),
        ("08:00-23:30", "2026-11-26T23:29", "2026-11-26T23:29"),
        ("08:00-23:30", "2026-11-26T23:30", "2026-11-27T08:00"),
        ("08:00-23:30", "2026-11-26T03:00", "2026-11-26T08:00"),
        ("22:00-06:00", "2026-11-26T23:00", "2026-11-26T23:00"),
        ("22:00-06:00", "2026-11-26T05:59", "2026-11-26T05:59"),
        ("22:00-06:00", "2026-11-26T06:00", "2026-11-26T22:00"),
        # The clock was put forward at 2 and back at 3.
        ("08:00-23:30", "2026-03-29T01:00", "2026-03-29T08:00"),
        ("08:00-23:30", "2026-10-25T01:00", "2026-10-25T08:00"),
    ],
)
def test_when_they_begin(hours: str, now: str, opens: str) -> None:
    active = parse_hours(hours, "Europe/Berlin")
    assert active is not None
    assert active.opens_at(unix(now)) == unix(opens)


def test_no_hours_are_always() -> None:
    assert parse_hours("", "nowhere") is None


TIMES = st.times().map(lambda time: f"{time:%H:%M}")


@given(TIMES, TIMES, st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]), st.data())
def test_they_begin_within_a_day_and_then_it_is_time(start, end, zone, data) -> None:
    if start == end:
        return
    hours = parse_hours(f"{start}-{end}", zone)
    now = data.draw(st.floats(min_value=1.5e9, max_value=2.5e9))
    opens = hours.opens_at(now)
    assert now <= opens <= now + 25 * 3600
    # Where the clock leaves the hour out, it is a moment later.
    assert hours.opens_at(opens + 7200) == opens + 7200 or opens == hours.opens_at(opens)


@pytest.mark.parametrize("text", ["24:00-06:00", "08:60-09:00", "08:00-08:00"])
def test_what_are_no_hours(text: str) -> None:
    assert wrong_with_hours(text)


@pytest.mark.parametrize("name", ["Europe/Berlni", "", "../etc/passwd", "Europe", "/etc/localtime"])
def test_what_is_no_zone_is_named(name: str) -> None:
    assert repr(name) in (wrong_with_zone(name) or "")


def test_what_is_fine() -> None:
    assert wrong_with_hours("") is wrong_with_hours("08:00-23:30") is None
    assert wrong_with_zone("UTC") is wrong_with_zone("America/Argentina/Ushuaia") is None
