"""Limits and faults as a client meets them."""

from __future__ import annotations

import json
import time

import httpx
import pytest
import trio

from clipsaver.simulator import Fault, Faults, Limits, Rate, World
from tests.simulator.serving import served

PAGES = "GET /channels/*/messages"


def a_world() -> World:
    return World.generate(1, channels=2, messages=100, simple=True)


def paths(world: World) -> list[str]:
    return [f"/channels/{channel_id}/messages?limit=100" for channel_id in world.histories]


async def until_limited(client: httpx.AsyncClient, path: str, tries: int) -> httpx.Response:
    for _ in range(tries):
        response = await client.get(path)
        if response.status_code == 429:
            return response
        assert response.status_code == 200
    raise AssertionError(f"{tries} requests were let through")


async def test_a_visible_limit_counts_down_and_refuses() -> None:
    async with served(a_world(), limits=Limits.visible()) as (simulator, client):
        path, other = paths(simulator.world)
        first = await client.get(path)
        assert first.headers["x-ratelimit-limit"] == "5"
        assert first.headers["x-ratelimit-remaining"] == "4"
        assert 0 < float(first.headers["x-ratelimit-reset-after"]) <= 5
        assert abs(float(first.headers["x-ratelimit-reset"]) - time.time()) < 10
        refused = await until_limited(client, path, 5)
        body = refused.json()
        assert 0 < body["retry_after"] <= 5
        assert body["global"] is False
        assert int(refused.headers["retry-after"]) >= body["retry_after"]
        assert refused.headers["x-ratelimit-scope"] == "user"
        assert refused.headers["x-ratelimit-bucket"] == first.headers["x-ratelimit-bucket"]
        assert (await client.get(other)).status_code == 200
        assert simulator.statistics().limited == {"user": 1}


async def test_who_waits_as_told_is_let_through() -> None:
    limits = Limits(per_route=Rate(1, 0.2))
    async with served(a_world(), limits=limits) as (simulator, client):
        path = paths(simulator.world)[0]
        refused = await until_limited(client, path, 5)
        await trio.sleep(refused.json()["retry_after"])
        assert (await client.get(path)).status_code == 200


async def test_a_hidden_limit_shows_in_its_429_only() -> None:
    async with served(a_world(), limits=Limits.concealed()) as (simulator, client):
        path = paths(simulator.world)[0]
        first = await client.get(path)
        assert first.headers["x-ratelimit-limit"] == "1000"
        refused = await until_limited(client, path, 5)
        assert refused.headers["x-ratelimit-limit"] == "5"
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert refused.headers["x-ratelimit-bucket"] != first.headers["x-ratelimit-bucket"]


async def test_the_whole_tokens_limit() -> None:
    limits = Limits(whole_token=Rate(2, 30.0), per_route=None)
    async with served(a_world(), limits=limits) as (simulator, client):
        refused = await until_limited(client, paths(simulator.world)[0], 3)
        assert refused.json()["global"] is True
        assert refused.headers["x-ratelimit-global"] == "true"
        assert refused.headers["x-ratelimit-scope"] == "global"
        assert "x-ratelimit-reset-after" not in refused.headers


async def test_a_shared_limit_contradicts_itself() -> None:
    limits = Limits(per_route=None, shared=Rate(1, 30.0))
    async with served(a_world(), limits=limits) as (simulator, client):
        refused = await until_limited(client, paths(simulator.world)[0], 2)
        assert refused.headers["x-ratelimit-scope"] == "shared"
        assert refused.headers["x-ratelimit-remaining"] == "9"
        assert refused.json()["retry_after"] > float(refused.headers["x-ratelimit-reset-after"])


async def test_too_many_invalid_requests_meet_cloudflare() -> None:
    limits = Limits(invalid=Rate(2, 600.0))
    async with served(a_world(), limits=limits) as (simulator, client):
        for _ in range(2):
            await client.get("/users/@me", headers={"Authorization": "Bot wrong"})
        banned = await client.get("/users/@me")
        assert banned.status_code == 429
        assert banned.headers["content-type"].startswith("text/html")
        assert "via" not in banned.headers
        assert int(banned.headers["retry-after"]) > 500
        assert simulator.statistics().limited == {"cloudflare": 1}


@pytest.mark.parametrize(
    ("fault", "status", "content_type"),
    [
        (Fault.status(500), 500, "application/json"),
        (Fault.status(502), 502, "text/html"),
        (Fault.status(503), 503, "application/json"),
        (Fault.status(522), 522, "text/html"),
        (Fault.limited("shared", 7.5), 429, "application/json"),
        (Fault.limited("cloudflare", 7.5), 429, "text/html"),
    ],
)
async def test_another_answer_once(fault: Fault, status: int, content_type: str) -> None:
    async with served(a_world()) as (simulator, client):
        path = paths(simulator.world)[0]
        simulator.faults.next(PAGES, fault)
        faulty = await client.get(path)
        assert faulty.status_code == status
        assert faulty.headers["content-type"].startswith(content_type)
        assert (await client.get(path)).status_code == 200
        assert simulator.statistics().status_count(status) == 1


