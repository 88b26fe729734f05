"""The API over real sockets."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from clipsaver.simulator import Access, Channel, ChannelType, World
from tests.simulator.serving import served


def a_world(**options: Any) -> World:
    return World.generate(1, **{"channels": 3, "messages": 120, **options})


def of_type(world: World, kind: ChannelType) -> Channel:
    return next(channel for channel in world.channels.values() if channel.type is kind)


def error_of(response: httpx.Response) -> tuple[int, int]:
    return response.status_code, response.json()["code"]


async def test_who_am_i() -> None:
    async with served(a_world()) as (simulator, client):
        me = await client.get("/users/@me")
        assert me.json()["bot"] is True
        assert me.headers["via"]
        guilds = (await client.get("/users/@me/guilds")).json()
        assert [guild["id"] for guild in guilds] == [str(g) for g in simulator.world.guilds]
        application = (await client.get("/applications/@me")).json()
        assert application["flags"] & (1 << 18 | 1 << 19)


async def test_guilds_are_listed_in_pages() -> None:
    world = a_world(guilds=3, channels=1, messages=1, simple=True)
    first, second, third = (str(guild_id) for guild_id in sorted(world.guilds))
    async with served(world) as (_, client):

        async def ids(query: str) -> list[str]:
            return [g["id"] for g in (await client.get(f"/users/@me/guilds?{query}")).json()]

        assert await ids("limit=2") == [first, second]
        assert await ids(f"limit=2&after={second}") == [third]
        assert await ids(f"limit=1&before={third}") == [second]


async def test_every_message_of_every_channel_is_read_both_ways() -> None:
    async with served(a_world()) as (simulator, client):
        world = simulator.world
        for channel in world.readable_channels():
            history = world.histories[channel.channel_id]
            everything = [str(history.id_at(place)) for place in history.places()]
            path = f"/channels/{channel.channel_id}/messages"
            backward: list[str] = []
            page = (await client.get(path, params={"limit": 100})).json()
            while page:
                backward += [message["id"] for message in page]
                cursor = {"limit": 37, "before": page[-1]["id"]}
                page = (await client.get(path, params=cursor)).json()
            assert backward[::-1] == everything
            forward: list[str] = []
            page = (await client.get(path, params={"limit": 53, "after": "0"})).json()
            while page:
                forward += [message["id"] for message in page[::-1]]
                cursor = {"limit": 53, "after": page[0]["id"]}
                page = (await client.get(path, params=cursor)).json()
            assert forward == everything


async def test_fifty_messages_unless_asked_otherwise() -> None:
    async with served(a_world()) as (simulator, client):
        channel_id = next(iter(simulator.world.histories))
        path = f"/channels/{channel_id}/messages"
        assert len((await client.get(path)).json()) == 50
        newest = (await client.get(path, params={"limit": 1})).json()
        around = await client.get(path, params={"around": newest[0]["id"], "limit": 5})
        assert around.json()[0]["id"] == newest[0]["id"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "before=x", "after=-1", "before=1&after=2", "around=1e3"],
)
async def test_bad_parameters_are_told(query: str) -> None:
    async with served(a_world()) as (simulator, client):
        channel_id = next(iter(simulator.world.histories))
        response = await client.get(f"/channels/{channel_id}/messages?{query}")
        assert error_of(response) == (400, 50035)
        (field,) = response.json()["errors"]
        assert field in query


async def test_one_message() -> None:
    async with served(a_world()) as (simulator, client):
        channel_id, history = next(iter(simulator.world.histories.items()))
        message_id = history.last_message_id
        path = f"/channels/{channel_id}/messages"
        listed = (await client.get(path, params={"limit": 1})).json()[0]
        assert (await client.get(f"{path}/{message_id}")).json()["id"] == listed["id"]
        assert error_of(await client.get(f"{path}/{message_id - 1}")) == (404, 10008)
        simulator.world.delete(channel_id, message_id)
        assert error_of(await client.get(f"{path}/{message_id}")) == (404, 10008)
        newest = (await client.get(path, params={"limit": 1})).json()[0]
        assert int(newest["id"]) < message_id


async def test_a_new_message_is_on_the_next_page() -> None:
    async with served(a_world()) as (simulator, client):
        channel_id = next(iter(simulator.world.histories))
        path = f"/channels/{channel_id}/messages"
        await client.get(path, params={"limit": 1})
        posted = simulator.world.post(channel_id, content="fresh")
        page = (await client.get(path, params={"limit": 1})).json()
        assert (page[0]["id"], page[0]["content"]) == (str(posted), "fresh")


async def test_what_cannot_be_seen_or_read_is_told_apart() -> None:
    async with served(a_world()) as (simulator, client):
        world = simulator.world
        channel_id, history = next(iter(world.histories.items()))
        guild_id = world.channels[channel_id].guild_id
        channel, messages = f"/channels/{channel_id}", f"/channels/{channel_id}/messages"
        message = f"{messages}/{history.last_message_id}"

        async def listed() -> bool:
            channels = (await client.get(f"/guilds/{guild_id}/channels")).json()
            return str(channel_id) in {each["id"] for each in channels}

        world.set_access(channel_id, Access.NO_HISTORY)
        empty = await client.get(messages)
        assert (empty.status_code, empty.json()) == (200, [])
        assert error_of(await client.get(message)) == (403, 50013)
        assert (await client.get(channel)).json()["last_message_id"] is not None
        assert await listed()

        world.set_access(channel_id, Access.NO_VIEW)
        for path in (channel, messages, message):
            assert error_of(await client.get(path)) == (403, 50001)
        assert not await listed()

        world.set_access(channel_id, Access.DELETED)
        for path in (channel, messages, message, "/channels/1"):
            assert error_of(await client.get(path)) == (404, 10003)
        assert not await listed()


async def test_forums_and_categories_hold_no_messages() -> None:
    async with served(a_world()) as (simulator, client):
        for kind, code in ((ChannelType.FORUM, 50008), (ChannelType.CATEGORY, 50024)):
            channel = of_type(simulator.world, kind)
            response = await client.get(f"/channels/{channel.channel_id}/messages")
            assert error_of(response) == (400, code)


async def test_paths_and_methods_that_are_not_there() -> None:
    async with served(a_world()) as (_, client):
        assert error_of(await client.get("/guilds/1")) == (404, 10004)
        assert error_of(await client.get("/nowhere")) == (404, 0)
        assert error_of(await client.post("/users/@me")) == (405, 0)
        assert error_of(await client.get("/channels/abc")) == (400, 50035)


async def test_tokens_are_asked_for_and_can_be_revoked() -> None:
    async with served(a_world()) as (simulator, client):
        for header in ("", "Bot nonsense", f"Bearer {simulator.token}", simulator.token):
            response = await client.get("/users/@me", headers={"Authorization": header})
            assert error_of(response) == (401, 0)
        simulator.world.revoke()
        assert error_of(await client.get("/users/@me")) == (401, 0)
        simulator.world.restore()
        assert (await client.get("/users/@me")).status_code == 200


async def test_without_the_content_intent_messages_are_empty() -> None:
    async with served(a_world()) as (simulator, client):
        channel_id, history = next(iter(simulator.world.histories.items()))
        path = f"/channels/{channel_id}/messages"
        before = (await client.get(path)).json()
        assert any(message["content"] for message in before)
        simulator.world.set_content_intent(granted=False)
        for message in (await client.get(path)).json():
            assert not message["content"]
            assert message["attachments"] == message["embeds"] == message["components"] == []
        one = (await client.get(f"{path}/{history.last_message_id}")).json()
        assert one["content"] == ""
        flags = (await client.get("/applications/@me")).json()["flags"]
        assert not flags & (1 << 18 | 1 << 19)


async def test_every_channel_with_messages_is_found_by_walking_the_guild() -> None:
    async with served(a_world()) as (simulator, client):
        world = simulator.world
        (guild_id,) = world.guilds
        channels = (await client.get(f"/guilds/{guild_id}/channels")).json()
        active = (await client.get(f"/guilds/{guild_id}/threads/active")).json()["threads"]
        assert [int(t["id"]) for t in active] == sorted(
            (int(t["id"]) for t in active), reverse=True
        )
        found = {int(each["id"]) for each in [*channels, *active]}
        for channel in channels:
            for listing in ("threads/archived/public", "threads/archived/private"):
                path = f"/channels/{channel['id']}/{listing}"
                cursor: dict[str, Any] = {"limit": 2}
                while True:
                    answer = (await client.get(path, params=cursor)).json()
                    found |= {int(thread["id"]) for thread in answer["threads"]}
                    if not answer["has_more"]:
                        break
                    last = answer["threads"][-1]["thread_metadata"]["archive_timestamp"]
                    cursor["before"] = last
        assert found == set(world.channels)


async def test_private_threads_need_a_permission_or_membership() -> None:
    async with served(a_world()) as (simulator, client):
        world = simulator.world
        parent_id = of_type(world, ChannelType.PRIVATE_THREAD).parent_id
        world.manage_threads = False
        refused = await client.get(f"/channels/{parent_id}/threads/archived/private")
        assert error_of(refused) == (403, 50013)
        joined = await client.get(f"/channels/{parent_id}/users/@me/threads/archived/private")
        threads = joined.json()["threads"]
        assert threads
        assert all(world.channels[int(thread["id"])].joined for thread in threads)
        assert len(joined.json()["members"]) == len(threads)


async def test_a_thread_moves_between_the_lists() -> None:
    async with served(a_world()) as (simulator, client):
        world = simulator.world
        thread = of_type(world, ChannelType.PUBLIC_THREAD)
        for archived in (True, False):
            world.archive(thread.channel_id, archived=archived)
            path = f"/guilds/{thread.guild_id}/threads/active"
            active = {each["id"] for each in (await client.get(path)).json()["threads"]}
            assert (str(thread.channel_id) in active) is not archived


async def test_archived_lists_refuse_what_they_cannot_read() -> None:
    async with served(a_world()) as (simulator, client):
        path = f"/channels/{next(iter(simulator.world.histories))}/threads/archived/public"
        for query in ("limit=1", "limit=101", "before=yesterday"):
            assert error_of(await client.get(f"{path}?{query}")) == (400, 50035)


async def test_pages_are_rendered_once() -> None:
    async with served(a_world()) as (simulator, client):
        path = f"/channels/{next(iter(simulator.world.histories))}/messages"
        first, second = await client.get(path), await client.get(path)
        assert first.content == second.content
        statistics = simulator.statistics()
        assert (statistics.pages_rendered, statistics.pages_reused) == (1, 1)
        assert statistics.by_route == {"GET /channels/{}/messages": {200: 2}}
        assert statistics.by_token == {simulator.token: 2}


async def test_compressed_pages_hold_the_same() -> None:
    async with served(a_world(), compress=True) as (simulator, client):
        path = f"/channels/{next(iter(simulator.world.histories))}/messages"
        plain = await client.get(path)
        packed = await client.get(path, headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content
        assert int(packed.headers["content-length"]) < len(plain.content)
