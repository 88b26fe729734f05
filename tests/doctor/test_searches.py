"""Whether guilds may be searched, asked of a Discord of canned answers, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
import trio

from clipsaver.discord_rest.client import open_client
from clipsaver.doctor.examination import PATIENCE
from clipsaver.doctor.facts import DiscordFacts, GuildLook, Search, SearchLook
from clipsaver.doctor.findings import Mark
from clipsaver.doctor.of_discord import judged
from clipsaver.doctor.searches import Searches
from tests.doctor.test_of_discord import WORKS
from tests.permits import AtOnce

FOUND = {"total_results": 3, "messages": []}
ANSWERS = {
    1: (200, FOUND, Search.WORKS),
    2: (200, FOUND | {"doing_deep_historical_index": True}, Search.INCOMPLETE),
    3: (202, {"code": 110000, "message": "not yet", "retry_after": 1}, Search.NOT_INDEXED),
    4: (403, {"code": 50001, "message": "Missing Access"}, Search.DENIED),
    5: (404, {"code": 10004, "message": "Unknown Guild"}, Search.UNKNOWN),
}


async def test_each_guild_is_asked_once_and_what_it_says_is_found() -> None:
    sent: list[httpx.URL] = []

    def discord(request: httpx.Request) -> httpx.Response:
        sent.append(request.url)
        status, body, _ = ANSWERS[int(request.url.path.split("/")[4])]
        return httpx.Response(status, json=body, headers={"via": "1.1 google"})

    async with open_client(
        "a-token",
        api_url="https://discord.example/api/v10",
        permits=AtOnce(),
        request_timeout_s=5,
        transport=httpx.MockTransport(discord),
        policy=PATIENCE,
    ) as client:
        searches = Searches(client)
        with trio.fail_after(5):
            await searches.run(ANSWERS)
    states = {guild_id: look.state for guild_id, look in searches.found.items()}
    assert states == {guild_id: state for guild_id, (_, _, state) in ANSWERS.items()}
    assert "View Channel" in searches.found[4].words
    assert len(sent) == len(ANSWERS)
    assert {url.params["limit"] for url in sent} == {"1"}


def said(*looks: SearchLook) -> DiscordFacts:
    guilds = tuple(GuildLook(number, f"Guild {number}") for number in range(1, len(looks) + 1))
    channels = WORKS.guilds[0].channels
    guilds = (replace(guilds[0], channels=channels), *guilds[1:])
    return replace(WORKS, guilds=guilds, searches=dict(enumerate(looks, 1)))


@pytest.mark.parametrize(
    ("look", "mark", "words"),
    [
        (SearchLook(Search.WORKS), Mark.OK, "1 of 1 guilds may be searched"),
        (SearchLook(Search.DENIED, "no"), Mark.WARNING, "first clips come slower"),
        (SearchLook(Search.NOT_INDEXED, "no"), Mark.WARNING, "not indexed by Discord yet"),
        (SearchLook(Search.INCOMPLETE), Mark.WARNING, "still indexes"),
        (SearchLook(Search.UNKNOWN, "no"), Mark.WARNING, "could not be searched now"),
    ],
)
def test_what_is_said_of_one(look: SearchLook, mark: Mark, words: str) -> None:
    (finding,) = (one for one in judged(said(look), ".env") if one.check == "search")
    assert finding.mark is mark
    assert words in finding.found
    assert finding.details == (f"Guild 1 (1): {look.words}" if look.words else "Guild 1 (1)",)


def test_guilds_are_told_apart_by_what_is_to_be_done() -> None:
    works, denied = SearchLook(Search.WORKS), SearchLook(Search.DENIED, "why")
    found = [
        one for one in judged(said(works, denied, works, denied), ".env") if one.check == "search"
    ]
    assert [(one.mark, one.found.partition(" guilds")[0]) for one in found] == [
        (Mark.OK, "2 of 4"),
        (Mark.WARNING, "2 of 4"),
    ]
    assert found[1].details == ("Guild 2 (2): why", "Guild 4 (4): why")


def test_nothing_is_said_of_guilds_that_were_not_asked_about() -> None:
    assert "search" not in {one.check for one in judged(WORKS, ".env")}
