"""The hours of the day at which guilds are watched, in somebody's time zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class ActiveHours:
    """From `start` up to `end` of each day; over midnight where `end` is the earlier."""

    start: time
    end: time
    zone: ZoneInfo

    def opens_at(self, now: float) -> float:
        """`now` where it is within them, else when they begin next. Both in Unix seconds."""
        local = datetime.fromtimestamp(now, self.zone)
        at = local.time()
        over_midnight = self.end < self.start
        if (at >= self.start or at < self.end) if over_midnight else self.start <= at < self.end:
            return now
        day = local.date() if at < self.start else local.date() + timedelta(days=1)
        # An hour that the clock leaves out on that day is taken as if it did not.
        return max(now, datetime.combine(day, self.start, self.zone).timestamp())


def parse_hours(text: str, zone: str) -> ActiveHours | None:
    """The hours in `watch.active_hours`; None = always.

    Raises ValueError, which says what is wrong with them or with the zone.
    """
    if not text:
        return None
    start, _, end = text.partition("-")
    hours = ActiveHours(_time(start), _time(end), _zone(zone))
    if hours.start == hours.end:
        raise ValueError(f"{text} is no time at all; leave it empty to watch always")
    return hours


def wrong_with_hours(text: str) -> str | None:
    """Why these are no hours, or None."""
    return _wrong_with(text, "UTC")


def wrong_with_zone(name: str) -> str | None:
    """Why this is no time zone, or None."""
    return _wrong_with("00:00-12:00", name)


def _wrong_with(text: str, zone: str) -> str | None:
    try:
        parse_hours(text, zone)
    except ValueError as error:
        return str(error)
    return None


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is no time of the day: from 00:00 to 23:59") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # a path, a folder, a name that nobody has
        raise ValueError(
            f'there is no time zone {name!r}; name a place such as "Europe/Berlin", or "UTC"'
        ) from None
