"""The world of `world`, in tables and a folder of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipsaver.database import Database
from tests.database.conftest import database
from tests.purging.world import World

__all__ = ["database"]


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> World:
    filled = World(database, tmp_path / "pictures")
    await filled.fill()
    return filled
