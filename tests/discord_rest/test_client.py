import traceback

import httpx
import pytest
import trio
import trio.testing

from clipsaver import errors
from clipsaver.discord_rest.client import open_client
from tests.discord_rest.conftest import API, TOKEN, Discord, answer, client_of, message
from tests.permits import AtOnce


async def test_what_is_sent():
    discord = Discord(answer(body=[]))
    async with client_of(discord) as client:
        await client.history(12, before=99, limit=50)
    (request,) = discord.requests
    assert request.method == "GET"
    assert str(request.url) == f"{API}/channels/12/messages?limit=50&before=99"
    assert request.headers["authorization"] == f"Bot {TOKEN}"
    assert request.headers["user-agent"].startswith("DiscordBot (https://github.com/")
    assert request.headers["accept-encoding"] == "gzip, deflate"
    assert "content-type" not in request.headers


async def test_compression_can_be_switched_off():
    discord = Discord(answer(body=[]))
    async with client_of(discord, compress=False) as client:
        await client.history(12)
    assert discord.requests[0].headers["accept-encoding"] == "identity"


async def test_each_method_asks_its_endpoint_and_decodes():
    discord = Discord(
        answer(body={"id": "5", "username": "bot", "unknown": [1]}),
        answer(body={"id": "6", "flags": 1 << 19}),
        answer(body={"id": "12", "type": 11, "guild_id": "3", "name": None}),
        answer(body=message(7, content="hi", components=[])),
    )
    async with client_of(discord) as client:
        assert (await client.me()).username == "bot"
        assert (await client.application()).flags == 1 << 19
        assert (await client.channel(12)).guild_id == "3"
        (found,) = (await client.find_message(12, 7)).messages
        assert found.content == "hi"
    assert [request.url.path for request in discord.requests] == [
        "/api/v10/users/@me",
        "/api/v10/applications/@me",
        "/api/v10/channels/12",
        "/api/v10/channels/12/messages/7",
    ]


@pytest.mark.parametrize(
    ("sent", "ids"),
    [
        ([], []),
        ([9, 8, 3], ["9", "8", "3"]),
        ([3, 9, 8], ["9", "8", "3"]),
        ([9, 9, 8], ["9", "8"]),
        (["10", "9"], ["10", "9"]),
    ],
)
async def test_a_page_is_newest_first_and_each_once(sent, ids):
    body = [message(one) for one in sent]
    async with client_of(Discord(answer(body=body))) as client:
        page = await client.history(12)
    assert [one.id for one in page.messages] == ids
    assert page.requests == 1


async def test_a_longer_page_than_asked_for_is_kept_whole():
    body = [message(one) for one in range(50, 0, -1)]
    async with client_of(Discord(answer(body=body))) as client:
        assert len((await client.history(12, limit=10)).messages) == 50


@pytest.mark.parametrize("cursor", [{"before": 9}, {"after": 9}])
async def test_a_page_that_ignores_the_cursor_is_refused(cursor, autojump_clock):
    discord = Discord(answer(body=[message(9)]))
    async with client_of(discord) as client:
        with pytest.raises(errors.DiscordUnavailable, match="message 9 is not"):
            await client.history(12, **cursor)


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 101}, {"before": 1, "after": 2}])
async def test_a_page_that_cannot_be_asked_for(wrong):
    discord = Discord(answer(body=[]))
    async with client_of(discord) as client:
        with pytest.raises(ValueError, match="a page"):
            await client.history(12, **wrong)
    assert discord.requests == []


async def test_a_field_of_another_type_is_retried_once_and_then_named(autojump_clock):
    discord = Discord(answer(body=[message(9, attachments=[{"id": 1, "size": 5}])]))
    async with client_of(discord) as client:
        with pytest.raises(
            errors.DiscordUnavailable, match=r"message 9: .*\$\[0\]\.attachments\[0\]\.id"
        ):
            await client.history(12)
    assert len(discord.requests) == 2


async def test_trouble_is_overcome_and_its_requests_are_counted(autojump_clock):
    discord = Discord(
        answer(503, {"message": "no"}),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
        answer(200, text="<html>"),
        answer(body=[message(9)]),
    )
    async with client_of(discord) as client:
        page = await client.history(12)
        statistics = client.statistics()
    assert page.requests == 5
    assert statistics.retries == 4
    assert statistics.failures == 2
    assert statistics.answers["GET /channels/{channel}/messages", 503] == 1


async def test_the_attempts_are_bounded(autojump_clock):
    discord = Discord(answer(502, text="bad gateway"))
    async with client_of(discord, attempts=3) as client:
        with pytest.raises(errors.DiscordUnavailable, match=r"3 attempts.*HTTP 502"):
            await client.me()
    assert len(discord.requests) == 3


