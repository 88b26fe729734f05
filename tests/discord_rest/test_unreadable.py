"""Answers of status 200 that are not what was asked for: tried once more, and told apart."""

import gzip
import json

import httpx
import pytest
from structlog.testing import capture_logs

from clipsaver import errors
from tests.discord_rest.conftest import Discord, answer, client_of, message

PAGE = "GET /channels/12/messages?limit=100&before=34"
PACKED = gzip.compress(json.dumps([message(9, content="x" * 2000)]).encode())


def raw(body, **headers):
    return lambda request: httpx.Response(
        200, content=body, headers={"via": "1.1 google"} | headers
    )


def packed(body):
    return raw(body, **{"content-encoding": "gzip"})


CASES = [
    pytest.param(raw(b""), None, "it is empty", id="empty"),
    pytest.param(raw(b"<html>\x1b[31m\n<h1>Hi"), None, "begins with '<html> <h1>Hi'", id="HTML"),
    pytest.param(raw(b"null"), None, "begins with 'null'", id="null"),
    pytest.param(raw(b'[{"id": "9", "content": tru'), None, "truncated", id="garbage"),
    pytest.param(raw(b'[{"id": "9"'), None, "truncated", id="cut short"),
    pytest.param(raw(b'[{"id": "9", "content": "\xff"}]'), None, "utf-8", id="no UTF-8"),
    pytest.param(
        answer(body={"message": "Unknown\nChannel", "code": 10003}),
        10003,
        "it is an error; it says: Unknown Channel",
        id="an error",
    ),
    pytest.param(answer(body={"id": "9"}), None, "Expected `array`, got `object`", id="object"),
    pytest.param(
        answer(body=[message(9), message(8, attachments=None)]),
        None,
        "message 8: Expected `array`, got `null` - at `$[1].attachments`",
        id="null field",
    ),
    pytest.param(answer(body=[message(35)]), None, "message 35 is not before 34", id="wrong side"),
    pytest.param(packed(PACKED[:-40]), None, "truncated", id="gzip cut short"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "code", "words"), CASES)
async def test_once_it_is_overcome(given, code, words, autojump_clock):
    discord = Discord(given, answer(body=[message(9)]))
    async with client_of(discord) as client:
        page = await client.history(12, before=34)
    assert [one.id for one in page.messages] == ["9"]
    assert page.route == PAGE
    assert page.requests == 2


@pytest.mark.parametrize(("given", "code", "words"), CASES)
async def test_twice_it_is_told_with_all_that_is_known(given, code, words, autojump_clock):
    discord = Discord(given)
    async with client_of(discord) as client:
        with pytest.raises(errors.DiscordUnavailable) as caught:
            await client.history(12, before=34)
    error = caught.value
    assert (error.route, error.status, error.code) == (PAGE, 200, code)
    assert f"its answer cannot be read: {words}" in str(error) or words in str(error)
    assert PAGE in str(error)
    assert str(error).isprintable()
    assert len(discord.requests) == 2


async def test_what_was_left_out_is_logged_with_route_message_and_field():
    body = [message(n, attachments=[{"id": "1", "width": "wide"}]) for n in range(30, 0, -1)]
    async with client_of(Discord(answer(body=body))) as client:
        with capture_logs() as logs:
            page = await client.history(12, before=34)
    assert len(page.messages) == 30
    (told,) = logs
    assert (told["event"], told["log_level"]) == ("fields_left_out", "warning")
    assert (told["route"], told["count"]) == (PAGE, 30)
    assert told["fields"][0] == "message 30: attachments[0].width"
    assert len(told["fields"]) == 10


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"id": "13", "guild_id": "3"}, "it is about channel 13"),
        ({"id": "12", "guild_id": None}, "does not tell the guild of channel 12"),
        ({"id": "12"}, "does not tell the guild of channel 12"),
        ({"id": "012", "guild_id": "3"}, "'012' is not an id"),
        ({"id": "12", "guild_id": "x"}, "'x' is not an id"),
        ({"id": "12", "guild_id": "3", "last_message_id": ""}, "'' is not an id"),
        ({"id": "12", "guild_id": "3", "parent_id": "9" * 19}, "is not an id"),
    ],
)
async def test_a_channel_that_cannot_be_the_one_asked_for(body, words, autojump_clock):
    """Once it is asked again: a job would be given up for what it says."""
    right = {"id": "12", "guild_id": "3", "last_message_id": None}
    async with client_of(Discord(answer(body=body), answer(body=right))) as client:
        assert (await client.channel(12)).guild_id == "3"
    async with client_of(Discord(answer(body=body))) as client:
        with pytest.raises(errors.DiscordUnavailable, match=words):
            await client.channel(12)


async def test_direct_messages_have_no_guild():
    async with client_of(Discord(answer(body={"id": "12", "type": 1}))) as client:
        assert (await client.channel(12)).guild_id is None


@pytest.mark.parametrize("flags", [{"flags": None}, {}])
async def test_no_word_on_the_intent_is_not_a_no(flags, autojump_clock):
    discord = Discord(answer(body={"id": "6"} | flags), answer(body={"id": "6", "flags": 1 << 18}))
    async with client_of(discord) as client:
        assert await client.has_content_intent(max_age_s=60)
    assert len(discord.requests) == 2


async def test_a_guild_that_the_bot_is_in():
    discord = Discord(answer(body={"id": "3", "name": "Cats", "owner_id": "1"}))
    async with client_of(discord) as client:
        guild = await client.guild(3)
    assert (guild.id, guild.name) == ("3", "Cats")
    assert discord.requests[0].url.path == "/api/v10/guilds/3"


async def test_a_guild_that_the_bot_is_not_in(autojump_clock):
    unknown = Discord(answer(404, {"code": 10004, "message": "Unknown Guild"}))
    async with client_of(unknown) as client:
        with pytest.raises(errors.NotFound, match="not in this server") as caught:
            await client.guild(3)
    assert (caught.value.route, caught.value.code) == ("GET /guilds/3", 10004)
    async with client_of(Discord(answer(body={"id": "4", "name": "Dogs"}))) as client:
        with pytest.raises(errors.DiscordUnavailable, match="it is about guild 4"):
            await client.guild(3)
