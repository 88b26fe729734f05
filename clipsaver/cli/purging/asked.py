"""What the command line of a purge asks for. Pure."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from clipsaver import snowflake
from clipsaver.errors import UsageError
from clipsaver.message_link import place_of_message
from clipsaver.records.purges import PurgeScope
from clipsaver.terminal_text import printable

_MOST_MESSAGES = 1000
"""As many as a job may name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call of a command that deletes."""

    command: str
    """As the audit names it, such as `purge guild`."""
    scope: PurgeScope
    names: tuple[str, ...]
    """The guild, the channel, the author or the messages, as they were typed."""
    guild: str | None = None
    channel: str | None = None
    is_confirmed: bool = False
    dry_run: bool = False
    waits: bool = True
    """Whether this command carries it out; else workers do."""
    as_json: bool = False
    why: str = ""


def asked_for(arguments: argparse.Namespace, command: str, scope: PurgeScope, *names: str) -> Asked:
    """What the options say."""
    return Asked(
        command=command,
        scope=scope,
        names=names,
        guild=getattr(arguments, "guild", None),
        channel=getattr(arguments, "channel", None),
        is_confirmed=arguments.yes,
        dry_run=arguments.dry_run,
        waits=not arguments.no_wait,
        as_json=arguments.json,
        why=arguments.why,
    )


@dataclass(frozen=True, slots=True)
class NamedMessages:
    """Messages as links and ids name them."""

    ids: tuple[int, ...]
    """Each once, in order."""
    channels: frozenset[int]
    """Those that the links name."""


def messages_named(names: tuple[str, ...]) -> NamedMessages:
    """Raises UsageError for what is neither a message's link nor an id, and for too many."""
    ids: dict[int, None] = {}
    channels: set[int] = set()
    wrong: list[str] = []
    for name in names:
        linked = place_of_message(name)
        try:
            message_id = snowflake.read(str(linked[1]) if linked else name)
        except ValueError:
            wrong.append(
                f"{printable(name)}: neither the id of a message nor a link to one (right click "
                "on it, 'Copy Message Link')"
            )
            continue
        ids[message_id] = None
        if linked:
            channels.add(linked[0])
    if wrong:
        raise UsageError("\n".join(wrong))
    if len(ids) > _MOST_MESSAGES:
        raise UsageError(f"{len(ids):,} messages: at most {_MOST_MESSAGES:,} at once")
    return NamedMessages(tuple(sorted(ids)), frozenset(channels))
