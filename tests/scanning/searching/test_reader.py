"""What a search's hits come to: whose channel is whose, and what costs only itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import trio
from structlog.testing import capture_logs

from clipsaver import snowflake
from clipsaver.errors import (
    BeingPurged,
    EpochPassed,
    MissingContentIntent,
    RequestRefused,
    SearchDenied,
)
from clipsaver.jobs import GuildJob
from clipsaver.records import RunProgress
from clipsaver.scanning.retention import MARGIN_S, Retention
from clipsaver.scanning.scan import ScanEnd
from clipsaver.scanning.searching import plan
from clipsaver.scanning.searching.plan import AT_ONCE, STEP
from tests.scanning.chat import CHANNEL, GUILD, Chat, clip_ids, id_of
from tests.scanning.desk import Desk

THREAD, HIDDEN, FOREIGN, GONE = (CHANNEL + n for n in (1, 2, 3, 4))
SEARCH = f"/guilds/{GUILD}/messages/search"


@dataclass(eq=False)
class Searched(Chat):
    """Also searches the channel's messages, and says that others hold some of them."""

    refusal: tuple[int, int] | None = None
    """Status and code of the answer to each search."""
    refused: str = ""
    """Searches that hold this are answered with 400."""
    places: dict[int, int] = field(default_factory=dict)
    """Message -> the channel that it is in."""
    found: dict[int, dict[str, Any]] | None = None
    """What the index holds; None = what is there."""
    listed: tuple[int, Any] = (200, [])
    """What the guild's list of channels is answered with."""

    @property
    def questions(self) -> list[httpx.QueryParams]:
        """The queries of all searches."""
        asked = [httpx.URL(target) for target in self.asked]
        return [url.params for url in asked if url.path == SEARCH]

    def _answer(self, path: str, query: httpx.QueryParams) -> tuple[int, Any]:
        if path == SEARCH:
            if self.refusal is not None:
                return self.refusal[0], {"code": self.refusal[1], "message": "No"}
            if self.refused and self.refused in str(query):
                return 400, {"code": 50035, "message": "Invalid Form Body"}
            return 200, self._hits(query)
        if path == f"/guilds/{GUILD}/channels":
            return self.listed
        match path.removeprefix("/channels/"):
            case one if one == str(HIDDEN):
                return 403, {"code": 50001, "message": "Missing Access"}
            case one if one == str(FOREIGN):
                return 200, {"id": one, "type": 0, "guild_id": "8", "name": "elsewhere"}
            case one if one == str(GONE):
                return 404, {"code": 10003, "message": "Unknown Channel"}
        return super()._answer(path, query)

    def _hits(self, query: httpx.QueryParams) -> dict[str, Any]:
        is_asked = "video" in query.get_list("has")
        lower, upper = int(query.get("min_id", 0)), int(query.get("max_id", 1 << 62))
        found = [
            self._shown({**one, "channel_id": str(self.places.get(id_, CHANNEL))})
            for id_, one in sorted((self.found or self.messages).items(), reverse=True)
            if is_asked and one["attachments"] and lower < id_ < upper
        ]
        offset, limit = int(query.get("offset", 0)), int(query["limit"])
        thread = {"id": str(THREAD), "type": 11, "parent_id": str(CHANNEL), "name": "thread"}
        return {
            "doing_deep_historical_index": False,
            "total_results": len(found),
            "messages": [[one] for one in found[offset : offset + limit]],
            "threads": [{**thread, "guild_id": str(GUILD)}],
        }


@pytest.fixture
def chat() -> Searched:
    return Searched()


async def search(desk: Desk, run: str = "search", **options: Any) -> ScanEnd:
    """One delivery of a job that searches the guild."""
    return await desk.deliver(GuildJob(guild_id=str(GUILD), strategy="search"), run, **options)


async def test_each_hit_is_stored_with_its_channel(desk: Desk, chat: Searched) -> None:
    chat.places = {id_of(10): THREAD, id_of(20): HIDDEN, id_of(30): HIDDEN, id_of(40): FOREIGN,
                   id_of(50): GONE}  # fmt: skip
    with capture_logs() as logs:
        assert await search(desk) is ScanEnd.FINISHED
    assert await desk.clips() == clip_ids(10, *range(60, 251))
    stored = "select distinct clip_id like %s, channel_id, guild_id from clips order by 2"
    assert await desk.rows(stored, f"{id_of(10)}%") == [
        (False, CHANNEL, GUILD), (True, THREAD, GUILD)
    ]  # fmt: skip
    asked = [one.partition("?")[0] for one in chat.asked if one.startswith("/channels/")]
    assert sorted(asked) == [f"/channels/{one}" for one in (CHANNEL, HIDDEN, FOREIGN, GONE)]
    passed = [one["channel"] for one in logs if one["event"] == "search_hits_passed_over"]
    assert sorted(passed) == [HIDDEN, FOREIGN, GONE]
    assert await desk.covers(id_of(10), id_of(250)) == [False, False]


