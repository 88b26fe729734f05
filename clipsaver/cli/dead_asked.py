"""What the command line of `clipsaver dead` asks for. Pure."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass, fields, replace
from typing import Any

from clipsaver.cli.moments import moment
from clipsaver.errors import UsageError
from clipsaver.queue.operating.dead_letters.dead import ALL, check_ids
from clipsaver.queue.operating.dead_letters.wanted import Wanted

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call of the command."""

    action: str
    """list, show, retry or drop."""
    wanted: Wanted = ALL
    """Times that were given as ages are not in it yet: see `since`."""
    older_than: str | None = None
    newer_than: str | None = None
    limit: int | None = None
    ids: tuple[str, ...] = ()
    why: str = ""
    by_group: bool = False
    as_json: bool = False
    dry_run: bool = False
    is_confirmed: bool = False

    def since(self, now_ms: int) -> Asked:
        """With ages as times; `now_ms` is the clock of Redis, which letters are dated by."""
        wanted = replace(
            self.wanted,
            older_than_ms=moment("--older-than", self.older_than, now_ms),
            newer_than_ms=moment("--newer-than", self.newer_than, now_ms),
        )
        return replace(self, wanted=wanted)

    def words(self) -> str:
        """Which letters, as options and ids, for the audit."""
        if self.ids:
            more = len(self.ids) - _MOST_NAMED
            named = shlex.join(self.ids[:_MOST_NAMED])
            return f"{named} and {more:,} more" if more > 0 else named
        which = "--all" if self.wanted.is_all else self.wanted.words()
        return which if self.limit is None else f"{which} --limit={self.limit}"


def asked_for(arguments: argparse.Namespace) -> Asked:
    """Raises UsageError where it does not say which letters, or says it twice."""
    action = arguments.action
    if action == "show":
        ids = (_id(arguments.id),)
        return Asked(action=action, ids=ids, as_json=arguments.json)
    values: dict[str, Any] = {
        field.name: frozenset(getattr(arguments, field.name))
        for field in fields(Wanted)
        if not field.name.endswith("_ms")
    }
    asked = Asked(
        action=action,
        wanted=Wanted(**values),
        older_than=arguments.older_than,
        newer_than=arguments.newer_than,
        limit=arguments.limit,
        as_json=arguments.json,
    )
    asked.since(0)  # a wrong time is said before anything is opened
    if action == "list":
        return replace(asked, by_group=arguments.groups)
    _check_choice(arguments, asked)
    return replace(
        asked,
        ids=tuple(dict.fromkeys(map(_id, arguments.ids))),
        why=arguments.why,
        dry_run=arguments.dry_run,
        is_confirmed=arguments.yes,
    )


def _check_choice(arguments: argparse.Namespace, asked: Asked) -> None:
    has_filter = bool(not asked.wanted.is_all or asked.older_than or asked.newer_than)
    ways = [
        name
        for name, is_given in (
            ("ids", bool(arguments.ids)),
            ("a filter", has_filter),
            ("--all", arguments.all),
        )
        if is_given
    ]
    command = f"dead {asked.action}"
    if not ways:
        raise UsageError(f"{command}: say which: ids, a filter such as --reason, or --all")
    if len(ways) > 1:
        raise UsageError(f"{command}: {' and '.join(ways)} cannot be given together")
    if arguments.ids and asked.limit is not None:
        raise UsageError(f"{command}: --limit is for filters and --all; name fewer ids")


def _id(text: str) -> str:
    """A letter's id or a run id, as it is."""
    if "/" not in text:
        check_ids([text])
    return text
