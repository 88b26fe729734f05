"""Writing what is shown into a file."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

import pytest

from clipsaver.errors import UsageError
from clipsaver.tui.sharing.files import export, write_new
from clipsaver.tui.viewmodel.rows import Cell, Row
from tests.tui.running import run_aio

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 25, 20, 48, 7, tzinfo=UTC)
NAME = "clipsaver-pending-2026-11-25T204807Z.jsonl"
ROWS = [Row("a", {"ID": Cell("é")}, {}, raw={"x": 1}), Row("b", {"ID": Cell("b")}, {})]


class Window:
    """A terminal, or a browser, and what it was given to save."""

    def __init__(self, *, is_web: bool) -> None:
        self.is_web = is_web
        self.saved: list[tuple[str, str]] = []

    def deliver_text(self, file: TextIO, /, *, save_filename: str, mime_type: str) -> None:
        assert mime_type == "application/x-ndjson"
        self.saved.append((save_filename, file.read()))


@run_aio
async def test_a_file_in_the_folder(tmp_path: Path) -> None:
    said = await export(ROWS, "pending", Window(is_web=False), at=AT, folder=tmp_path)
    written = (tmp_path / NAME).read_bytes()
    assert [json.loads(line)["key"] for line in written.splitlines()] == ["a", "b"]
    assert said == f"wrote {NAME} in {tmp_path}: 2 rows, {len(written)} bytes"


@run_aio
async def test_in_a_browser_it_is_a_download(tmp_path: Path) -> None:
    window = Window(is_web=True)
    said = await export(ROWS[:1], "pending", window, at=AT, folder=tmp_path)
    ((name, text),) = window.saved
    assert name == NAME
    assert json.loads(text)["shown"] == {"id": "é"}
    assert said.startswith(f"{NAME} goes to the browser: 1 row, ")
    assert not await asyncio.to_thread(lambda: list(tmp_path.iterdir()))


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("mine")
    first = write_new(tmp_path, NAME, "one")
    second = write_new(tmp_path, NAME, "two")
    assert (tmp_path / NAME).read_text() == "mine"
    assert first.name == "clipsaver-pending-2026-11-25T204807Z-2.jsonl"
    assert second.name == "clipsaver-pending-2026-11-25T204807Z-3.jsonl"
    assert first.read_text() + second.read_text() == "onetwo"


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone/a\.jsonl: No such file.*start clipsaver tui in"):
        write_new(tmp_path / "gone", "a.jsonl", "x")
