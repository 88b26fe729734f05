"""A list over real servers: cursor, filter and marks while rows come and go; copies and exports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipsaver.config import Config
from clipsaver.queue.outcomes import settle
from clipsaver.queue.policy import Done
from clipsaver.tui.sources.wanted import View
from tests.tui.live.driving import person_at
from tests.tui.live.stage import on_asyncio
from tests.tui.running import until


def test_the_cursor_stays_on_its_row_and_the_filter_and_the_marks_on_theirs(config: Config) -> None:
    async def act() -> None:
        async with person_at(config) as person:
            stage = person.stage
            me, gone = await stage.worker("w-1"), await stage.worker("w-9", is_alive=False)
            held = [await stage.taken(me, 70 + number) for number in range(4)]
            keys = [one.entry.entry_id for one in held]
            await person.goes_to(View.PENDING, 4)
            await person.chooses(keys[2])

            added = (await stage.taken(gone, 90)).entry.entry_id
            await person.has(5)
            assert person.table.cursor_key == keys[2]
            await settle(me, held[0], Done())
            await person.has(4)
            assert person.table.cursor_key == keys[2]
            await person.press("S")
            await until(
                lambda: person.rows[0] == added, "the last one is the first", shown=person.now
            )
            assert person.table.cursor_key == keys[2]

            await person.chooses(keys[1], keys[3])
            await person.press("/", *"consumer=w-9")
            await person.has(1)
            assert person.rows == [added]
            await person.press("enter")
            assert person.screen.filter_text == "consumer=w-9"
            await person.sees("2 marked, 2 of them not shown")
            await person.press("/", "space", *'"')
            assert person.screen.line.error is not None
            assert person.rows == [added], "what cannot be read leaves the list as it is"
            await person.press("enter")
            assert person.screen.filter_text == "consumer=w-9"
            await person.press("escape")
            await person.has(4)
            await settle(me, held[1], Done())
            await person.has(3)
            assert person.table.marks == {keys[3]}
            await settle(me, held[2], Done())
            await person.has(2)
            assert person.table.cursor_key in (keys[3], added), "its row is gone: on a neighbour"

    on_asyncio(act)


def test_what_is_shown_is_copied_and_exported(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    runs: list[str] = []

    async def act() -> None:
        async with person_at(config) as person:
            runs.extend(await person.stage.pushed(70, 71))
            await person.goes_to(View.JOBS, 2)
            await person.chooses(runs[1])
            await person.press("y")
            await until(lambda: person.app.clipboard == runs[1], "the id is copied")
            await person.press("Y")
            await until(lambda: person.app.clipboard.startswith("{"), "the record is copied")
            assert json.loads(person.app.clipboard)["run_id"] == runs[1]
            await person.press("e")
            await person.sees(".jsonl")

    on_asyncio(act)
    (file,) = tmp_path.glob("*.jsonl")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert {row["record"]["run_id"] for row in rows} == set(runs)
