"""A small database with clips of two people in two guilds, and a picture of each in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trio
from psycopg import sql

from clipsaver.cli.main import main
from clipsaver.database import open_database
from clipsaver.database.channels import record_channel
from clipsaver.database.guilds import record_guild
from clipsaver.database.migrations import migrate
from clipsaver.records import Channel
from clipsaver.thumbnails.storage.keys import key_of
from tests.database.making import a_clip, a_page, add_run, an_author, commit_pages
from tests.strangers import OBEYED

HERE, THERE = 7, 8
MEMES, THREAD, TALK, ELSEWHERE, CATEGORY = 70, 71, 80, 90, 60
ADA, BO = 397177100697600021, 397177100697600022
CLIPS = {
    MEMES: {1001: ADA, 1002: ADA, 1003: BO},
    THREAD: {1004: ADA},
    TALK: {1005: BO},
    ELSEWHERE: {1006: ADA},
}
"""Authors by message, by channel."""
_CHANNELS = (
    Channel(CATEGORY, HERE, None, 4, "corner", nsfw=False, last_message_id=None),
    Channel(MEMES, HERE, CATEGORY, 0, "memes", nsfw=False, last_message_id=9),
    Channel(THREAD, HERE, MEMES, 11, "a thread", nsfw=False, last_message_id=9),
    Channel(TALK, HERE, None, 0, "talk", nsfw=False, last_message_id=9),
    Channel(ELSEWHERE, THERE, None, 0, "memes", nsfw=False, last_message_id=9),
)
AWAY = "unix:///nowhere/valkey.sock"


def filled_database(postgres_dsn: str, name: str) -> Iterator[str]:
    """For a module: the database from which each test has a copy."""
    with psycopg.connect(postgres_dsn, autocommit=True) as admin:
        admin.execute(_named("create database {} strategy file_copy template template0", name))
        url = postgres_dsn.replace("/postgres?", f"/{name}?")
        trio.run(fill, url)
        yield name
        admin.execute(_named("drop database {} with (force)", name))


@dataclass
class Site:
    """The copy of one test, and what it has in its folder."""

    url: str
    pictures: Path
    captured: pytest.CaptureFixture[str]

    def said(self, *words: str, code: int = 0) -> tuple[str, str]:
        """What the command says on stdout and stderr; nothing of it is obeyed by a terminal."""
        assert main(words) == code, self.captured.readouterr()
        out, err = self.captured.readouterr()
        assert not [line for line in (out + err).split("\n") if OBEYED.search(line)]
        return out, err

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("set search_path to clipsaver")
            found = connection.execute(query.encode(), values)
            return found.fetchall() if found.description else []

    def all(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        tables = self.rows("select table_name from information_schema.tables "
                           "where table_schema = 'clipsaver' order by 1")  # fmt: skip
        return {name: sorted(self.rows(f"select * from {name}"), key=repr) for (name,) in tables}

    def messages(self) -> set[int]:
        """Those of whose clips there are rows, with their pictures and files."""
        found = {row[0] for row in self.rows("select message_id from clips")}
        assert {row[0] for row in self.rows("select message_id from messages")} == found
        keys = {row[0] for row in self.rows("select storage_key from thumbnails")}
        assert keys == {key(one) for one in found}
        assert self.files() == keys
        authors = {author for all_of in CLIPS.values() for one, author in all_of.items()
                   if one in found}  # fmt: skip
        assert {row[0] for row in self.rows("select author_id from authors")} == authors
        return found

    def files(self) -> set[str]:
        return {str(one.relative_to(self.pictures)) for one in self.pictures.glob("*/*")}


def site_of(
    postgres_dsn: str,
    template: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    captured: pytest.CaptureFixture[str],
    redis_url: str,
) -> Iterator[Site]:
    """A copy of the database, and files of its pictures."""
    name = f"{template}_copy"
    for variable in ("DISCORD_BOT_TOKEN", "DB_TYPE", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "none"))
    url = postgres_dsn.replace("/postgres?", f"/{name}?")
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    pictures = folder / "pictures"
    Path("config.toml").write_text(f'[thumbnails]\nstorage = "{pictures}"\n')
    for message in (one for all_of in CLIPS.values() for one in all_of):
        path = pictures / key(message)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
    with psycopg.connect(postgres_dsn, autocommit=True) as admin:
        copy = "create database {} strategy file_copy template {}"
        admin.execute(_named(copy, name, template))
        yield Site(url, pictures, captured)
        admin.execute(_named("drop database {} with (force)", name))


def key(message_id: int) -> str:
    return key_of(f"{message_id}-1", "small", 2**62 + 1)


async def fill(url: str) -> None:
    """The tables, where they are not there, and all rows."""
    async with (
        open_database(url, schema="clipsaver", pool_size=1) as database,
        database.connection() as conn,
    ):
        await migrate(conn, "clipsaver")
        await record_guild(conn, HERE, "Ada's place")
        await record_guild(conn, THERE, "Elsewhere")
        writer = await database.connect_writer()
        for channel_id, messages in CLIPS.items():
            run, guild = f"s/{channel_id}", THERE if channel_id == ELSEWHERE else HERE
            await add_run(writer, run, channel_id=channel_id)
            clips = [
                a_clip(one, channel_id=channel_id, author_id=author)
                for one, author in messages.items()
            ]
            authors = (an_author(ADA, global_name="Ada"), an_author(BO, global_name="Bo"))
            page = a_page(run, 1, *clips, channel_id=channel_id, guild_id=guild, authors=authors)
            await commit_pages(writer, [page])
            for one in messages:
                await conn.execute(
                    "insert into thumbnails values (%s, 'small', %s, 320, 180, 7, 'image/webp', "
                    "'decode')",
                    [f"{one}-1", key(one)],
                )
        await writer.close()
        for channel in _CHANNELS:
            await record_channel(conn, channel)


def _named(query: str, *names: str) -> sql.Composed:
    return sql.SQL(query).format(*map(sql.Identifier, names))  # type: ignore[arg-type]
