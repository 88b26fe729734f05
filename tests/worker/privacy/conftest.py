"""Chores that are due at once, and looked at often."""

from __future__ import annotations

import pytest

from clipsaver.worker.privacy import checking, chores, left_guilds, purging, retaining
from tests.worker.conftest import impatient, site_of

__all__ = ["impatient", "site_of"]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first round of each chore."""
    for module in (checking, left_guilds, retaining):
        monkeypatch.setattr(module, "_FIRST_IN_S", 0.0)
    monkeypatch.setattr(chores, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(chores, "_AT_LEAST_S", 0.05)
    monkeypatch.setattr(checking, "_GO_ON_S", 0.0)
    monkeypatch.setattr(purging, "LOOK_EVERY_S", 0.05)
