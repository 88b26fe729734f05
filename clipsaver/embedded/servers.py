"""The embedded servers for as long as a block runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

import structlog
import trio

from clipsaver.embedded.polling import cancellable_pause, plain_pause
from clipsaver.embedded.postgres import place_postgres
from clipsaver.embedded.sharing import Use
from clipsaver.embedded.valkey import place_valkey
from clipsaver.errors import EmbeddedServerError

_STOP_TIMEOUT_S = 90.0
"""More than both servers' signals and their patience; a stop takes 20 ms."""
_LOOK_INTERVAL_S = 1.0
_LONGEST_RETRY_S = 30.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Servers:
    """The URLs of the running servers; None for one that was not asked for."""

    database_url: str | None
    redis_url: str | None
    _uses: tuple[Use, ...]

    async def keep_running(
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> NoReturn:
        """A service: starts a server again, on the same URL, when it has died in use.

        Its clients see a store that is away for a while. A server that does not start is logged
        and tried again, ever more seldom, up to each 30 s.
        """
        task_status.started()
        wait_s = _LOOK_INTERVAL_S
        while True:
            await trio.sleep(wait_s)
            all_run = await trio.to_thread.run_sync(_renew_all, self._uses)
            wait_s = _LOOK_INTERVAL_S if all_run else min(2 * wait_s, _LONGEST_RETRY_S)


@asynccontextmanager
async def open_servers(data_dir: Path, *, postgres: bool, valkey: bool) -> AsyncIterator[Servers]:
    """Starts the asked servers on the data in `data_dir`, or joins those that run.

    They are shared with every process that opens the same `data_dir`; the last one out stops
    them. Raises EmbeddedServerError with a sentence for each server that cannot be had.
    """
    uses = await trio.to_thread.run_sync(partial(_uses, data_dir, postgres=postgres, valkey=valkey))
    try:
        await _enter_all(uses)
        yield _servers(uses)
    finally:
        with trio.move_on_after(_STOP_TIMEOUT_S, shield=True):
            await trio.to_thread.run_sync(_leave_all, uses, abandon_on_cancel=True)


@contextmanager
def open_servers_blocking(data_dir: Path, *, postgres: bool, valkey: bool) -> Iterator[Servers]:
    """`open_servers` for code that has no Trio, such as the terminal UI before it starts."""
    uses = _uses(data_dir, postgres=postgres, valkey=valkey)
    try:
        for use in uses:
            use.enter(plain_pause)
        yield _servers(uses)
    finally:
        _leave_all(uses)


def _uses(data_dir: Path, *, postgres: bool, valkey: bool) -> tuple[Use, ...]:
    """In the order in which they are stopped: the queue, then what its jobs write to."""
    wanted = []
    if valkey:
        wanted.append(Use(place_valkey(data_dir)))
    if postgres:
        wanted.append(Use(place_postgres(data_dir)))
    return tuple(wanted)


async def _enter_all(uses: tuple[Use, ...]) -> None:
    """All at once: after a crash each may have a long log to read."""
    problems: list[EmbeddedServerError] = []

    async def enter(use: Use) -> None:
        if problem := await trio.to_thread.run_sync(_problem_entering, use):
            problems.append(problem)

    async with trio.open_nursery() as nursery:
        for use in uses:
            nursery.start_soon(enter, use)
    if problems:
        sentences = "\n".join(str(problem) for problem in problems)
        raise EmbeddedServerError(sentences) from problems[0]


def _problem_entering(use: Use) -> EmbeddedServerError | None:
    try:
        use.enter(cancellable_pause)
    except EmbeddedServerError as problem:
        return problem
    return None


def _renew_all(uses: tuple[Use, ...]) -> bool:
    all_run = True
    for use in uses:
        try:
            use.renew(cancellable_pause)
        except EmbeddedServerError as error:
            _log.error("embedded.not_restarted", server=use.server.title, reason=str(error))
            all_run = False
    return all_run


def _servers(uses: tuple[Use, ...]) -> Servers:
    urls = {use.server.title: use.server.url for use in uses}
    return Servers(urls.get("PostgreSQL"), urls.get("Valkey"), uses)


def _leave_all(uses: tuple[Use, ...]) -> None:
    for use in uses:
        use.leave()
