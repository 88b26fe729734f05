"""The world of `world` for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipsaver.database import Database
from tests.purging.tables import database, tables
from tests.purging.world import World

__all__ = ["database", "tables"]


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> World:
    filled = World(database, tmp_path / "pictures")
    await filled.fill()
    return filled
