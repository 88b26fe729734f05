"""What the simulator says, held to the schema that Discord publishes.

The schema is not part of the project: where it does not lie beside the repository these skip.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from clipsaver.simulator import Access, ChannelType, Fault, Limits, Rate, SearchSettings, World
from clipsaver.simulator.api.messages import shown
from clipsaver.simulator.writing.kinds.mix import BY_NAME
from tests.simulator.asking import NOW, Asking
from tests.simulator.serving import served

SCHEMA = Path(__file__).parents[3] / "shared" / "discord-schema.json"

pytestmark = pytest.mark.skipif(
    not SCHEMA.is_file(), reason=f"Discord's schema is not at {SCHEMA.parent.name}/{SCHEMA.name}"
)

LISTS = {
    "/users/@me/guilds": "MyGuildResponse",
    "/guilds/{guild}/channels": "GuildChannelResponse",
}
OBJECTS = {
    "/users/@me": "UserPIIResponse",
    "/applications/@me": "PrivateApplicationResponse",
    "/guilds/{guild}": "GuildWithCountsResponse",
    "/guilds/{guild}/members/{bot}": "GuildMemberResponse",
    "/guilds/{guild}/threads/active": "ThreadsResponse",
    "/channels/{text}": "GuildChannelResponse",
    "/channels/{voice}": "GuildChannelResponse",
    "/channels/{category}": "GuildChannelResponse",
    "/channels/{forum}": "GuildChannelResponse",
    "/channels/{thread}": "ThreadResponse",
    "/channels/{text}/threads/archived/public": "ThreadsResponse",
    "/channels/{text}/threads/archived/private": "ThreadsResponse",
    "/channels/{text}/users/@me/threads/archived/private": "ThreadsResponse",
}


@cache
def validator(name: str) -> Draft202012Validator:
    contents = json.loads(SCHEMA.read_text())
    resource: Resource[Any] = Resource(contents, DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:discord", resource)
    return Draft202012Validator(
        {"$ref": f"urn:discord#/components/schemas/{name}"}, registry=registry
    )


def faults_of(name: str, value: object) -> list[str]:
    return [
        f"{error.json_path}: {error.message[:200]}" for error in validator(name).iter_errors(value)
    ]


def addresses(world: World) -> dict[str, int]:
    def first(kind: ChannelType) -> int:
        return next(c.channel_id for c in world.channels.values() if c.type is kind)

    return {
        "guild": next(iter(world.guilds)),
        "bot": int(world.bot["id"]),
        "text": first(ChannelType.TEXT),
        "voice": first(ChannelType.VOICE),
        "category": first(ChannelType.CATEGORY),
        "forum": first(ChannelType.FORUM),
        "thread": first(ChannelType.PRIVATE_THREAD),
    }


@pytest.mark.parametrize("kind", sorted(BY_NAME))
def test_messages_of_every_kind(kind: str) -> None:
    world = World.generate(1, channels=1, messages=60)
    channel_id = world.readable_channels()[0].channel_id
    for _ in range(5):
        message = world.message(channel_id, world.post(channel_id, kind))
        assert faults_of("MessageResponse", message) == []


async def test_pages_as_they_are_sent() -> None:
    world = World.generate(4, messages=60)
    async with served(world) as (_, client):
        for channel in world.readable_channels()[::3]:
            page = (await client.get(f"/channels/{channel.channel_id}/messages")).json()
            assert page
            assert [faults_of("MessageResponse", message) for message in page] == [[]] * len(page)


async def test_messages_without_content() -> None:
    world = World.generate(4, channels=1, messages=60)
    world.set_content_intent(granted=False)
    async with served(world) as (_, client):
        path = f"/channels/{world.readable_channels()[0].channel_id}/messages"
        page = (await client.get(path)).json()
        assert [faults_of("MessageResponse", message) for message in page] == [[]] * len(page)


@pytest.mark.parametrize("has", ["video", "-video", "snapshot", "embed"])
def test_hits_of_a_search_in_threads_and_channels(has: str) -> None:
    asking = Asking(World.generate(4, now=NOW, messages=60))
    for offset in (0, 10):
        status, page = asking.search(has=has, include_nsfw="true", offset=offset, limit=10)
        assert (status, len(page["messages"])) == (200, 10)
        assert faults_of("GuildSearchResponse", page) == []


def test_an_index_that_is_not_there() -> None:
    asking = Asking(World.generate(4, now=NOW, messages=20))
    asking.world.search = SearchSettings(unready_requests=1)
    status, body = asking.search()
    assert (status, faults_of("SearchIndexNotReadyResponse", body)) == (202, [])


def test_channels_and_threads_that_come_later() -> None:
    world = World.generate(4, now=NOW, messages=20)
    text, forum = addresses(world)["text"], addresses(world)["forum"]
    fresh = world.open_channel(addresses(world)["guild"], now=NOW)
    assert faults_of("GuildChannelResponse", shown(world, world.channels[fresh])) == []
    message_id = world.post(text, now=NOW)
    for thread in (
        world.start_thread(forum, now=NOW),
        world.start_thread(text, from_message=message_id, now=NOW),
        world.start_thread(text, private=True, now=NOW),
    ):
        assert faults_of("ThreadResponse", shown(world, world.channels[thread])) == []
        first = world.message(thread, world.histories[thread].id_at(0), now=NOW)
        assert faults_of("MessageResponse", first) == []


@pytest.mark.parametrize(("path", "name"), [*LISTS.items(), *OBJECTS.items()])
async def test_everything_else(path: str, name: str) -> None:
    world = World.generate(4, messages=20)
    async with served(world) as (_, client):
        answer = (await client.get(path.format(**addresses(world)))).json()
        for value in answer if path in LISTS else [answer]:
            assert faults_of(name, value) == []


@pytest.mark.parametrize("access", list(Access))
async def test_channels_of_every_access(access: Access) -> None:
    """The overwrites among them, which differ from channel to channel."""
    world = World.generate(4, messages=1, channels=16)
    for channel in world.channels.values():
        if channel.type is ChannelType.VOICE or access is not Access.NO_CONNECT:
            world.set_access(channel.channel_id, access)
    for channel in world.channels.values():
        if not channel.type.is_thread:
            assert faults_of("GuildChannelResponse", shown(world, channel)) == []


async def test_errors() -> None:
    world = World.generate(4, messages=20)
    async with served(world, limits=Limits(per_route=Rate(1, 60.0))) as (simulator, client):
        text = f"/channels/{addresses(world)['text']}"

        def told(name: str, response: httpx.Response) -> int:
            # Inner errors have numbers for codes in the schema and names in the documentation,
            # which is to be followed where the two disagree.
            body = {key: value for key, value in response.json().items() if key != "errors"}
            assert faults_of(name, body) == []
            return response.status_code

        assert told("ErrorResponse", await client.get(f"{text}/messages?limit=0")) == 400
        assert told("RatelimitedResponse", await client.get(f"{text}/messages")) == 429
        world.set_access(addresses(world)["text"], Access.NO_VIEW)
        assert told("ErrorResponse", await client.get(text)) == 403
        assert told("ErrorResponse", await client.get("/channels/1")) == 404
        somebody = f"/guilds/{addresses(world)['guild']}/members/1"
        assert told("ErrorResponse", await client.get(somebody)) == 404
        simulator.faults.next("*", Fault.status(500))
        assert told("ErrorResponse", await client.get(text)) == 500
        world.revoke()
        assert told("ErrorResponse", await client.get(text)) == 401
