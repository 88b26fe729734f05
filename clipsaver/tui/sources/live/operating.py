"""Does what a person asks for."""

from __future__ import annotations

from clipsaver.config import Config
from clipsaver.operating.connecting import Connections
from clipsaver.queue.link import Link


class LiveOperator:
    """An `Operator`."""

    def __init__(self, link: Link, database: Connections, config: Config) -> None:
        self._link = link
