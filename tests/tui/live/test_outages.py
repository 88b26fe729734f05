"""A store that is away: said at once, never waited for long, looked at again when it is back."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis as blocking
from psycopg import AsyncConnection

from clipsaver.embedded.binaries import choose_valkey, valkey_programs
from clipsaver.errors import DatabaseUnavailable, RedisUnavailable
from clipsaver.queue import produce
from clipsaver.tui.sources.live.asking import Desk, Question
from clipsaver.tui.sources.live.tables import Tables
from clipsaver.tui.sources.seen import Seen
from clipsaver.tui.sources.wanted import View, Wanted
from tests.servers import _wait_for_valkey, reachable_folder, valkey_server
from tests.tui.live.conftest import config_of, staged
from tests.tui.live.stage import Stage, job, on_asyncio

PENDING = Wanted(view=View.PENDING)


@pytest.fixture
def own_redis() -> Iterator[str]:
    """A Valkey that the test may stop."""
    with valkey_server() as url:
        yield url


def pid_of(url: str) -> int:
    with blocking.Redis.from_url(url) as client:
        return int(client.info("server")["process_id"])


def test_a_redis_that_hangs_fails_a_look_within_two_seconds(
    own_redis: str, tables_url: str, tmp_path: Path
) -> None:
    async def act() -> None:
        config = config_of(own_redis, tables_url, tmp_path)
        async with staged(config) as stage:
            await stage.source.look(PENDING)
            pid = pid_of(own_redis)
            os.kill(pid, signal.SIGSTOP)
            try:
                began = time.monotonic()
                with pytest.raises(RedisUnavailable, match="did not answer in time"):
                    await stage.source.look(PENDING)
                assert time.monotonic() - began < 2.5
            finally:
                os.kill(pid, signal.SIGCONT)
            assert (await stage.source.look(PENDING)).body is not None

    on_asyncio(act)


@contextmanager
def serving(socket: Path) -> Iterator[None]:
    """A Valkey at that socket, which is asked to end with the block."""
    command = [str(choose_valkey(valkey_programs())), "--port", "0", "--unixsocket", str(socket)]
    log = socket.with_suffix(".log")
    with log.open("wb") as said:
        server = subprocess.Popen([*command, "--save", ""], stdout=said)
    try:
        _wait_for_valkey(socket, log)
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_a_redis_that_goes_and_comes_back_is_looked_at_again(tables_url: str) -> None:
    async def act() -> None:
        with reachable_folder() as folder:
            socket = folder / "valkey.sock"
            config = config_of(f"unix://{socket}", tables_url, folder)
            async with staged(config) as stage:
                with serving(socket):
                    await stage.worker("w-1")
                    assert (await stage.source.look(PENDING)).common.workers != ()
                for _ in range(2):
                    with pytest.raises(RedisUnavailable, match="cannot be reached"):
                        await stage.source.look(PENDING)
                with serving(socket):  # it knows no script any more
                    assert (await stage.source.look(PENDING)).common.workers == ()
                    await stage.worker("w-2")
                    workers = (await stage.source.look(PENDING)).common.workers
                    assert [one.name for one in workers] == ["w-2"]

    on_asyncio(act)


def test_a_database_that_is_away_costs_only_what_lives_there(
    redis_url: str, tmp_path: Path
) -> None:
    async def act() -> None:
        config = config_of(redis_url, "postgresql://nobody@127.0.0.1:1/none", tmp_path)
        async with staged(config) as stage:
            me = await stage.worker("w-1")
            held = await stage.taken(me, 70)
            seen: dict[View, Seen] = {}
            for view in View:
                began = time.monotonic()
                seen[view] = await stage.source.look(Wanted(view=view, chosen=held.run_id))
                assert time.monotonic() - began < 0.6
            common = seen[View.JOBS].common
            assert common.database.latency_ms is None
            assert "does not answer; is it running" in (common.database.error or "")
            assert common.database.since_ms is not None
            assert abs(seen[View.JOBS].at_ms - common.database.since_ms) < 10_000
            assert (common.clips, common.redis.error) == (None, None)
            assert seen[View.CLIPS].body is None
            jobs: Any = seen[View.JOBS].body
            assert [row.run_id for row in jobs.rows] == [held.run_id]
            assert (jobs.detail.row.run_id, jobs.detail.run) == (held.run_id, None)

    on_asyncio(act)


def test_its_connection_is_opened_again_when_it_was_lost(live: Any) -> None:
    async def act(stage: Stage) -> None:
        clips = Wanted(view=View.CLIPS)
        assert (await stage.source.look(clips)).common.clips == 0
        await stage.sql(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'clipsaver tui'"
        )
        desk = stage.source._desk
        desk._answers.clear()
        assert (await stage.source.look(clips)).common.database.error is not None
        desk._next_try_s = 0
        assert (await stage.source.look(clips)).common.database.error is None
        assert (await stage.source.look(clips)).body is not None

    live(act)


class Hall:
    """Tables that take their time, or are away."""

    def __init__(self) -> None:
        self.is_away = False

    def connection(self) -> Any:
        return self

    async def __aenter__(self) -> AsyncConnection[Any] | None:
        if self.is_away:
            raise DatabaseUnavailable("away")
        return None

    async def __aexit__(self, *_: object) -> None:
        pass


class Asked:
    """Counts how often something is asked."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def __call__(self, key: str, max_age_s: float = 10.0) -> Question:
        async def ask(_: Any) -> str:
            self.counts[key] = self.counts.get(key, 0) + 1
            return f"{key} {self.counts[key]}"

        return Question(key, max_age_s, ask)


