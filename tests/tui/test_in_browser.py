"""In a browser, as `textual serve` starts it: a process that talks in packets over its pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from textual.drivers.headless_driver import HeadlessDriver

from clipsaver.tui.sources.wanted import View
from clipsaver.tui.sources.wishes import Deed
from tests.tui.held import HeldOperator, HeldSource, application, looked
from tests.tui.running import run_aio

COMMAND = [sys.executable, "-m", "clipsaver", "tui", "--demo", "--screen", "pending"]
WEB = {"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "COLUMNS": "120", "ROWS": "40"}
PIPES: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)


class Page:
    """What a browser would have before it."""

    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self._shown = b""

    async def shows(self, words: bytes) -> None:
        """Reads until they have come."""
        assert self._process.stdout
        while words not in self._shown:
            part = await self._process.stdout.receive_some()
            assert part, "it has ended"
            self._shown += part

    async def press(self, keys: bytes) -> None:
        """One packet of what a person types."""
        assert self._process.stdin
        await self._process.stdin.send_all(b"D" + len(keys).to_bytes(4, "big") + keys)


async def test_a_browser_is_shown_all_changes_nothing_and_saves_exports(tmp_path: Path) -> None:
    async with trio.open_nursery() as nursery:
        process = await nursery.start(
            partial(trio.run_process, COMMAND, cwd=tmp_path, env=os.environ | WEB, **PIPES)
        )
        page = Page(process)
        with trio.fail_after(20):
            await page.shows(b"__GANGLION__\n")
            await page.shows(b"READ ONLY")
            await page.shows(b"Pending entries")
            await page.press(b"D")
            await page.shows(b"in a browser it takes --allow-actions")
            await page.press(b"e")
            await page.shows(b"deliver_file_start")
            await page.press(b"q")
            await process.wait()
        nursery.cancel_scope.cancel()
    assert not list(await trio.Path(tmp_path).iterdir()), "the server keeps no file"


@pytest.mark.parametrize("allowed", [False, True])
@run_aio
async def test_somebody_has_to_allow_changes_from_a_browser(*, allowed: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HeadlessDriver, "is_web", property(lambda _: True))
        operator = HeldOperator()
        app = application(
            HeldSource(), operator, first=View.DEAD, allows_actions_in_browser=allowed
        )
        async with app.run_test(size=(120, 40)) as pilot:
            await looked(pilot)
            await pilot.press("r")
            if begun := [one for one in app.workers if one.group == "deeds"]:
                await app.workers.wait_for_complete(begun)
            assert [one.deed for one in operator.done] == ([Deed.RETRY] if allowed else [])
