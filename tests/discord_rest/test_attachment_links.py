"""Links that Discord signs again."""

import json
from contextlib import asynccontextmanager

import pytest

from clipsaver import errors
from clipsaver.discord_rest.client import open_client
from clipsaver.simulator import Fault, World, open_simulator
from tests.discord_rest.conftest import Discord, answer, client_of
from tests.permits import AtOnce

URL = "https://cdn.discordapp.com/attachments/1/2/x.mp4"
REFRESH = "POST /attachments/refresh-urls"


def signed(*pairs):
    return answer(body={"refreshed_urls": [{"original": o, "refreshed": r} for o, r in pairs]})


@asynccontextmanager
async def a_discord():
    world = World.generate(seed=7, channels=1, messages=5)
    async with (
        open_simulator(world) as simulator,
        open_client(
            simulator.token, api_url=simulator.api_url, permits=AtOnce(), request_timeout_s=5
        ) as client,
    ):
        channel_id = next(iter(world.histories))
        message_id = world.post(channel_id)
        (message,) = (await client.find_message(channel_id, message_id)).messages
        yield simulator, client.attachments, message.attachments[0].url


async def test_links_are_signed_again():
    async with a_discord() as (simulator, attachments, url):
        bare = url.partition("?")[0]
        (fresh,) = await attachments.refresh([bare])
        assert fresh.partition("?")[0] == bare
        assert simulator.world.signer.is_valid(
            bare.removeprefix(simulator.base_url), fresh.partition("?")[2], 0
        )
        assert simulator.statistics().by_route[REFRESH] == {200: 1}


async def test_those_that_are_not_signed_are_left_out():
    async with a_discord() as (_, attachments, url):
        assert len(await attachments.refresh(["https://elsewhere.example/x", url])) == 1
    body = {"refreshed_urls": [{"original": URL, "refreshed": ""}, {"original": URL}, {}]}
    async with client_of(Discord(answer(body=body))) as client:
        assert await client.attachments.refresh([URL]) == []


async def test_it_is_one_post_of_json():
    discord = Discord(signed((URL, f"{URL}?ex=1")))
    async with client_of(discord) as client:
        assert await client.attachments.refresh([URL]) == [f"{URL}?ex=1"]
    (request,) = discord.requests
    assert (request.method, request.url.path) == ("POST", "/api/v10/attachments/refresh-urls")
    assert request.headers["content-type"] == "application/json"
    body = await request.aread()
    assert request.headers["content-length"] == str(len(body))
    assert json.loads(body) == {"attachment_urls": [URL]}


async def test_a_get_has_neither_type_nor_length():
    discord = Discord(answer(body={"id": "1"}))
    async with client_of(discord) as client:
        await client.me()
    assert not {"content-type", "content-length"} & set(discord.requests[0].headers)


async def test_what_fails_in_between_is_sent_again_with_its_body():
    async with a_discord() as (simulator, attachments, url):
        simulator.faults.next(REFRESH, Fault.status(503))
        simulator.faults.next(REFRESH, Fault.cut_short())
        assert len(await attachments.refresh([url])) == 1


@pytest.mark.parametrize("count", [0, 51])
async def test_no_more_than_fit_into_one_request(count):
    discord = Discord(signed())
    async with client_of(discord) as client:
        with pytest.raises(ValueError, match="1 to 50"):
            await client.attachments.refresh([URL] * count)
    assert not discord.requests


async def test_an_answer_without_the_list_is_none():
    async with client_of(Discord(answer(body={"urls": []})), attempts=1) as client:
        with pytest.raises(errors.DiscordUnavailable, match="refreshed_urls"):
            await client.attachments.refresh([URL])
