"""Tests of the terminal UI wait for what is due, and not for the processor to be idle."""

from __future__ import annotations

import pytest
import textual.app
import textual.pilot

from tests.tui.running import nothing_is_due


@pytest.fixture(autouse=True)
def _no_idle_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's own sleeps for 20 ms again and again, until 1 ms of the processor was enough for
    these: more than half of the time of these tests went into that."""
    monkeypatch.setattr(textual.app, "wait_for_idle", nothing_is_due)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", nothing_is_due)