async def test_what_was_gone_before_history_passed_is_not_stored(
    desk: Desk, chat: Searched
) -> None:
    lost, known = id_of(100), id_of(200)
    shown = chat.messages.pop(lost)
    await desk.scan()
    old = {id_of(number): chat.messages[id_of(number)] for number in range(10, 60, 10)}
    chat.found = {**chat.messages, lost: shown}
    chat.messages[known] = chat.messages[known] | {"attachments": []}  # the index is late here, too
    await desk.rows("delete from clips where message_id = any(%s) returning 1", [known, *old])
    chat.asked.clear()
    await search(desk)
    assert await desk.clips() == clip_ids(*range(10, 100), *range(101, 200), *range(201, 251))
    asked = {one.partition("?")[0] for one in chat.asked if one.startswith("/channels/")}
    assert asked == {f"/channels/{CHANNEL}/messages/{one}" for one in (lost, known, *old)}
    assert (await desk.progress("search")).requests == len(chat.asked)


async def test_where_no_message_may_be_asked_for_none_is_asked_for_again(
    desk: Desk, chat: Searched
) -> None:
    await desk.scan()
    doubtful = [id_of(100), id_of(110)]
    await desk.rows("delete from clips where message_id = any(%s) returning 1", doubtful)
    chat.may_read_history = False
    chat.asked.clear()
    with capture_logs() as logs:
        assert await search(desk) is ScanEnd.FINISHED
    assert await desk.clips() == clip_ids(*range(10, 100), *range(120, 251))
    passed = [one["channel"] for one in logs if one["event"] == "search_hits_passed_over"]
    assert passed == [CHANNEL]
    assert len([one for one in chat.asked if one.startswith("/channels/")]) == 1


