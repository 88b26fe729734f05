"""The search: what is asked, what is made of the answer, and what Discord says instead of one."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from clipsaver import errors
from clipsaver.discord_rest.search import MOST_CHANNELS, SearchQuery
from tests.discord_rest.conftest import Discord, answer, client_of, message

VIDEOS = SearchQuery(has=("video",))
INDEXING = {"message": "Index not yet available. Try again later", "code": 110000}


def hit(message_id, channel=12, **fields):
    return message(message_id, channel_id=str(channel), hit=True, **fields)


def found(*hits, total=None, **fields):
    said = {
        "doing_deep_historical_index": False,
        "total_results": len(hits) if total is None else total,
        "messages": [[one] for one in hits],
    }
    return answer(body=said | fields)


# --- what is asked ------------------------------------------------------------------------------


def test_lists_are_repeated_names_and_nsfw_is_always_said():
    query = SearchQuery(
        has=("-video", "snapshot"),
        extensions=("mp4", "webm"),
        embed_types=("video",),
        channel_ids=(12, 13),
        min_id=5,
        max_id=99,
    )
    assert query.text(offset=25) == (
        "has=-video&has=snapshot&attachment_extension=mp4&attachment_extension=webm"
        "&embed_type=video&channel_id=12&channel_id=13&min_id=5&max_id=99"
        "&include_nsfw=true&sort_by=timestamp&sort_order=desc&limit=25&offset=25"
    )
    assert "include_nsfw=false" in SearchQuery(include_nsfw=False).text()


@given(extensions=st.lists(st.text(max_size=8), max_size=4))
def test_nothing_in_a_value_becomes_another_field(extensions):
    sent = parse_qsl(SearchQuery(extensions=tuple(extensions)).text(), keep_blank_values=True)
    assert [value for name, value in sent if name == "attachment_extension"] == extensions
    assert len(sent) == len(extensions) + 4


@pytest.mark.parametrize(
    ("query", "where", "words"),
    [
        (VIDEOS, {"limit": 0}, "1 to 25"),
        (VIDEOS, {"limit": 26}, "1 to 25"),
        (VIDEOS, {"offset": -1}, "0 to 9975"),
        (VIDEOS, {"offset": 9_976}, "0 to 9975"),
        (SearchQuery(channel_ids=tuple(range(MOST_CHANNELS + 1))), {}, "500 channels"),
    ],
)
async def test_what_discord_would_refuse_is_not_sent(query, where, words):
    discord = Discord(found())
    async with client_of(discord) as client:
        with pytest.raises(ValueError, match=words):
            await client.search.page(3, query, **where)
    assert discord.requests == []


# --- what is made of the answer -----------------------------------------------------------------


async def test_hits_come_newest_first_and_once_with_their_channels():
    thread = {"id": "20", "type": 11, "guild_id": "3", "parent_id": "12", "name": "clips"}
    discord = Discord(
        found(hit(5), hit(9, 20), hit(5), hit(7), total=31, threads=[thread], members=[])
    )
    async with client_of(discord) as client:
        page = await client.search.page(3, VIDEOS, limit=4)
        assert client.statistics().answers == {("GET /guilds/{guild}/messages/search", 200): 1}
    assert [one.id for one in page.messages] == ["9", "7", "5"]
    assert {key: [one.id for one in of] for key, of in page.by_channel().items()} == {
        20: ["9"],
        12: ["7", "5"],
    }
    assert (page.total, page.is_index_complete, page.requests) == (31, True, 1)
    assert [(one.id, one.parent_id) for one in page.threads] == [("20", "12")]
    assert page.route.startswith("GET /guilds/3/messages/search?has=video&include_nsfw=true")
    assert str(discord.requests[0].url).endswith(page.route.removeprefix("GET "))


async def test_an_index_that_still_grows_is_told():
    async with client_of(Discord(found(doing_deep_historical_index=True))) as client:
        assert not (await client.search.page(3, VIDEOS)).is_index_complete


async def test_the_bounds_are_not_among_the_hits():
    query = SearchQuery(min_id=5, max_id=9)
    async with client_of(Discord(found(hit(9), hit(7), hit(5)))) as client:
        assert [one.id for one in (await client.search.page(3, query)).messages] == ["7"]


async def test_harmless_fields_of_another_type_are_left_out_and_told():
    thread = {"id": "20", "type": 11, "name": 5}
    video = {"id": "1", "filename": "a.mp4", "width": "wide"}
    discord = Discord(found(hit(9), hit(7, attachments=[video]), threads=[thread]))
    with capture_logs() as logs:
        async with client_of(discord) as client:
            page = await client.search.page(3, VIDEOS)
    assert page.messages[1].attachments[0].filename == "a.mp4"
    told = [entry["fields"] for entry in logs if entry["event"] == "fields_left_out"]
    assert told == [["message 7: attachments[0].width"], ["thread 20: name"]]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer(body={"total_results": 0}), "missing required field `messages`"),
        (answer(body={"total_results": 0, "messages": None}), "Expected `array`, got `null`"),
        (answer(body={"messages": []}), "missing required field `total_results`"),
        (found(message(9)), "message 9: .*missing required field `channel_id`"),
        (found(hit(9, "007")), "the channel of message 9: '007' is not an id"),
        (found(hit("x")), "'x' is not an id"),
        (found(hit(9, attachments=None)), "message 9: Expected `array`, got `null`"),
        (found(hit(100)), "message 100 is not before 99"),
        (found(hit(4)), "message 4 is not after 5"),
        (found(threads=[{"id": "20", "guild_id": "4"}]), "channel 20 is in guild 4"),
    ],
)
async def test_an_answer_that_cannot_be_believed(given, words, autojump_clock):
    async with client_of(Discord(given)) as client:
        with pytest.raises(errors.DiscordUnavailable, match=words):
            await client.search.page(3, SearchQuery(min_id=5, max_id=99))


# --- what Discord says instead ------------------------------------------------------------------


async def test_an_index_is_waited_for_and_its_emptiness_is_not_believed(autojump_clock):
    discord = Discord(
        answer(202, INDEXING | {"retry_after": 2, "documents_indexed": 0}),
        answer(202, INDEXING | {"retry_after": 0}),
        found(hit(9)),
    )
    async with client_of(discord, attempts=1) as client:
        started = trio.current_time()
        page = await client.search.page(3, VIDEOS)
        assert trio.current_time() - started == pytest.approx(7.0, abs=0.1)
    assert ([one.id for one in page.messages], page.requests) == (["9"], 3)


async def test_an_index_that_takes_longer_is_the_jobs_to_wait_for(autojump_clock):
    discord = Discord(answer(202, INDEXING | {"retry_after": 30}))
    async with client_of(discord) as client:
        with pytest.raises(errors.SearchNotReady, match="not indexed") as caught:
            await client.search.page(3, VIDEOS)
        statistics = client.statistics()
    assert (caught.value.retry_after_s, caught.value.code) == (30, 110000)
    assert statistics.answers["GET /guilds/{guild}/messages/search", 202] == 2
    assert statistics.limits.on_their_way == 0


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"code": 50001, "message": "Missing Access"}, "View Channel and Read Message History"),
        ({"code": 50013, "message": "Missing Permissions"}, "Read Message History"),
        ({"code": 20001, "message": "Bots cannot use this endpoint"}, "nobody here can change"),
        ({"code": 0, "message": "403: Forbidden"}, "Message Content Intent"),
        ({"message": "Forbidden"}, "Message Content Intent"),
    ],
)
async def test_a_search_that_is_denied_says_what_helps(said, words):
    async with client_of(Discord(answer(403, said))) as client:
        with pytest.raises(errors.SearchDenied, match=words) as caught:
            await client.search.page(3, VIDEOS)
    assert "history can be read all the same" in str(caught.value)
    assert said["message"] in str(caught.value)
    assert (caught.value.status, caught.value.code) == (403, said.get("code", 0))
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (answer(403, {"code": 10008, "message": "Unknown Message"}), errors.RateLimited),
        (answer(403, text="<html>"), errors.RateLimited),
        (answer(401, {"code": 0, "message": "401: Unauthorized"}), errors.TokenRejected),
        (answer(404, {"code": 10004, "message": "Unknown Guild"}), errors.NotFound),
    ],
)
async def test_what_is_no_matter_of_searching_stays_what_it_is(given, kind, autojump_clock):
    async with client_of(Discord(given)) as client:
        with pytest.raises(kind):
            await client.search.page(3, VIDEOS)


# --- all pages ----------------------------------------------------------------------------------


async def test_all_pages_are_read_past_short_and_empty_ones_to_the_end():
    discord = Discord(
        found(hit(90), hit(80), total=60),  # short
        found(hit(70), total=60),
        found(total=60),  # empty, and its hits are not
        found(hit(60), total=3),
        found(total=3),
        found(total=0),
    )
    async with client_of(discord) as client:
        pages = [page async for page in client.search.pages(3, SearchQuery(max_id=99))]
    assert [[one.id for one in page.messages] for page in pages] == [
        ["90", "80"], ["70"], [], ["60"], [], [],
    ]  # fmt: skip
    places = [dict(request.url.params) for request in discord.requests]
    assert [(one["max_id"], one.get("offset", "0")) for one in places] == [
        ("99", "0"), ("99", "25"), ("99", "50"), ("70", "0"), ("70", "25"), ("60", "0"),
    ]  # fmt: skip


async def test_several_searches_of_a_guild_are_on_their_way_at_once(autojump_clock):
    """The first alone, until it has told the limit; then as many as there may be."""
    flying = most = 0
    seen = []

    async def slow(request):
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        seen.append(flying)
        await trio.sleep(0.12)
        flying -= 1
        limits = {"limit": 50, "remaining": 50 - len(seen), "reset_after": 2.5, "bucket": "b"}
        named = {f"x_ratelimit_{name}": str(value) for name, value in limits.items()}
        return answer(body={"total_results": 0, "messages": []}, **named)(request)

    async with client_of(Discord(slow), rate=100.0) as client:
        started = trio.current_time()
        async with trio.open_nursery() as nursery:
            for offset in range(0, 40 * 25, 25):
                nursery.start_soon(lambda at=offset: client.search.page(3, VIDEOS, offset=at))
        took_s = trio.current_time() - started
    assert seen[:2] == [1, 1]
    assert most == 8
    assert took_s < 0.12 * 40 / 4
