"""Two workers with one fixed name: the second is refused, and the wrong one settles nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
import trio
from structlog.testing import capture_logs

from clipsaver.config import Config
from clipsaver.errors import ExitCode, NameTaken
from clipsaver.simulator import Fault
from clipsaver.worker import readying, reporting
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, Worker, a_world, planted, scan_of

Logs = list[Any]
_BEAT_S = 0.2
_EXPIRES_MS = 1000


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "BEAT_EVERY_S", _BEAT_S)
    monkeypatch.setattr(reporting, "EXPIRES_MS", _EXPIRES_MS)
    monkeypatch.setattr(readying, "EXPIRES_MS", _EXPIRES_MS)


@pytest.fixture
def logs() -> Iterator[Logs]:
    with capture_logs() as told:
        yield cast("Logs", told)


def _named(site: Site) -> Config:
    return site.configured(redis={"consumer": "the-one"})


async def _refusal(site: Site) -> str:
    """Starts a worker of that name, which has to be refused."""
    with pytest.RaisesGroup(NameTaken, flatten_subgroups=True) as caught:
        await Worker().run(_named(site))
    (error,) = _leaves(caught.value)
    assert isinstance(error, NameTaken)
    assert error.exit_code is ExitCode.USAGE
    return str(error)


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for part in error.exceptions for leaf in _leaves(part)]
    return [error]


async def test_the_second_of_a_name_is_refused_and_harms_nothing(
    site_of: OpenSite, logs: Logs
) -> None:
    async with site_of(a_world(messages=900)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.05))
        async with site.worker(_named(site)):
            await site.push(scan_of(site.channels[0]))
            await site.has_read(1)
            said = await _refusal(site)
            await site.all_done(1)
        assert await site.clips() == planted(site.world)
        assert await site.rows("select deliveries, attempts from runs") == [(1, 0)]
    for words in ("'the-one'", "process ", " on ", "since 2", "leave redis.consumer empty"):
        assert words in said
    (warned,) = (log for log in logs if log["event"] == "name_in_use")
    assert warned["consumer"] == "the-one"


async def test_of_two_that_start_at_once_one_wins(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=1)) as site:
        stopping, refused = trio.Event(), []

        async def start() -> None:
            worker = Worker(stopping=stopping)
            try:
                await worker.run(_named(site))
            except BaseExceptionGroup as group:
                refused.extend(_leaves(group))
                stopping.set()

        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(start)
        assert [type(error) for error in refused][:1] == [NameTaken]
        assert len(refused) <= 2


async def test_the_name_of_a_killed_worker_is_free_soon(site_of: OpenSite, logs: Logs) -> None:
    async with site_of(a_world(messages=900)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.05))
        async with site.worker(_named(site)) as first:
            await site.push(scan_of(site.channels[0]))
            await site.has_read(1)
            await first.die()
        began = trio.current_time()
        report = await site.drain(_named(site))
        assert trio.current_time() - began < 10
        assert report.outcomes == {"done": 1}  # its own of an earlier life, long before the lease
        assert await site.clips() == planted(site.world)
    assert [log["event"] for log in logs].count("name_in_use") == 1


async def test_one_that_slept_and_lost_its_name_ends_and_settles_nothing(
    site_of: OpenSite, logs: Logs
) -> None:
    async with site_of(a_world(messages=900)) as site:
        site.simulator.faults.always(PAGES, Fault.hang())
        (run,) = await site.push(scan_of(site.channels[0]))
        key = site.link.names.worker("the-one")

        async def sleeper() -> None:
            with pytest.RaisesGroup(NameTaken, flatten_subgroups=True):
                await Worker().run(_named(site))
            ended.set()

        ended = trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleeper)
            await site.is_running(run)
            facts = ("instance", "another", "host", "elsewhere", "pid", "7", "started_at", "1")
            await site.link.command("HSET", key, *facts)
            await ended.wait()
        (entry,) = await site.pending()
        assert entry["times_delivered"] == 1
        assert await site.link.command("HGET", key, "instance") == b"another"
        assert await site.consumers() == ["the-one"]
        await site.link.command("DEL", key)