async def test_it_is_given_up_only_where_history_was(
    desk: Desk, chat: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier search may have been broken off, so what is known says nothing of the rest."""
    monkeypatch.setattr(plan, "PATIENCE", 2)
    for number in range(1, 251):
        chat.messages[id_of(number)]["attachments"] = chat.messages[id_of(10)]["attachments"]
    pages = []
    for run in ("first", "second", "after history"):
        if run == "after history":
            await desk.scan()
        await search(desk, run)
        pages.append((await desk.progress(run)).pages)
    assert pages[0] == pages[1] > 250 / STEP
    assert pages[2] < pages[1]


async def test_channels_are_taken_from_the_guilds_list(desk: Desk, chat: Searched) -> None:
    chat.places = {id_of(10 * number): CHANNEL + number for number in range(10, 26)}
    chat.listed = (
        200,
        [
            {"id": str(CHANNEL + number), "type": 0, "guild_id": str(GUILD), "name": "listed"}
            for number in range(10, 25)
        ],
    )
    await search(desk)
    asked = [one.partition("?")[0] for one in chat.asked]
    assert asked.count(f"/guilds/{GUILD}/channels") == 1
    unlisted = [f"/channels/{CHANNEL}", f"/channels/{CHANNEL + 25}"]
    assert sorted(one for one in asked if one.startswith("/channels/")) == unlisted
    assert await desk.clips() == clip_ids(*range(1, 250))


async def test_a_list_that_is_refused_costs_no_hits(desk: Desk, chat: Searched) -> None:
    chat.listed = 403, {"code": 50001, "message": "Missing Access"}
    await search(desk)
    assert sum(one.startswith(f"/guilds/{GUILD}/channels") for one in chat.asked) == 1
    assert await desk.clips() == clip_ids(*range(1, 251))


async def test_what_cannot_be_read_costs_the_hits_of_its_channel(
    desk: Desk, chat: Searched
) -> None:
    chat.places = {id_of(10): THREAD}
    chat.messages[id_of(10)]["attachments"][0]["id"] = "no id"
    await search(desk)
    assert await desk.clips() == clip_ids(*range(20, 251))


async def test_hits_without_content_are_held_against_the_intent(desk: Desk, chat: Searched) -> None:
    shown = chat._shown
    chat._shown = lambda one: {**shown(one), "content": "", "attachments": []}  # type: ignore[method-assign]
    real = chat._answer
    told = iter([True])

    def answer(path: str, query: httpx.QueryParams) -> tuple[int, Any]:
        if path == "/applications/@me":
            chat.has_intent = next(told, False)  # taken away since it was proven
        return real(path, query)

    chat._answer = answer  # type: ignore[method-assign]
    with pytest.raises(MissingContentIntent, match="messages/search"):
        await search(desk)
    assert await desk.clips() == set()


async def test_it_pauses_at_a_page_and_goes_on_there(desk: Desk, chat: Searched) -> None:
    for number in range(1, 251):
        chat.messages[id_of(number)]["attachments"] = chat.messages[id_of(10)]["attachments"]
    shares: list[float] = []

    async def after_page(_: RunProgress, share: float) -> bool:
        shares.append(share)
        return len(shares) == 2

    assert await search(desk, after_page=after_page) is ScanEnd.PAUSED
    seen = len(chat.questions)
    assert len(await desk.clips()) == STEP + 25
    assert await search(desk) is ScanEnd.FINISHED
    assert len(await desk.clips()) == 250
    assert (await desk.progress("search")).messages == 250
    first = chat.questions[0]
    again = [one for one in chat.questions[seen:] if one["has"] == first["has"]]
    block = [int(one.get("offset", 0)) for one in again if one["max_id"] == first["max_id"]]
    assert min(block) == 2 * STEP
    assert 0 < shares[0] < shares[1] < 1


async def test_it_goes_on_where_it_was_cut_off(desk: Desk, chat: Searched) -> None:
    for number in range(1, 251):
        chat.messages[id_of(number)]["attachments"] = chat.messages[id_of(10)]["attachments"]
    with trio.CancelScope() as scope:

        async def after_page(progress: RunProgress, _: float) -> bool:
            if progress.pages == 3:
                scope.cancel()
            return False

        await search(desk, after_page=after_page)
    assert scope.cancelled_caught
    assert (await desk.progress("search")).pages < 250 / STEP
    assert await search(desk) is ScanEnd.FINISHED
    progress = await desk.progress("search")
    assert (len(await desk.clips()), progress.messages, progress.clips) == (250, 250, 250)
    # Only what was in flight is asked for once more.
    assert 0 <= len(chat.questions) - progress.pages <= AT_ONCE


async def test_what_a_purge_makes_void_is_asked_for_again_and_not_lost(
    desk: Desk, chat: Searched
) -> None:
    """A person's purge reaches the channels of all others."""
    for number in range(1, 251):
        chat.messages[id_of(number)]["attachments"] = chat.messages[id_of(10)]["attachments"]

    async def then_somebody_is_purged(progress: RunProgress, _: float) -> bool:
        if progress.pages == 2:
            await desk.rows("update channels set epoch = epoch + 1 returning 1")
        return False

    with pytest.raises(EpochPassed):
        await search(desk, after_page=then_somebody_is_purged)
    assert (await desk.progress("search")).pages == 2
    assert await search(desk) is ScanEnd.FINISHED
    assert len(await desk.clips()) == 250
    assert (await desk.progress("search")).messages == 250


async def test_a_channel_that_is_being_purged_is_waited_for(desk: Desk, chat: Searched) -> None:
    """Somebody wants it already, but what came in now might be deleted or not."""
    await desk.scan(limit=1)
    await desk.rows(
        "with marked as (update channels set purged_at = now() - interval '1 s', wanted_at = now())"
        " insert into purges (scope, guild_id, channel_id, asked_by, stage)"
        " values ('channel', %s, %s, 'command', 'rows') returning 1",
        GUILD,
        CHANNEL,
    )
    before = await desk.clips()
    with pytest.raises(BeingPurged):
        await search(desk)
    assert await desk.clips() == before
    await desk.rows("update purges set stage = 'files' returning 1")
    assert await search(desk) is ScanEnd.FINISHED
    assert await desk.clips() == clip_ids(*range(10, 251))


async def test_a_channel_is_searched_between_its_bounds(desk: Desk, chat: Searched) -> None:
    bounds = {"after_message_id": str(id_of(100)), "before_message_id": str(id_of(200))}
    await desk.scan(strategy="search", **bounds)
    assert await desk.clips() == clip_ids(*range(101, 200))
    assert {one.get("channel_id") for one in chat.questions} == {str(CHANNEL)}
    assert not chat.pages, "no history is read"


@pytest.mark.parametrize("strategy", ["auto", "search"])
async def test_a_live_job_does_not_wait_for_the_end_of_a_search(
    desk: Desk, chat: Searched, strategy: str
) -> None:
    async def after_page(progress: RunProgress, _: float) -> bool:
        if progress.pages == 1:
            with trio.fail_after(5):
                await desk.scan("live", priority="live", limit=100)
        return False

    await desk.scan("long", strategy=strategy, after_page=after_page)
    assert (await desk.progress("live")).messages == 100


async def test_a_limit_counts_hits_and_messages(desk: Desk, chat: Searched) -> None:
    await desk.scan(strategy="auto", limit=125)
    # 25 hits are all that there are; the other hundred are the newest messages.
    assert (await desk.progress()).messages == 125
    assert len(chat.pages) == 1
    await desk.scan("other", strategy="search", limit=20)
    assert (await desk.progress("other")).pages == 1


async def test_a_search_that_is_denied_says_nothing_of_the_channel(
    desk: Desk, chat: Searched
) -> None:
    chat.refusal = 403, 20001
    with pytest.raises(SearchDenied):
        await desk.scan("first", strategy="search")
    await desk.scan(strategy="auto")
    assert await desk.clips() == clip_ids(*range(1, 251))
    assert len(chat.questions) == 2


@pytest.mark.parametrize(
    "refusal", [(400, 50035), (200, 0), (429, 0)], ids=["refused", "unreadable", "limited"]
)
async def test_a_search_without_an_answer_does_not_keep_history_from_being_read(
    desk: Desk, chat: Searched, refusal: tuple[int, int]
) -> None:
    chat.refusal = refusal
    await desk.scan(strategy="auto")
    assert await desk.clips() == clip_ids(*range(1, 251))


async def test_a_question_that_is_refused_does_not_end_the_others(
    desk: Desk, chat: Searched
) -> None:
    chat.refused = "snapshot"
    with capture_logs() as logs:
        assert await search(desk) is ScanEnd.FINISHED
    assert await desk.clips() == clip_ids(*range(1, 251))
    assert [one["question"] for one in logs if one["event"] == "search_question_refused"] == [
        "snapshot"
    ]
    assert "attachment_extension" in str(chat.questions[-1])
    chat.refused = "limit"
    with pytest.raises(RequestRefused, match="Invalid Form Body"):
        await search(desk, "all are refused")


async def test_nothing_more_is_asked_after_a_failure(desk: Desk, chat: Searched) -> None:
    for number in range(1, 251):
        chat.messages[id_of(number)]["attachments"] = chat.messages[id_of(10)]["attachments"]

    async def then_it_is_over(progress: RunProgress, _: float) -> bool:
        if progress.pages == 1:
            chat.refusal = 403, 50001
        return False

    with pytest.raises(SearchDenied):
        await search(desk, after_page=then_it_is_over)
    assert len(chat.questions) <= 1 + AT_ONCE
    assert (await desk.progress("search")).pages == 1


async def test_a_search_goes_as_far_back_as_clips_are_kept(desk: Desk, chat: Searched) -> None:
    """Also where history was read once, and clips were removed since: nothing is asked for."""
    await desk.scan()
    await desk.rows("delete from clips where message_id < %s returning 1", id_of(100))
    desk.retention = Retention(clip_days=1)
    desk.now = snowflake.to_unix(id_of(100)) + 86_400 - 1  # what is an hour younger is worth it
    chat.asked.clear()
    await search(desk)
    asked = {int(one["min_id"]) for one in chat.questions}
    assert asked == {snowflake.from_unix(desk.now - 86_400 + MARGIN_S) - 1}
    assert not [one for one in chat.asked if "/messages/1" in one]
    assert await desk.clips() == clip_ids(*range(100, 251))


async def test_a_search_brings_no_old_text_back(desk: Desk, chat: Searched) -> None:
    await desk.scan()
    await desk.rows("update messages set content = null returning 1")
    chat.found = dict(chat.messages)
    for number in (150, 200):
        edited = {"edited_timestamp": "2023-11-14T20:00:00+00:00", "content": "edited"}
        chat.found[id_of(number)] = chat.messages[id_of(number)] | edited
    desk.retention = Retention(content_days=1)
    desk.now = snowflake.to_unix(id_of(180)) + 86_400
    await search(desk)
    with_text = dict(await desk.rows("select message_id, content from messages where content > ''"))
    assert set(with_text) == {id_of(number) for number in range(180, 251, 10)}
    assert with_text[id_of(200)] == "edited"


async def test_a_search_that_could_only_show_what_is_too_old_asks_nothing(
    desk: Desk, chat: Searched
) -> None:
    desk.retention = Retention(clip_days=1)
    desk.now = snowflake.to_unix(id_of(100)) + 86_400
    await desk.scan(strategy="search", before_message_id=str(id_of(100)))
    assert chat.questions == []
