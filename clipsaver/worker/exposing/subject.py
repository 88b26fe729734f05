"""What is looked at, as far as it is there: a worker comes into being piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from clipsaver.database import Database
from clipsaver.outage import Outage
from clipsaver.queue.link import Link
from clipsaver.queue.worker_statistics import WorkerStatistics


@dataclass(frozen=True, slots=True)
class OpenStores:
    """Connections to both stores; whether they answer is another question."""

    link: Link
    """With connections of its own calls, which do not travel with those of jobs."""
    database: Database
    redis_outage: Outage


@dataclass(frozen=True, slots=True)
class WorkerAtWork:
    """A worker with all its parts."""

    state: Callable[[], str]
    """running, paused, draining or stopping."""
    statistics: Callable[[], WorkerStatistics]


@dataclass(slots=True)
class Subject:
    """One worker, from before its stores are open to after they are closed."""

    stores: OpenStores | None = None
    worker: WorkerAtWork | None = None

    @contextmanager
    def having(self, stores: OpenStores) -> Iterator[None]:
        """The time for which these are open; after it nothing is to be asked any more."""
        self.stores = stores
        try:
            yield
        finally:
            self.stores = self.worker = None
