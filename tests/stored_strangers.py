"""The texts of `strangers` in PostgreSQL, on the way that they take: from Discord's JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from clipsaver import snowflake
from clipsaver.database import open_database
from clipsaver.database.channels import record_channels
from clipsaver.database.guilds import record_guild
from clipsaver.database.migrations import migrate
from clipsaver.database.text import storable
from clipsaver.discord_rest.decoding import decode
from clipsaver.discord_rest.models import Message
from clipsaver.records import Channel, ClipSource
from clipsaver.scanning.extract import Rules, extract
from tests.database.making import CHANNEL, GUILD, a_page, add_run, commit_pages
from tests.strangers import COUNT, TEXTS

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
RULES = Rules(frozenset({"video/*"}), frozenset(ClipSource), None, store_content=True)


def text(number: int) -> str:
    return TEXTS[number % COUNT]


def stored(number: int) -> str:
    """As PostgreSQL has it."""
    return storable(text(number))


def _message(number: int) -> dict[str, Any]:
    """Every text is a filename, a title, a message, a username and a display name once."""
    return {
        "id": str(snowflake.from_unix((BEGAN + timedelta(minutes=number)).timestamp())),
        "author": {
            "id": str(100_000 + number),
            "username": text(number + 3),
            "global_name": text(number + 4),
        },
        "content": text(number + 2),
        "attachments": [
            {
                "id": str(number + 1),
                "filename": text(number),
                "title": text(number + 1),
                "content_type": "video/mp4",
                "size": number,
                "url": f"https://cdn.discordapp.com/attachments/1/2/{number}",
            }
        ],
    }


async def store(url: str) -> None:
    """A thousand clips of as many people; as many channels, threads and failed runs."""
    body = json.dumps([_message(number) for number in range(COUNT)]).encode()
    messages = decode(msgspec.json.Decoder(list[Message]), body)
    found = extract(messages, CHANNEL, RULES)
    async with (
        open_database(url, schema="clipsaver", pool_size=1) as database,
        database.connection() as conn,
    ):
        await migrate(conn, "clipsaver")
        writer = await database.connect_writer()
        await add_run(writer, "s/1")
        page = a_page("s/1", 1, *found.clips, messages=found.messages, authors=found.authors)
        await commit_pages(writer, [page])
        await writer.close()
        await record_guild(conn, GUILD, text(0))
        await record_channels(
            conn,
            [
                Channel(CHANNEL + n, GUILD, CHANNEL if n else None, 11 if n else 0, text(n),
                        nsfw=False, last_message_id=None)
                for n in range(COUNT)
            ],
        )  # fmt: skip
        texts = [stored(number) for number in range(COUNT)]
        await conn.execute(
            "insert into guilds (guild_id, name) select %s + n, said "
            "from unnest(%s::text[]) with ordinality as texts (said, n)",
            [GUILD, texts],
        )
        await conn.execute(
            """
            insert into runs (run_id, job, type, guild_id, channel_id, state, fence, error,
                              error_message, ended_at)
            select 'discord_clip_jobs/' || n || '-0', jsonb_build_object('reason', said), 'batch',
                   %s, %s + n, 'FAILED', 1, said, said, now()
            from unnest(%s::text[]) with ordinality as texts (said, n)
            """,
            [GUILD, CHANNEL, texts],
        )
        await conn.execute(
            """
            update clips set thumbnail_state = 'failed', thumbnail_error = 'no_video',
                             thumbnail_error_message = filename
            """
        )
