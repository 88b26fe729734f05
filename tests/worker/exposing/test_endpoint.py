"""A real worker that is looked at over a real socket."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
import trio
from prometheus_client.parser import text_string_to_metric_families

from clipsaver.config import (
    Config,
    DatabaseConfig,
    DiscordConfig,
    MetricsConfig,
    RedisConfig,
    Secret,
)
from clipsaver.errors import UsageError
from clipsaver.worker.exposing import asking
from clipsaver.worker.exposing.health import Standing, readiness
from clipsaver.worker.nursery import run_worker
from tests.worker.conftest import OpenSite
from tests.worker.site import Site, a_world, scan_of, until
from tests.worker.thumbnailing.test_making import all_are, making

ANYWHERE = MetricsConfig(listen="127.0.0.1:0")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks gets a new answer, and does not wait long for one."""
    monkeypatch.setattr(asking, "HOLDS_S", 0.0)
    monkeypatch.setattr(asking, "LIMIT_S", 0.2)


class Watcher:
    """Whoever scrapes and probes."""

    def __init__(self, logs: list[MutableMapping[str, Any]]) -> None:
        self._logs = logs
        self.heard: list[str] = []

    async def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        """Status and body."""
        (url,) = next(log["at"] for log in self._logs if log["event"] == "metrics_served")
        port = int(url.rpartition(":")[2])
        received = b""
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all(f"{method} {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
            async for part in stream:
                received += part
        self.heard.append(received.decode())
        head, _, body = received.decode().partition("\r\n\r\n")
        return int(head.split()[1]), body

    async def figures(self) -> dict[str, float]:
        """Those of /metrics, as they are written there."""
        status, text = await self.get("/metrics")
        assert status == 200
        return {
            sample.name
            + "".join(sorted(f" {name}={value}" for name, value in sample.labels.items())): (
                sample.value
            )
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    async def is_told(self, path: str, status: int, words: str) -> None:
        """Returns once that is the answer."""

        async def condition() -> bool:
            found = await self.get(path)
            return found[0] == status and words in found[1]

        await until(condition, f"{path} is {status} and says: {words}")


@asynccontextmanager
async def watched(site: Site, config: Config) -> AsyncIterator[Watcher]:
    """A worker for the time of the block, and whoever looks at it."""
    with structlog.testing.capture_logs() as logs:
        async with site.worker(msgspec.structs.replace(config, metrics=ANYWHERE)):
            yield Watcher(logs)


async def test_what_a_worker_did_is_scraped(site_of: OpenSite, tmp_path: Path) -> None:
    async with site_of(a_world(messages=120)) as site:
        async with watched(site, making(site, tmp_path)) as watcher:
            await site.push(scan_of(site.channels[0]), b"no job")
            await site.all_done(1)
            await site.event_came("dead")
            await all_are(site, "ready")
            assert await watcher.get("/readyz") == (200, readiness(Standing("running")).text)
            status, said = await watcher.get("/healthz?verbose")
            assert (status, said.startswith("alive\nscheduler: ok (late by ")) == (200, True)

            async def all_told() -> bool:
                found = await watcher.figures()
                return found["clipsaver_jobs_running kind=ending"] == 0

            await until(all_told, "the ends of the jobs are told")
            found = await watcher.figures()
            clips = len(await site.clips())
            assert found["clipsaver_jobs_total outcome=done type=batch"] == 1
            assert found["clipsaver_jobs_total outcome=dead type=bad_job"] == 1
            assert found["clipsaver_queue_entries place=dead"] == 1
            assert found["clipsaver_queue_entries place=held"] == 0
            assert (found["clipsaver_messages_total"], found["clipsaver_clips_total"]) == (
                120,
                clips,
            )
            assert found["clipsaver_commit_seconds_count"] >= 1
            pages = "clipsaver_discord_requests_total route=GET /channels/{channel}/messages"
            assert found[f"{pages} status=200"] == site.pages_asked
            assert found["clipsaver_thumbnails_total outcome=ready source=decode"] == clips
            assert found["clipsaver_media_requests_total status=206"] >= clips
            assert found["clipsaver_media_fetched_bytes_total"] > 1000 * clips
            assert found["clipsaver_discord_allowed_requests_per_second"] == 1000
            assert 0 <= found["clipsaver_discord_allowance_used_ratio"] <= 1
            assert found["clipsaver_up dependency=redis"] == 1
            assert found["clipsaver_connections_opened_total to=postgresql"] >= 1
            assert 0 < found["clipsaver_redis_round_trip_seconds"] < 5
            assert (await watcher.get("/"))[0] == 200
            assert (await watcher.get("/metrics/"))[0] == 404
            assert await watcher.get("/metrics", "POST") == (405, "only GET and HEAD\n")
            assert await watcher.get("/metrics", "HEAD") == (200, "")
        assert len(watcher.heard) >= 8
        assert not any(site.simulator.token in heard for heard in watcher.heard)


async def test_a_redis_that_does_not_answer_is_seen_and_so_is_its_return(
    site_of: OpenSite,
) -> None:
    async with site_of(a_world(messages=30)) as site, watched(site, site.config) as watcher:
        await watcher.is_told("/readyz", 200, "ready")
        await site.link.command("CLIENT PAUSE", 15_000, "WRITE")  # scripts as well
        await watcher.is_told("/readyz", 503, "redis: not ok (away for ")
        found = await watcher.figures()
        assert found["clipsaver_up dependency=redis"] == 0
        assert found["clipsaver_up dependency=postgresql"] == 1
        assert "clipsaver_queue_entries place=held" not in found
        assert (await watcher.get("/healthz"))[0] == 200
        await site.link.command("CLIENT UNPAUSE")
        await watcher.is_told("/readyz", 200, "redis: ok")


async def test_a_token_that_is_rejected_is_not_ready(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=30)) as site:
        site.world.revoke()
        async with watched(site, site.config) as watcher:
            await watcher.is_told("/readyz", 503, "token: not ok (rejected by Discord for ")
            assert (await watcher.figures())["clipsaver_discord_token_rejected"] == 1


async def test_a_worker_that_waits_for_its_stores_is_alive_and_not_ready(tmp_path: Path) -> None:
    config = Config(
        data_dir=tmp_path,
        metrics=ANYWHERE,
        discord=DiscordConfig(token=Secret("to.ke.n")),
        redis=RedisConfig(url=Secret(f"unix://{tmp_path}/none.sock")),
        database=DatabaseConfig(url=Secret(f"host={tmp_path} dbname=none")),
    )
    stopping = trio.Event()
    with structlog.testing.capture_logs() as logs, trio.fail_after(10):

        async def both_are_away() -> bool:
            return {"redis_away", "database_away"} <= {log["event"] for log in logs}

        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_worker, config, stopping)
            await until(both_are_away, "both stores are away")
            watcher = Watcher(logs)
            assert (await watcher.get("/healthz"))[0] == 200
            status, said = await watcher.get("/readyz")
            assert status == 503
            for line in ("reads: not ok (the worker starts", "redis: not ok", "postgresql: not ok"):
                assert line in said
            found = await watcher.figures()
            assert found["clipsaver_state state=starting"] == 1
            stopping.set()


async def test_a_port_that_is_taken_is_said_before_anything_begins(tmp_path: Path) -> None:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        taken = f"127.0.0.1:{listener.socket.getsockname()[1]}"
        config = Config(data_dir=tmp_path / "none", metrics=MetricsConfig(listen=taken))
        said = f"metrics.listen: nothing can listen on {taken}: the port is taken"
        with pytest.raises(UsageError, match=re.escape(said)):
            await run_worker(config, trio.Event())
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("192.0.2.1:9464", "this machine does not have that address"),
        ("nobody.invalid:9464", "nothing can listen on nobody.invalid:9464: "),
    ],
)
async def test_an_address_that_cannot_be_had_says_why(
    tmp_path: Path, listen: str, said: str
) -> None:
    config = Config(data_dir=tmp_path / "none", metrics=MetricsConfig(listen=listen))
    with pytest.raises(UsageError, match=said):
        await run_worker(config, trio.Event())


def test_a_worker_that_nobody_watches_does_not_load_the_client_library() -> None:
    script = "import sys, clipsaver.worker.nursery; print('prometheus_client' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert ended.stdout == b"False\n"
