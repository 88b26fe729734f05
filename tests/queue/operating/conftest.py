"""Dead letters on a real server; the stream and its workers are those of the room above."""

from __future__ import annotations

import pytest

from clipsaver.queue.link import Consumer
from clipsaver.queue.operating.audit import Act
from tests.queue.operating.dying import Dying
from tests.queue.probe import Probe


@pytest.fixture
def dying(me: Consumer, probe: Probe) -> Dying:
    return Dying(me, probe)


@pytest.fixture
def act() -> Act:
    return Act("alice@desk", what="--all", why="Discord is well again")
