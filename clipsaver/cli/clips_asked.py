"""Options that say which clips are meant, declared once for the actions of `clipsaver clips`."""

from __future__ import annotations

import argparse
import re
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clipsaver.cli.moments import moment
from clipsaver.errors import UsageError

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from clipsaver.database.clip_filter import ClipFilter

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_UNITS_BINARY = {"ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,3})?) ?([kmgt]i?)?b?", re.IGNORECASE)
_CLIP_ID = re.compile(r"[!-.0-~]{1,200}")
_OPTIONS = (
    "guild", "channel", "author", "since", "until", "min_size", "max_size", "state", "thumbnail",
)  # fmt: skip
WHICH = """\
Names are those on record, in whatever case. A channel goes with its threads, a
category with its channels.
Times are UTC: a date, a time such as 2026-11-25T20:48, or an age such as 7d,
2h or 30m. Sizes are such as 800kB, 10MB or 1.5GB.
"""


def add_filters(parser: argparse.ArgumentParser) -> None:
    """`--guild`, `--channel`, `--author`, times, sizes and states; all of them have to fit."""
    group = parser.add_argument_group("which")
    for option, metavar, words in (
        ("--guild", "ID|NAME", "only those of this guild"),
        ("--channel", "ID|#NAME", "only those of this channel and its threads"),
        ("--author", "ID|NAME", "only those posted by this person or bot"),
        ("--since", "TIME", "only those posted then or later"),
        ("--until", "TIME", "only those posted before"),
    ):
        group.add_argument(option, metavar=metavar, help=words)
    for option, words in (
        ("--min-size", "only those of this size or larger"),
        ("--max-size", "only those of this size or smaller"),
    ):
        group.add_argument(option, metavar="SIZE", type=size, help=words)
    group.add_argument(
        "--state",
        choices=("present", "deleted", "all"),
        default="present",
        help="those that are there (default), those that are gone, or both",
    )
    group.add_argument(
        "--thumbnail",
        choices=("pending", "ready", "failed", "unavailable", "skipped"),
        metavar="STATE",
        help="only those whose thumbnail is %(choices)s",
    )


def size(text: str) -> int:
    """`10MB` in bytes, as the type of an option; MiB are meant only where MiB is written."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r}: a size such as 800kB, 10MB or 1.5GB")
    unit = (found[2] or "").lower()
    return round(float(found[1]) * (_UNITS | _UNITS_BINARY)[unit])


def check_filters(arguments: argparse.Namespace) -> None:
    """Raises UsageError for what can be told wrong without the database."""
    now = datetime.now(UTC)
    since = time_of("--since", arguments.since, now)
    until = time_of("--until", arguments.until, now)
    if since is not None and until is not None and since >= until:
        raise UsageError(f"--since {arguments.since} is not before --until {arguments.until}")
    least, most = arguments.min_size, arguments.max_size
    if least is not None and most is not None and least > most:
        raise UsageError(f"--min-size {least:,} is more than --max-size {most:,}")


async def filter_of(
    conn: AsyncConnection[Any], arguments: argparse.Namespace, now: datetime
) -> ClipFilter:
    """What the options say, with ids for names. Raises UsageError, with the nearest names."""
    from clipsaver.cli.recorded import author_recorded, channel_recorded, guild_recorded
    from clipsaver.database.clip_filter import ClipFilter, Presence
    from clipsaver.database.recorded_names import channels_within
    from clipsaver.records import ThumbnailState

    guild = channels = author = None
    if arguments.guild is not None:
        guild = (await guild_recorded(conn, arguments.guild)).id
    if arguments.channel is not None:
        channel = await channel_recorded(conn, arguments.channel, guild_id=guild)
        channels = await channels_within(conn, channel.id)
    if arguments.author is not None:
        author = (await author_recorded(conn, arguments.author)).id
    return ClipFilter(
        guild_id=guild,
        channel_ids=channels,
        author_id=author,
        posted_after=time_of("--since", arguments.since, now),
        posted_before=time_of("--until", arguments.until, now),
        min_size=arguments.min_size,
        max_size=arguments.max_size,
        state=Presence(arguments.state),
        thumbnail=ThumbnailState(arguments.thumbnail) if arguments.thumbnail else None,
    )


def is_clip_id(text: str) -> bool:
    """Whether a clip could have this id, as far as its signs tell; a link is none."""
    return _CLIP_ID.fullmatch(text) is not None


def has_filters(arguments: argparse.Namespace) -> bool:
    """Whether any clip that is there may be left out."""
    return bool(_given(arguments))


def as_options(arguments: argparse.Namespace) -> str:
    """The filters as they were given, for a command that goes on with them."""
    return shlex.join(_given(arguments))


def time_of(option: str, text: str | None, now: datetime) -> datetime | None:
    """The time that an age or a time in UTC is. Raises UsageError."""
    at_ms = moment(option, text, round(now.timestamp() * 1000))
    if at_ms is None:
        return None
    try:
        return datetime.fromtimestamp(at_ms / 1000, UTC)
    except (ValueError, OverflowError):  # older than time is told
        return datetime.min.replace(tzinfo=UTC)


def _given(arguments: argparse.Namespace) -> list[str]:
    words = []
    for name in _OPTIONS:
        value = getattr(arguments, name)
        if value is not None and (name, value) != ("state", "present"):
            words += [f"--{name.replace('_', '-')}", str(value)]
    return words