def test_what_is_new_is_asked_at_once_and_then_one_at_a_time() -> None:
    async def act() -> None:
        now = [100.0]
        desk, asked = Desk(Hall(), lambda: now[0]), Asked()
        questions = [asked("a"), asked("b", 5.0), asked("c")]
        assert await desk.answers(questions) == {"a": "a 1", "b": "b 1", "c": "c 1"}
        await desk.answers(questions)
        assert asked.counts == {"a": 1, "b": 1, "c": 1}
        now[0] += 11
        for times in ({"a": 1, "b": 2, "c": 1}, {"a": 2, "b": 2, "c": 1}, {"a": 2, "b": 2, "c": 2}):
            await desk.answers(questions)
            assert asked.counts == times
        await desk.answers([*questions, asked("d")])
        assert asked.counts["d"] == 1
        await desk.close()

    on_asyncio(act)


@pytest.mark.parametrize(("took_s", "rests_s"), [(0.25, 2.5), (2.0, 15.0)])
def test_what_takes_long_is_asked_the_more_seldom(took_s: float, rests_s: float) -> None:
    async def act() -> None:
        now = [0.0]
        desk, times = Desk(Hall(), lambda: now[0]), []

        async def ask(_: Any) -> None:
            now[0] += took_s
            times.append(now[0])

        for _ in range(100):
            await desk.answers([Question("a", 1.5, ask)])
            now[0] += 0.5
        assert {b - a - took_s for a, b in itertools.pairwise(times)} == {rests_s}
        await desk.close()

    on_asyncio(act)


def test_while_it_is_away_it_is_asked_ever_more_seldom() -> None:
    async def act() -> None:
        now = [0.0]
        hall = Hall()
        desk, asked = Desk(hall, lambda: now[0]), Asked()
        question = asked("a", 0.0)
        await desk.answers([question])
        hall.is_away = True
        now[0] = 1.0
        assert await desk.answers([question]) == {}
        assert (desk.error, desk.away_for_s, desk.latency_ms) == ("away", 0.0, None)
        tries = []
        enter = Hall.__aenter__

        async def counted(self: Hall) -> Any:
            tries.append(now[0])
            return await enter(self)

        Hall.__aenter__ = counted  # type: ignore[method-assign]
        try:
            for _ in range(200):
                now[0] += 0.25
                await desk.answers([question])
            assert [round(b - a) for a, b in itertools.pairwise(tries)][:5] == [
                2,
                4,
                8,
                10,
                10,
            ]
            hall.is_away = False
            now[0] += 10
            assert await desk.answers([question]) == {"a": "a 2"}
            assert (desk.error, desk.away_for_s) == (None, None)
        finally:
            Hall.__aenter__ = enter  # type: ignore[method-assign]
        await desk.close()

    on_asyncio(act)


def test_a_statement_that_takes_too_long_is_given_up(tables_url: str) -> None:
    async def act() -> None:
        tables = Tables(tables_url, "clipsaver", statement_s=0.2)
        with pytest.raises(DatabaseUnavailable, match="took too long"):
            async with tables.connection() as connection:
                await connection.execute("select pg_sleep(5)")
        async with tables.connection() as connection:
            found = await connection.execute("select count(*) from clips")
            assert await found.fetchone() is not None
        tables.close()

    on_asyncio(act)


def test_a_look_does_not_wait_for_a_slow_answer(live: Any) -> None:
    async def act(stage: Stage) -> None:
        await produce.push(stage.link, [job(70)])
        desk = stage.source._desk

        async def slow(connection: AsyncConnection[Any]) -> str:
            await connection.execute("select pg_sleep(0.6)")
            return "late"

        question = Question("slow", 9.0, slow)
        began = time.monotonic()
        assert await desk.answers([question]) == {}
        assert time.monotonic() - began < 0.5
        assert await desk.answers([question]) == {}
        assert await desk.answers([question]) == {"slow": "late"}
        assert desk.error is None

    live(act)
