"""Which guild, channel or author on record a person means: the database alone is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import AsyncConnection

from clipsaver import snowflake
from clipsaver.cli.choosing import channel_of_link, guild_of_link, nearest
from clipsaver.database import recorded_names
from clipsaver.database.recorded_names import Recorded
from clipsaver.errors import UsageError
from clipsaver.terminal_text import printable

_MOST_LISTED = 20


async def guild_recorded(
    conn: AsyncConnection[Any], asked: str, *, named: str = "--guild"
) -> Recorded:
    """The guild with this id, link or name. Raises UsageError, with the nearest name.

    An error says that it was asked for as `named`.
    """
    name = guild_of_link(asked) or asked
    number = _id_in(name)
    found = await recorded_names.guilds_called(conn, name, number)
    names = [] if found else await recorded_names.guild_names(conn)
    return the_one("guild", asked, found, number=number, names=names, named=named)


async def channel_recorded(
    conn: AsyncConnection[Any], asked: str, *, guild_id: int | None, named: str = "--channel"
) -> Recorded:
    """The channel or thread with this id, link or name, with or without #. Raises UsageError.

    An error says that it was asked for as `named`.
    """
    name = channel_of_link(asked) or asked.removeprefix("#")
    number = _id_in(name)
    found = await recorded_names.channels_called(conn, name, number, guild_id=guild_id)
    names = [] if found else await recorded_names.channel_names(conn, guild_id=guild_id)
    return the_one("channel", asked, found, number=number, names=names, named=named)


async def author_recorded(
    conn: AsyncConnection[Any], asked: str, *, named: str = "--author"
) -> Recorded:
    """The author with this id, username or display name, with or without @. Raises UsageError.

    An error says that it was asked for as `named`.
    """
    name = asked.removeprefix("@")
    number = _id_in(name)
    found = await recorded_names.authors_called(conn, name, number)
    names = [] if found else await recorded_names.author_names(conn)
    return the_one("author", asked, found, number=number, names=names, named=named)


async def person_recorded(conn: AsyncConnection[Any], asked: str) -> Recorded:
    """As `author_recorded`; an id may also be that of a person who is no author on record.

    What reads like an id is one: everybody may call himself by the id of somebody else.
    """
    if (number := _id_in(asked)) is not None:
        found = await recorded_names.authors_called(conn, asked, number)
        return next((one for one in found if one.id == number), Recorded(number, None))
    return await author_recorded(conn, asked, named="AUTHOR")


def the_one(
    kind: str,
    asked: str,
    found: Sequence[Recorded],
    *,
    number: int | None,
    names: Iterable[str],
    named: str | None = None,
) -> Recorded:
    """Of what was found the one that is meant: an id goes before a name that reads like it.

    Raises UsageError, which names the nearest of `names` where there is none, and all where there
    are several.
    """
    fitting = [one for one in found if one.id == number] or found
    if len(fitting) == 1:
        return fitting[0]
    shown = f"{named or f'--{kind}'} {printable(asked)}"
    if not fitting:
        hint = nearest(asked.lstrip("#@"), names)
        raise UsageError(f"{shown}: there is no {kind} of that name or id on record{hint}")
    lines = [f"{shown}: several {kind}s are called that; name one by its id:"]
    for one in fitting[:_MOST_LISTED]:
        place = f"  ({printable(one.place)})" if one.place else ""
        lines.append(f"  {one.id}  {printable(one.name or '-')}{place}")
    if (more := len(fitting) - _MOST_LISTED) > 0:
        lines.append(f"  and {more} more")
    raise UsageError("\n".join(lines))


def _id_in(text: str) -> int | None:
    try:
        return snowflake.read(text)
    except ValueError:
        return None
