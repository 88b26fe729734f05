"""A simulated Discord without sockets, on virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import trio

from clipsaver.simulator import Fault, Limits, Rate, World
from clipsaver.simulator.serving.in_process import InProcess
from clipsaver.simulator.serving.server import Options
from tests.simulator.asking import NOW

DAY_S = 86_400


def clock() -> float:
    return NOW + trio.current_time()


@asynccontextmanager
async def discord(
    limits: Limits | None = None, **options: Any
) -> AsyncIterator[tuple[InProcess, httpx.AsyncClient]]:
    world = World.generate(1, now=NOW, channels=2, messages=50, simple=True)
    transport = InProcess(world, options=Options(limits=limits, wall_clock=clock, **options))
    headers = {"Authorization": f"Bot {world.token}"}
    async with httpx.AsyncClient(
        base_url=transport.simulator.api_url, headers=headers, transport=transport
    ) as client:
        yield transport, client


async def test_a_day_of_posts_passes_at_once(autojump_clock: object) -> None:
    async with discord(limits=Limits(per_route=Rate(1, 600.0))) as (transport, client):
        world = transport.simulator.world
        guild_id, channel_id = next(iter(world.guilds)), next(iter(world.histories))
        posted: list[int] = []
        seen: list[int] = []

        async def post() -> None:
            for _ in range(24):
                posted.append(world.post(channel_id, now=clock()))
                await trio.sleep(3600)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(post)
            for _ in range(DAY_S // 600):
                query = {"has": "video", "min_id": str(max(seen, default=posted[0] - 1) if posted
                                                       else 1 << 62)}  # fmt: skip
                page = (
                    await client.get(f"/guilds/{guild_id}/messages/search", params=query)
                ).json()
                seen += [int(message["id"]) for (message,) in page["messages"]]
                await trio.sleep(600)
        assert seen == posted
        assert transport.simulator.statistics().limited == {}


async def test_links_live_by_the_virtual_clock(autojump_clock: object) -> None:
    async with discord() as (transport, client):
        world = transport.simulator.world
        channel_id = next(iter(world.histories))
        world.post(channel_id, now=clock())
        (message,) = (await client.get(f"/channels/{channel_id}/messages?limit=1")).json()
        link = message["attachments"][0]["url"]
        assert (await client.get(link)).status_code == 200
        assert (await client.head(link)).content == b""
        await trio.sleep(DAY_S + 1)
        assert (await client.get(link)).status_code == 404


async def test_limits_and_latency_run_on_the_virtual_clock(autojump_clock: object) -> None:
    async with discord(limits=Limits(per_route=Rate(1, 60.0))) as (transport, client):
        transport.simulator.faults.next("*", Fault.latency(7.0))
        first = await client.get("/users/@me")
        assert (first.status_code, trio.current_time()) == (200, 7.0)
        assert first.headers["date"] == "Mon, 21 Sep 2026 14:13:27 GMT"
        refused = await client.get("/users/@me")
        assert refused.json()["retry_after"] == 60.0
        await trio.sleep(60)
        assert (await client.get("/users/@me")).status_code == 200


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.hang(), httpx.ReadTimeout),
        (Fault.cut_short(), httpx.RemoteProtocolError),
        (Fault.reset_mid_body(), httpx.ReadError),
    ],
)
async def test_faults_of_the_wire(
    fault: Fault, error: type[Exception], autojump_clock: object
) -> None:
    async with discord() as (transport, client):
        transport.simulator.faults.next("*", fault)
        with pytest.raises(error):
            await client.get("/users/@me")
        assert (await client.get("/users/@me")).status_code == 200


async def test_a_slow_body_takes_its_time(autojump_clock: object) -> None:
    async with discord() as (transport, client):
        transport.simulator.faults.next("*", Fault.slow_body(10))
        body = (await client.get("/users/@me")).content
        assert trio.current_time() == pytest.approx(len(body) / 10)


async def test_compressed_answers_are_unpacked() -> None:
    async with discord(compress=True) as (transport, client):
        channel_id = next(iter(transport.simulator.world.histories))
        page = await client.get(f"/channels/{channel_id}/messages")
        assert page.headers["content-encoding"] == "gzip"
        assert len(page.json()) == 50


async def test_bodies_are_sent_along() -> None:
    async with discord() as (_, client):
        answer = await client.post("/attachments/refresh-urls", json={"attachment_urls": ["x"]})
        assert answer.json() == {"refreshed_urls": [{"original": "x", "refreshed": None}]}