@pytest.mark.parametrize(("status", "error"), [(503, 130000), (403, 50001), (200, 10003)])
async def test_an_error_with_a_code(status: int, error: int) -> None:
    async with served(a_world()) as (simulator, client):
        simulator.faults.next(PAGES, Fault.status(status, error))
        faulty = await client.get(paths(simulator.world)[0])
        assert (faulty.status_code, faulty.json()["code"]) == (status, error)


async def test_garbage_comes_with_200() -> None:
    async with served(a_world()) as (simulator, client):
        simulator.faults.next(PAGES, Fault.garbage())
        response = await client.get(paths(simulator.world)[0])
        assert response.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            response.json()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.reset_mid_body(), httpx.ReadError),
        (Fault.cut_short(), httpx.RemoteProtocolError),
    ],
)
async def test_the_body_ends_too_early(fault: Fault, error: type[Exception]) -> None:
    async with served(a_world()) as (simulator, client):
        path = paths(simulator.world)[0]
        simulator.faults.next(PAGES, fault)
        with pytest.raises(error):
            await client.get(path)
        assert (await client.get(path)).status_code == 200
        assert simulator.statistics().faults == {str(fault.kind): 1}


async def test_a_hanging_answer_ends_with_the_client() -> None:
    async with served(a_world()) as (simulator, client):
        path = paths(simulator.world)[0]
        simulator.faults.next(PAGES, Fault.hang())
        with pytest.raises(httpx.ReadTimeout):
            await client.get(path, timeout=0.1)
        assert (await client.get(path)).status_code == 200


async def test_latency_and_a_slow_body_take_their_time() -> None:
    async with served(a_world(), faults=Faults(1)) as (simulator, client):
        path = paths(simulator.world)[0]
        size_bytes = len((await client.get(path)).content)
        simulator.faults.next(PAGES, Fault.latency(0.1))
        simulator.faults.next(PAGES, Fault.slow_body(size_bytes * 5))
        begun = trio.current_time()
        assert len((await client.get(path)).content) == size_bytes
        assert trio.current_time() - begun >= 0.1 + 0.2


async def test_faults_can_be_set_over_http() -> None:
    async with served(a_world()) as (simulator, client):
        faults = f"{simulator.base_url}/simulator/faults"
        path = paths(simulator.world)[0]
        rule = {"pattern": PAGES, "fault": {"kind": "status", "code": 503}, "times": 2}
        assert (await client.post(faults, json=rule)).status_code == 200
        assert [(await client.get(path)).status_code for _ in range(3)] == [503, 503, 200]
        assert (await client.post(faults, json=rule | {"times": None})).status_code == 200
        assert [(await client.get(path)).status_code for _ in range(3)] == [503, 503, 503]
        assert (await client.delete(faults)).status_code == 200
        assert (await client.get(path)).status_code == 200
        for wrong in ({"pattern": PAGES}, rule | {"fault": {"kind": "status", "cod": 1}}):
            response = await client.post(faults, json=wrong)
            assert response.status_code == 400
            assert "This is no fault" in response.text


async def test_the_truth_over_http() -> None:
    async with served(World.generate(1, channels=2, messages=50)) as (simulator, client):
        world, base_url = simulator.world, simulator.base_url
        channel_id = next(iter(world.histories))
        url = f"{base_url}/simulator/planted"
        told = (await client.get(url, params={"channel_id": channel_id})).json()
        assert [each["clip_id"] for each in told] == [p.clip_id for p in world.planted(channel_id)]
        assert {type(each["message_id"]) for each in told} == {str}
        everything = (await client.get(url)).json()
        assert len(everything) == sum(len(world.planted(each)) for each in world.histories)
        assert (await client.get(url, params={"channel_id": "1"})).status_code == 404
        overview = (await client.get(f"{base_url}/simulator")).json()
        assert {int(each["id"]) for each in overview["channels"]} == set(world.histories)
        assert overview["token"] == world.token
        await client.get(f"/channels/{channel_id}/messages")
        statistics = (await client.get(f"{base_url}/simulator/statistics")).json()
        assert statistics["requests"] == 1
        assert (await client.get(f"{base_url}/simulator/nothing")).status_code == 404


async def test_somebody_posts_while_it_is_served() -> None:
    world = World.generate(7, channels=1, messages=3, simple=True)
    (channel_id,) = world.histories
    async with served(world) as (simulator, client):
        url = f"{simulator.base_url}/simulator/messages"
        told = await client.post(url, json={"channel_id": str(channel_id), "content": "hi"})
        (message,) = (await client.get(f"/channels/{channel_id}/messages?limit=1")).json()
        assert (message["id"], message["content"]) == (told.json()["id"], "hi")
        assert message["attachments"]
        assert (await client.post(url, json={"channel_id": "5"})).status_code == 404
        for wrong in ({}, {"channel_id": str(channel_id), "kind": "sculpture"}):
            refused = await client.post(url, json=wrong)
            assert refused.status_code == 400
            assert "no post" in refused.text
