"""The live source and operator over real servers, on asyncio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from clipsaver.config import Config, load
from clipsaver.tui.sources.live.opening import open_live
from tests.tui.live.stage import Stage, on_asyncio


@pytest.fixture(scope="session")
def tables_url(postgres_dsn: str) -> str:
    """A database whose tables are there and empty at the beginning of each test."""
    name = "looked_at"
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(f"create database {name} strategy file_copy template template0")
    url = postgres_dsn.replace("/postgres?", f"/{name}?")

    async def migrate() -> None:
        from clipsaver.database import migrations

        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await migrations.migrate(connection, "clipsaver")

    on_asyncio(migrate)
    return url


@pytest.fixture
def config(redis_url: str, tables_url: str, tmp_path: Path) -> Config:
    """Of both servers, both empty."""
    with psycopg.connect(tables_url, autocommit=True) as connection:
        connection.execute(
            "truncate clipsaver.guilds, clipsaver.channels, clipsaver.authors, clipsaver.messages,"
            " clipsaver.clips, clipsaver.thumbnails, clipsaver.runs, clipsaver.scan_coverage"
        )
    return config_of(redis_url, tables_url, tmp_path)


def config_of(redis_url: str, database_url: str, folder: Path) -> Config:
    """As a person would write it."""
    config = load(None, {"REDIS_URL": redis_url, "DATABASE_URL": database_url}, folder).config
    return msgspec.structs.replace(config, data_dir=folder)


@pytest.fixture
def live(config: Config) -> Callable[[Callable[[Stage], Awaitable[Any]]], Any]:
    """Runs a function of a Stage on asyncio."""

    def run(act: Callable[[Stage], Awaitable[Any]]) -> Any:
        async def opened() -> Any:
            async with staged(config) as stage:
                return await act(stage)

        return on_asyncio(opened)

    return run


@asynccontextmanager
async def staged(config: Config):
    """Source and operator, and a stream to fill."""
    async with open_live(config, config_name="config.toml") as (source, operator):
        yield await Stage.opened(config, source, operator)
