"""Which guild and which channels a person means. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from clipsaver.discord_rest import models
from clipsaver.errors import UsageError
from clipsaver.terminal_text import printable

_MOST_LISTED = 30
_LINK = re.compile(r"https://(?:\w+\.)?discord\.com/channels/([0-9]{1,19})(?:/([0-9]{1,19}))?.*")


def guild_meant(asked: str | None, guilds: Sequence[models.Guild]) -> models.Guild:
    """The guild with this id, link or name, in whatever case; without one the only one there is.

    Raises UsageError, which lists the guilds, where none fits or more than one does.
    """
    if asked is None and len(guilds) == 1:
        return guilds[0]
    if not guilds:
        raise UsageError(
            "the bot is in no guild; invite it (Developer Portal, OAuth2, URL Generator: bot, with "
            "View Channels, Read Message History, Connect and Manage Threads)"
        )
    if asked is None:
        raise UsageError(f"say which guild; the bot is in{_the_guilds(guilds)}")
    wanted = guild_of_link(asked) or asked
    by_id = [guild for guild in guilds if guild.id == wanted]
    named = by_id or [guild for guild in guilds if _same(guild.name, wanted)]
    if len(named) == 1:
        return named[0]
    shown = printable(asked)
    if named:
        ids = ", ".join(guild.id for guild in named)
        raise UsageError(f"{len(named)} guilds are called {shown}: name one by its id: {ids}")
    close = nearest(wanted, (guild.name for guild in guilds))
    hint = f"{close} It is in" if close else "; it is in"
    raise UsageError(f"the bot is in no guild {shown}{hint}{_the_guilds(guilds)}")


def guild_of_link(asked: str) -> str | None:
    """The guild's id in a link to it, to a channel of it or to a message."""
    link = _LINK.fullmatch(asked)
    return link[1] if link else None


def channel_of_link(asked: str | None) -> str | None:
    """The channel's id in a link that names one."""
    link = _LINK.fullmatch(asked or "")
    return link[2] if link else None


def place_of_link(asked: str) -> tuple[str, str | None] | None:
    """The ids of guild and channel in a link; None where it is no link."""
    link = _LINK.fullmatch(asked)
    return None if link is None else (link[1], link[2])


def channels_meant(
    asked: Sequence[str], channels: Sequence[models.Channel]
) -> tuple[set[int], list[int]]:
    """The ids of the channels with these ids, links and names (with or without #).

    And apart from them the ids that are none of these channels', such as archived threads'. Raises
    UsageError for names that fit none.
    """
    meant: set[int] = set()
    others: list[int] = []
    wrong: list[str] = []
    for one in asked:
        wanted = channel_of_link(one) or one
        found = {int(channel.id) for channel in channels if wanted == channel.id} or {
            int(channel.id)
            for channel in channels
            if _same(channel.name or "", wanted.removeprefix("#"))
        }
        if found:
            meant |= found
        elif wanted.isascii() and wanted.isdigit() and len(wanted) <= 19:
            others.append(int(wanted))
        else:
            names = (channel.name or "" for channel in channels)
            wrong.append(
                f"--channel {printable(one)}: there is no channel of that name that the bot can "
                "see (archived threads go by their ids)"
                f"{nearest(wanted.removeprefix('#'), names)}"
            )
    if wrong:
        raise UsageError("\n".join(wrong))
    return meant, others


def _same(name: str, wanted: str) -> bool:
    return name.casefold() == wanted.casefold()


def nearest(wanted: str, names: Iterable[str]) -> str:
    """A question that names the name most like it; empty where none is."""
    by_folded = {name.casefold(): name for name in names}
    close = get_close_matches(wanted.casefold(), by_folded, n=1, cutoff=0.5)
    return f"; did you mean {printable(by_folded[close[0]])}?" if close else ""


def _the_guilds(guilds: Sequence[models.Guild]) -> str:
    lines = [f"  {guild.id}  {printable(guild.name)}" for guild in guilds[:_MOST_LISTED]]
    if len(guilds) > _MOST_LISTED:
        lines.append(f"  and {len(guilds) - _MOST_LISTED:,} more")
    return "\n".join([":", *lines])