async def test_a_silent_server_costs_one_timeout_per_attempt(autojump_clock):
    async def never(request):
        await trio.sleep_forever()

    discord = Discord(never)
    async with client_of(discord, attempts=2) as client:
        started = trio.current_time()
        with pytest.raises(errors.DiscordUnavailable, match="no whole answer within 10 s"):
            await client.me()
        assert trio.current_time() - started == pytest.approx(20.25)


async def test_a_429_is_waited_for_and_is_no_failed_attempt(autojump_clock):
    limited = answer(429, {"message": "slow", "retry_after": 2.5}, x_ratelimit_scope="user")
    discord = Discord(limited, limited, answer(body=[]))
    async with client_of(discord, attempts=1) as client:
        started = trio.current_time()
        page = await client.history(12)
        assert trio.current_time() - started == pytest.approx(5.0, abs=0.1)
        assert client.statistics().refusals == {"user": 2}
    assert page.requests == 3


async def test_a_wait_beyond_the_patience_is_the_jobs(autojump_clock):
    discord = Discord(answer(429, {"message": "slow", "retry_after": 300.0}))
    async with client_of(discord) as client:
        with pytest.raises(errors.RateLimited) as caught:
            await client.history(12)
        assert caught.value.retry_after_s == 300.0
        # Others of that channel are told at once, and nothing is sent.
        with pytest.raises(errors.RateLimited):
            await client.history(12)
    assert len(discord.requests) == 1


async def test_429s_that_go_on_and_on_end(autojump_clock):
    discord = Discord(answer(429, {"message": "slow", "retry_after": 0}))
    async with client_of(discord) as client:
        with pytest.raises(errors.RateLimited):
            await client.history(12)
    assert len(discord.requests) == 10


async def test_a_global_429_holds_all(autojump_clock):
    discord = Discord(
        answer(429, {"message": "slow", "retry_after": 3.0, "global": True}), answer(body=[])
    )
    sent_at = {}
    async with client_of(discord) as client, trio.open_nursery() as nursery:

        async def read(channel):
            await client.history(channel)
            sent_at[channel] = trio.current_time()

        started = trio.current_time()
        nursery.start_soon(read, 1)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(read, 2)
        await trio.testing.wait_all_tasks_blocked()
        assert [one.why for one in client.waiting()] == [
            "Discord's 429 asked for it, for all requests"
        ] * 2
        assert [one.left_s for one in client.waiting()] == [pytest.approx(3.0, abs=0.1)] * 2
    assert min(sent_at.values()) - started >= 3.0


@pytest.mark.parametrize("status", [403, 429])
async def test_a_block_stops_everything_for_a_while(status, autojump_clock):
    discord = Discord(
        lambda request: httpx.Response(status, text="error code: 1015"), answer(body={"id": "5"})
    )
    async with client_of(discord, patience_s=30) as client:
        with pytest.raises(errors.RateLimited, match="blocked") as caught:
            await client.history(12)
        assert caught.value.retry_after_s == 60
        with pytest.raises(errors.RateLimited, match="Cloudflare"):
            await client.me()
        assert len(discord.requests) == 1
        await trio.sleep(61)
        assert (await client.me()).id == "5"


async def test_can_read_history():
    cases = [
        (answer(body=message(7)), True),
        (answer(404, {"code": 10008, "message": "Unknown Message"}), True),
        (answer(403, {"code": 50001, "message": "Missing Access"}), False),
    ]
    for given, expected in cases:
        async with client_of(Discord(given)) as client:
            assert await client.can_read_history(12, 7) is expected
    async with client_of(Discord(answer(404, {"code": 10003, "message": "x"}))) as client:
        with pytest.raises(errors.NotFound):
            await client.can_read_history(12, 7)


@pytest.mark.parametrize(
    ("flags", "expected"), [(0, False), (5, False), (1 << 18, True), (1 << 19, True)]
)
async def test_the_content_intent(flags, expected):
    async with client_of(Discord(answer(body={"id": "6", "flags": flags}))) as client:
        assert await client.has_content_intent(max_age_s=60) is expected


async def test_the_content_intent_is_remembered_and_asked_once_for_many(autojump_clock):
    discord = Discord(
        answer(body={"id": "6", "flags": 0}), answer(body={"id": "6", "flags": 1 << 18})
    )
    async with client_of(discord) as client:
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(lambda: client.has_content_intent(max_age_s=0))
        assert len(discord.requests) == 1
        assert not await client.has_content_intent(max_age_s=60)
        await trio.sleep(61)
        assert await client.has_content_intent(max_age_s=60)
        assert len(discord.requests) == 2


async def test_a_redirect_is_not_followed():
    discord = Discord(
        lambda request: httpx.Response(302, headers={"location": "https://elsewhere.example/"})
    )
    async with client_of(discord) as client:
        with pytest.raises(errors.RequestRefused, match="redirects"):
            await client.me()
    assert [request.url.host for request in discord.requests] == ["discord.example"]


