"""What the command line of `clipsaver thumbnails retry` and `remake` asks for. Pure."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from clipsaver.cli.moments import moment
from clipsaver.database.thumbnails.states import TO_REMAKE, TO_RETRY, ThumbnailFilter
from clipsaver.errors import UsageError
from clipsaver.records import ThumbnailState

_MOST_NAMED = 3
_OPTIONS = ("state", "error", "guild", "channel", "author")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call of the command."""

    action: str
    """retry or remake."""
    clips: tuple[str, ...] = ()
    """Ids; without any, the filter says which."""
    chosen: ThumbnailFilter
    """A time that was given as an age is not in it yet: see `since`."""
    made_before: str | None = None
    limit: int | None = None
    words: str = ""
    """Which, as options and ids, for the audit."""
    why: str = ""
    as_json: bool = False
    dry_run: bool = False
    is_confirmed: bool = False

    @property
    def with_ready(self) -> bool:
        """Whether clips that are named are meant as well where they have a thumbnail."""
        return self.action == "remake"

    def since(self, now: datetime) -> Asked:
        """With the age as a time; `now` is the clock of the database."""
        before_ms = moment("--made-before", self.made_before, round(now.timestamp() * 1000))
        if before_ms is None:
            return self
        try:
            before = datetime.fromtimestamp(before_ms / 1000, UTC)
        except (ValueError, OverflowError):  # older than time is told
            before = datetime.min.replace(tzinfo=UTC)
        return replace(self, chosen=replace(self.chosen, made_before=before))


def asked_for(arguments: argparse.Namespace) -> Asked:
    """Raises UsageError where it does not say which clips, or says it twice."""
    _check_choice(arguments)
    default = TO_RETRY if arguments.action == "retry" else TO_REMAKE
    asked = Asked(
        action=arguments.action,
        clips=tuple(dict.fromkeys(arguments.clips)),
        chosen=ThumbnailFilter(
            states=tuple(map(ThumbnailState, arguments.state)) or default,
            errors=tuple(arguments.error),
            guilds=tuple(arguments.guild),
            channels=tuple(arguments.channel),
            authors=tuple(arguments.author),
        ),
        made_before=arguments.made_before,
        limit=arguments.limit,
        words=_words(arguments),
        why=arguments.why,
        as_json=arguments.json,
        dry_run=arguments.dry_run,
        is_confirmed=arguments.yes,
    )
    asked.since(datetime.now(UTC))  # a wrong time is said before anything is opened
    return asked


def _check_choice(arguments: argparse.Namespace) -> None:
    has_filter = arguments.made_before or any(getattr(arguments, name) for name in _OPTIONS)
    ways = [
        name
        for name, is_given in (
            ("clips", bool(arguments.clips)),
            ("a filter", bool(has_filter)),
            ("--all", arguments.all),
        )
        if is_given
    ]
    command = f"thumbnails {arguments.action}"
    if not ways:
        raise UsageError(f"{command}: say which: clips, a filter such as --error, or --all")
    if len(ways) > 1:
        raise UsageError(f"{command}: {' and '.join(ways)} cannot be given together")
    if arguments.clips and arguments.limit is not None:
        raise UsageError(f"{command}: --limit is for filters and --all; name fewer clips")
    if any("\0" in text for text in (*arguments.clips, *arguments.error)):
        raise UsageError(f"{command}: a NUL character is in no id and no error")


def _words(arguments: argparse.Namespace) -> str:
    if arguments.clips:
        more = len(arguments.clips) - _MOST_NAMED
        named = shlex.join(arguments.clips[:_MOST_NAMED])
        return f"{named} and {more:,} more" if more > 0 else named
    given = ["--all"] if arguments.all else []
    given += [f"--{name}={one}" for name in _OPTIONS for one in getattr(arguments, name)]
    for name in ("made_before", "limit"):
        if (value := getattr(arguments, name)) is not None:
            given.append(f"--{name.replace('_', '-')}={value}")
    return shlex.join(given)[:1000]
