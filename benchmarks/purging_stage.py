"""What a purge is measured on: servers, two simulated guilds, and what is on record of them."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis
import trio

from benchmarks.fleet import Discord, discord
from benchmarks.purging_counts import Connection, Left, Strays, message_of, rows_of
from benchmarks.queries import SCHEMA, fill, migrate_schema
from benchmarks.statement_log import logged, prepare
from clipsaver.embedded import Servers, open_servers_blocking
from clipsaver.embedded.postgres import place_postgres
from clipsaver.queue.names import Names
from clipsaver.thumbnails.storage import key_of
from scripts.database_page import Query

STREAM = "discord_clip_jobs"
NAMES = Names(STREAM, "worker_group")
FILLING = Path(__file__).with_name("purging.sql")
_TEMPLATE = "filled"
_TOKEN = 1_000_003
"""The tokens of pictures that were made before are message ids modulo this."""


@dataclass
class Stage:
    """One database, one folder of pictures; `clear` makes both as they were at first."""

    folder: Path
    servers: Servers
    discord: Discord
    clips: int
    guild: int
    neighbour: int
    pictures: Path
    log: Path
    database: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def database_url(self) -> str:
        """Of what this act plays on."""
        return self._url(self.database)

    @property
    def _files(self) -> Path:
        """What `pictures` begins with."""
        return self.folder / "pictures-at-first"

    def fill(self, others: int) -> None:
        """What is on record when an act begins, in a database of which each gets a copy."""
        with _connect(self._url("postgres")) as admin:
            admin.execute(f"create database {_TEMPLATE}")
        trio.run(migrate_schema, self._url(_TEMPLATE))
        with _connect(self._url(_TEMPLATE)) as connection:
            if others:
                fill(connection, others)
                _calm(connection)
            script = Query("", "purging", FILLING.read_text("utf-8"), plan="")
            values = {"clips": self.clips, "guild": self.guild, "neighbour": self.neighbour}
            connection.execute(script.with_values(values))
            connection.execute("vacuum (analyze)")
            _check_keys(connection, self.guild)
            rows = connection.execute(
                "select storage_key, t.size_bytes from thumbnails t join clips using (clip_id)"
                " where guild_id = any(%s)",
                [[self.guild, self.neighbour]],
            )
            _write_files(self._files, rows)

    def clear(self) -> None:
        """Both stores and the folder as no worker has seen them yet."""
        with _connect(self._url("postgres")) as admin:
            if self.database:
                admin.execute(f"drop database {self.database} with (force)")
            self.database = f"act_{next(self._numbers)}"
            admin.execute(
                f"create database {self.database} template {_TEMPLATE} strategy file_copy"
            )
            admin.execute("checkpoint")
        with self.redis() as client:
            client.flushall()
        shutil.rmtree(self.pictures, ignore_errors=True)
        subprocess.run(["cp", "-r", self._files, self.pictures], check=True)
        os.sync()  # or the act would pay for it

    def connect(self, logged_as: str = "") -> Connection:
        """To the database of this act; with a name all that it does is in the server's log."""
        url = logged(self.database_url, logged_as) if logged_as else self.database_url
        return _connect(url)

    def redis(self) -> redis.Redis:
        assert self.servers.redis_url
        return redis.Redis.from_url(self.servers.redis_url)

    def push(self, *jobs: Mapping[str, object]) -> None:
        """As a producer does."""
        with self.redis() as client:
            for job in jobs:
                client.xadd(STREAM, {"job": json.dumps(job)})

    def push_scans(self) -> None:
        """A job for each channel of both guilds in turn: all of it."""
        some = zip(*self.discord.world["channels"], strict=True)
        guilds = self.discord.world["guilds"]
        self.push(
            *(
                {"type": "batch", "guild_id": guild, "channel_id": channel, "limit": None}
                for pair in some
                for guild, channel in zip(guilds, pair, strict=True)
            )
        )

    def jobs_left(self) -> int:
        """On the stream, or put off."""
        with self.redis() as client:
            return int(client.xlen(STREAM)) + int(client.zcard(NAMES.delayed))

    def left(self, guild: int) -> Left:
        """What there is of a guild now."""
        other = self.neighbour if guild == self.guild else self.guild
        with self.connect() as connection:
            rows = rows_of(connection, guild)
            of_other = {
                row[0]
                for row in connection.execute(
                    "select message_id from messages join channels using (channel_id)"
                    " where guild_id = %s",
                    [other],
                )
            }
        return Left(rows, sum(message_of(key) not in of_other for key in self.files()))

    def simulated(self, guild: int) -> list[int]:
        """The channels that can be scanned."""
        where = self.discord.world["guilds"].index(str(guild))
        return [int(channel) for channel in self.discord.world["channels"][where]]

    def planted(self, guild: int) -> int:
        """How many clips are to be found there."""
        return int(self.discord.world["clips"][self.discord.world["guilds"].index(str(guild))])

    def found(self, guild: int) -> tuple[int, int]:
        """How many clips the workers found of it, and of how many they made pictures."""
        with self.connect() as connection:
            row = connection.execute(
                "select count(*), count(*) filter (where thumbnail_state = 'ready') from clips"
                " where channel_id = any(%s)",
                [self.simulated(guild)],
            ).fetchone()
        assert row is not None
        return int(row[0]), int(row[1])

    def files(self) -> set[str]:
        """The keys of all that is in the folder."""
        return {
            f"{place.name}/{file.name}"
            for place in os.scandir(self.pictures)
            for file in os.scandir(place)
        }

    def files_left(self, connection: Connection) -> int:
        """That a purge is still to delete."""
        row = connection.execute(
            "select count(*) from purges left join file_outbox using (purge_id)"
            " where ended_at is null"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def strays(self) -> Strays:
        """Whether each file is somebody's, and each picture there."""
        with self.connect() as connection:
            named = {
                row[0]
                for row in connection.execute(
                    "select storage_key from thumbnails join clips using (clip_id)"
                    " where guild_id = any(%s)",
                    [[self.guild, self.neighbour]],
                )
            }
            waiting = {row[0] for row in connection.execute("select storage_key from file_outbox")}
        files = self.files()
        return Strays(len(files - named - waiting), len(named - files))

    def _url(self, database: str) -> str:
        assert self.servers.database_url
        return self.servers.database_url.replace("/postgres?", f"/{database}?")


def _connect(url: str) -> Connection:
    connection = psycopg.connect(url, autocommit=True)
    connection.execute(f"set search_path = {SCHEMA}")
    return connection


def _calm(connection: Connection) -> None:
    """Leaves workers nothing to do with the clips of others, whose files are made up, too."""
    connection.execute(
        "update clips set thumbnail_state = 'skipped' where thumbnail_state = 'pending'"
    )
    connection.execute("update clips set deleted_at = now() where deleted_at is not null")
    connection.execute(
        "delete from authors a"
        " where not exists (select from messages m where m.author_id = a.author_id)"
    )


def _check_keys(connection: Connection, guild: int) -> None:
    """That they are what a worker would have made."""
    rows = connection.execute(
        "select clip_id, size, message_id, storage_key from thumbnails join clips using (clip_id)"
        " where guild_id = %s limit 100",
        [guild],
    ).fetchall()
    for clip_id, size, message_id, key in rows:
        assert key == key_of(clip_id, size, message_id % _TOKEN), key


def _write_files(folder: Path, rows: Iterable[tuple[Any, ...]]) -> None:
    """A file of each key, of so many bytes."""
    for number in range(256):
        (folder / f"{number:02x}").mkdir(parents=True)
    for key, size in rows:
        descriptor = os.open(folder / key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        os.write(descriptor, b"\0" * size)
        os.close(descriptor)


@contextmanager
def stage(
    *, clips: int, others: int, channels: int, messages: int, log: Path | None = None
) -> Iterator[Stage]:
    """Servers, guilds and what is on record, for the time of the block.

    `log` is where the server's log is copied to at the end.
    """
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-bench-"))
    folder.chmod(0o711)
    try:
        with (
            open_servers_blocking(folder, postgres=True, valkey=True) as servers,
            discord("benchmarks.two_guilds", channels=channels, messages=messages) as served,
        ):
            prepare(servers.database_url or "")
            guild, neighbour = map(int, served.world["guilds"])
            server_log = place_postgres(folder).place.log
            made = Stage(
                folder, servers, served, clips, guild, neighbour, folder / "pictures", server_log
            )
            began = time.perf_counter()
            made.fill(others)
            print(
                f"{clips:,} clips of the guild, {clips // 10:,} of its neighbour, {others:,} of "
                f"others, made in {time.perf_counter() - began:.0f} s",
                flush=True,
            )
            yield made
    finally:
        if log is not None:
            shutil.copyfile(place_postgres(folder).place.log, log)
        shutil.rmtree(folder, ignore_errors=True)