@pytest.mark.parametrize(
    "api_url",
    [
        "http://discord.com/api/v10",
        "ftp://discord.com",
        "discord.com/api",
        "https://",
        "https://user:pass@discord.com/api",
        "https://discord.com/api?x=1",
        "http://127.0.0.1.example.com/api",
    ],
)
async def test_an_address_that_a_token_must_not_go_to(api_url):
    with pytest.raises(errors.UsageError, match=r"discord\.api_url"):
        async with open_client(TOKEN, api_url=api_url, permits=AtOnce(), request_timeout_s=1):
            pass


@pytest.mark.parametrize(
    "api_url", ["http://127.0.0.1:8080/api/v10", "http://[::1]:1/", "http://localhost"]
)
async def test_loopback_needs_no_tls(api_url):
    async with open_client(TOKEN, api_url=api_url, permits=AtOnce(), request_timeout_s=1) as client:
        assert repr(client) == f"<DiscordClient of {api_url.rstrip('/')}>"


@pytest.mark.parametrize("token", ["", "a b", "abc\n", "é", "abc\r\nHost: x"])
async def test_a_token_that_cannot_be_one(token):
    with pytest.raises(errors.UsageError) as caught:
        async with open_client(token, api_url=API, permits=AtOnce(), request_timeout_s=1):
            pass
    assert token == "" or token not in str(caught.value)


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("no route"),
        httpx.ReadTimeout("late"),
        answer(401, {"message": "401: Unauthorized", "code": 0}),
        answer(403, {"message": "no", "code": 50001}),
        answer(500, text="<html>"),
        answer(429, {"message": "slow", "retry_after": 1e5}),
    ],
)
async def test_no_error_shows_the_token(trouble, autojump_clock, caplog, capsys):
    async with client_of(Discord(trouble)) as client:
        with pytest.raises(errors.DiscordError) as caught:
            await client.history(12)
        shown = [repr(client), repr(client.statistics()), repr(vars(caught.value))]
    seen, error = set(), caught.value
    while error is not None and error not in seen:
        seen.add(error)
        assert not hasattr(error, "request")
        error = error.__cause__ or error.__context__
    shown += traceback.format_exception(caught.value)
    shown += [caplog.text, *capsys.readouterr()]
    assert TOKEN not in "".join(shown)
    assert TOKEN.split(".")[2] not in "".join(shown)


async def test_a_rejected_token_is_held_and_tried_each_five_minutes(autojump_clock):
    rejected = answer(401, {"message": "401: Unauthorized", "code": 0})
    discord = Discord(rejected, rejected, answer(body={"id": "5"}), answer(body=[]))
    async with client_of(discord) as client:
        for _ in range(20):
            with pytest.raises(errors.TokenRejected):
                await client.history(12)
        assert len(discord.requests) == 1
        assert client.statistics().held_since is not None
        await trio.sleep(301)
        for _ in range(20):
            with pytest.raises(errors.TokenRejected):
                await client.history(12)
        assert len(discord.requests) == 2
        await trio.sleep(301)
        assert (await client.history(12)).messages == []
        assert client.statistics().held_since is None
    paths = [request.url.path.removeprefix("/api/v10") for request in discord.requests]
    assert paths == ["/channels/12/messages", "/users/@me", "/users/@me", "/channels/12/messages"]


async def test_only_one_request_tries_a_held_token(autojump_clock):
    async def slow(request):
        await trio.sleep(1)
        return httpx.Response(200, json={"id": "5"})

    discord = Discord(answer(401, {"code": 0}), slow, answer(body=[]))
    rejected = []
    async with client_of(discord) as client:
        with pytest.raises(errors.TokenRejected):
            await client.history(12)
        await trio.sleep(301)

        async def read(channel):
            try:
                await client.history(channel)
            except errors.TokenRejected:
                rejected.append(channel)

        async with trio.open_nursery() as nursery:
            for channel in range(10):
                nursery.start_soon(read, channel)
    assert rejected == []
    tried = [request.url.path for request in discord.requests].count("/api/v10/users/@me")
    assert (tried, len(discord.requests)) == (1, 12)


async def test_a_request_that_is_cancelled_leaves_the_client_usable(autojump_clock):
    async def never(request):
        await trio.sleep_forever()

    discord = Discord(never, answer(body=[]))
    async with client_of(discord) as client:
        with trio.move_on_after(1):
            await client.history(12)
        assert client.statistics().limits.on_their_way == 0
        assert (await client.history(12)).messages == []


async def test_half_a_character_does_not_cost_a_page():
    body = b'[{"id": "9", "author": {"id": "1"}, "content": "cut \\ud83d"}]'
    discord = Discord(lambda request: httpx.Response(200, content=body))
    async with client_of(discord) as client:
        page = await client.history(12)
    assert page.messages[0].content == "cut \ufffd"
    assert page.requests == 1
