"""`clipsaver privacy status` in words and as JSON. Pure.

Names are strangers' text: whatever is made here may be printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clipsaver.cli.purging.document import purge_json, rows_json
from clipsaver.cli.purging.words import moment, purge_table
from clipsaver.config import Config
from clipsaver.database.opt_outs import KeyKind
from clipsaver.database.places import LeftGuild
from clipsaver.database.recorded_names import Recorded
from clipsaver.records.purges import Purge, PurgeCounts
from clipsaver.terminal_text import printable

_LABEL = 11
_DAY_S = 86_400
_KEYS = {
    KeyKind.NONE: "none was needed yet",
    KeyKind.OWN: "the database's own",
    KeyKind.CONFIGURED: "privacy.key of the configuration",
    KeyKind.ANOTHER: "another than this configuration's: no worker begins with it; put privacy.key "
    "back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds for everybody."""

    config: Config
    opt_outs: int
    """Marks: of people, or of people in one guild."""
    key: KeyKind
    left: Sequence[LeftGuild]
    open_purges: Sequence[Purge]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What holds for one."""

    person: Recorded
    places: Mapping[int | None, datetime]
    """Where they opted out, and since when; None = in all guilds."""
    stored: PurgeCounts
    open_purges: Sequence[Purge]


def standing_lines(standing: Standing, width: int | None) -> list[str]:
    """For a person who looks."""
    lines = [
        _row("opted out", f"{standing.opt_outs:,} (people, or people in one guild)"),
        _row("key", _KEYS[standing.key]),
        *(_row(label, text) for label, text in _kept(standing.config)),
    ]
    after_s = standing.config.privacy.purge_left_guilds_after
    lines += [_row("left", _left_in_words(one, after_s)) for one in standing.left] or [
        _row("left", "no guild of which something is stored")
    ]
    if not standing.open_purges:
        return [*lines, _row("purges", "none is open")]
    return [*lines, _row("purges", "not over:"), *purge_table(standing.open_purges, width)]


def standing_json(standing: Standing) -> dict[str, Any]:
    """For programs."""
    privacy, scan = standing.config.privacy, standing.config.scan
    return {
        "opt_outs": standing.opt_outs,
        "key": standing.key,
        "settings": {
            "store_content": scan.store_content,
            "content_days": privacy.content_days,
            "clip_days": privacy.clip_days,
            "deleted_days": privacy.deleted_days,
            "purge_left_guilds_after": privacy.purge_left_guilds_after,
            "check_share": privacy.check_share,
            "accept_purge_jobs": privacy.accept_purge_jobs,
        },
        "left_guilds": [
            {
                "guild_id": str(one.guild_id),
                "name": one.name,
                "left_at": _time(one.left_at),
                "purged_from": _maybe_time(_due(one, privacy.purge_left_guilds_after)),
            }
            for one in standing.left
        ],
        "open_purges": [purge_json(one) for one in standing.open_purges],
    }


def person_lines(found: Person) -> list[str]:
    """For a person who looks."""
    stored, (author_id, name, _) = found.stored, found.person
    lines = [f"author {printable(name)} ({author_id})" if name else f"author {author_id}"]
    places = [
        f"{'in all guilds' if guild is None else f'in guild {guild}'}, since {moment(since)} UTC"
        for guild, since in found.places.items()
    ]
    lines += [_row("opted out", place) for place in places or ["no"]]
    lines.append(
        _row(
            "stored",
            f"clips {stored.clips:,}, messages {stored.messages:,}, pictures {stored.pictures:,}"
            if stored.clips or stored.messages or stored.pictures
            else "nothing",
        )
    )
    lines += [
        _row("purge", f"{one.purge_id} is not over: clipsaver purge list shows how far")
        for one in found.open_purges
    ]
    return lines


def person_json(found: Person) -> dict[str, Any]:
    """For programs."""
    return {
        "author_id": str(found.person.id),
        "name": found.person.name,
        "opted_out": [
            {"guild_id": None if guild is None else str(guild), "since": _time(since)}
            for guild, since in found.places.items()
        ],
        "stored": rows_json(found.stored),
        "open_purges": [one.purge_id for one in found.open_purges],
    }


def _kept(config: Config) -> list[tuple[str, str]]:
    """For how long, and who looks whether it is still there."""
    privacy = config.privacy
    texts = "kept as long as their clips"
    if not config.scan.store_content:
        texts = "not stored (scan.store_content is off)"
    elif privacy.content_days:
        texts = f"kept for {_days(privacy.content_days)} after posting"
    clips, deleted = privacy.clip_days, privacy.deleted_days
    after_s = privacy.purge_left_guilds_after
    return [
        ("texts", texts),
        ("clips", f"kept for {_days(clips)} after posting" if clips else "kept for good"),
        (
            "deleted",
            f"clips stay for {_days(deleted)} after they were seen to be deleted at Discord"
            if deleted
            else "clips stay after they were deleted at Discord",
        ),
        (
            "leaving",
            f"a guild that the bot left is purged after {_for(after_s)}"
            if after_s
            else "guilds that the bot left are kept",
        ),
        (
            "checks",
            f"{privacy.check_share:.2%} of requests look whether old clips are still there"
            if privacy.check_share
            else "no request looks whether old clips are still there",
        ),
    ]


def _left_in_words(one: LeftGuild, after_s: float) -> str:
    named = f"{printable(one.name)} ({one.guild_id})" if one.name else str(one.guild_id)
    due = _due(one, after_s)
    then = f"purged from {moment(due)} UTC" if due else "kept"
    return f"guild {named}, on {moment(one.left_at)} UTC: {then}"


def _due(one: LeftGuild, after_s: float) -> datetime | None:
    return one.left_at + timedelta(seconds=after_s) if after_s else None


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"


def _for(seconds: float) -> str:
    days, rest = divmod(seconds, _DAY_S)
    return f"{seconds:,.0f} s" if rest or not days else _days(int(days))


def _row(label: str, text: str) -> str:
    return f"  {label:<{_LABEL}}{text}"


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _maybe_time(at: datetime | None) -> str | None:
    return None if at is None else _time(at)
