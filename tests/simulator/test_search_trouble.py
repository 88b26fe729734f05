"""How a search falls short, where a world is set so."""

from __future__ import annotations

import httpx
import pytest

from clipsaver.simulator import Limits, Rate, SearchSettings, World
from tests.simulator.asking import NOW, Asking
from tests.simulator.serving import served


def asking_of(settings: SearchSettings, **options: object) -> Asking:
    world = World.generate(7, now=NOW, channels=3, messages=60, simple=True, clip_share=0.5)
    world.search = settings
    return Asking(world)


def a_channel(asking: Asking) -> int:
    return asking.world.readable_channels()[0].channel_id


@pytest.mark.parametrize("code", [50001, 20001])
def test_search_may_not_be_for_this_bot(code: int) -> None:
    status, body = asking_of(SearchSettings(refusal=code)).search(has="video")
    assert (status, body["code"]) == (403, code)


def test_without_the_content_intent_it_is_refused_or_says_nothing() -> None:
    asking = asking_of(SearchSettings())
    asking.world.set_content_intent(granted=False)
    assert asking.search()[0] == 403
    asking.world.search = SearchSettings(without_intent="filtered")
    hits = asking.found(has="video")
    assert hits
    assert not any(hit["attachments"] or hit["content"] for hit in hits)


def test_the_index_is_not_there_at_first() -> None:
    asking = asking_of(SearchSettings(unready_requests=2, retry_after_s=7))
    for _ in range(2):
        status, body = asking.search(has="video")
        assert (status, body["code"], body["retry_after"]) == (202, 110000, 7)
        assert "messages" not in body
    assert asking.search(has="video")[0] == 200


def test_the_index_is_not_there_for_a_while() -> None:
    asking = asking_of(SearchSettings(unready_s=30, retry_after_s=None))
    assert "retry_after" not in asking.search(now=NOW)[1]
    statuses = [asking.search(now=NOW + later)[0] for later in (29.9, 30)]
    assert statuses == [202, 200]


def test_short_pages_have_more_behind_them() -> None:
    whole = asking_of(SearchSettings()).found_ids(has="video")
    asking = asking_of(SearchSettings(left_out=0.4))
    pages = [asking.search(has="video", offset=offset)[1] for offset in range(0, len(whole), 25)]
    shown = [int(message["id"]) for page in pages for (message,) in page["messages"]]
    assert len(pages) > 2
    assert all(0 < len(page["messages"]) < 25 for page in pages[:-1])
    assert {page["total_results"] for page in pages} == {len(whole)}
    assert set(shown) < set(whole)
    assert shown == sorted(shown, reverse=True)


def test_totals_may_be_off_and_the_hits_are_right() -> None:
    whole = asking_of(SearchSettings()).found_ids(has="video")
    asking = asking_of(SearchSettings(total_error=0.3))
    assert asking.found_ids(has="video") == whole
    totals = {asking.search(has="video", offset=offset)[1]["total_results"] for offset in range(9)}
    assert len(totals) > 3
    assert all(0.7 * len(whole) - 1 <= total <= 1.3 * len(whole) + 1 for total in totals)
    assert asking.search(has="poll")[1]["total_results"] == 0


def test_old_messages_may_not_be_indexed_yet() -> None:
    whole = asking_of(SearchSettings()).found(has="video")
    edge = whole[len(whole) // 2]
    edge_s = ((int(edge["id"]) >> 22) + 1_420_070_400_000) / 1000
    asking = asking_of(SearchSettings(indexed_from=edge_s))
    assert asking.found_ids(has="video")[-1] >= int(edge["id"]) >> 22 << 22
    _, page = asking.search(has="video")
    assert page["doing_deep_historical_index"] is True
    assert page["total_results"] == len(whole) // 2 + 1
    assert asking.search(has="video", max_id=edge["id"])[1]["total_results"] == 0


def test_new_messages_are_found_late() -> None:
    asking = asking_of(SearchSettings(lag_s=60))
    posted = asking.world.post(a_channel(asking), now=NOW)
    assert posted not in asking.found_ids(now=NOW + 59, has="video")
    assert posted in asking.found_ids(now=NOW + 61, has="video")


@pytest.mark.parametrize("built_before", [True, False])
def test_deleted_messages_linger(*, built_before: bool) -> None:
    asking = asking_of(SearchSettings(linger_s=60))
    channel_id = a_channel(asking)
    posted = asking.world.post(channel_id, now=NOW)
    if built_before:
        asking.search(has="video")
    asking.world.delete(channel_id, posted, now=NOW + 10)
    assert posted in asking.found_ids(now=NOW + 69, has="video")
    assert asking.get(f"/channels/{channel_id}/messages/{posted}")[0] == 404
    assert posted not in asking.found_ids(now=NOW + 70, has="video")


@pytest.mark.parametrize("built_before", [True, False])
def test_edited_messages_are_found_as_what_they_were(*, built_before: bool) -> None:
    asking = asking_of(SearchSettings(edit_lag_s=60))
    channel_id = a_channel(asking)
    posted = asking.world.post(channel_id, now=NOW)
    if built_before:
        asking.search(has="video")
    asking.world.edit(channel_id, posted, "talk", now=NOW + 10)
    (hit,) = [one for one in asking.found(now=NOW + 69, has="video") if int(one["id"]) == posted]
    assert hit["attachments"] == []
    assert hit["edited_timestamp"]
    assert posted not in asking.found_ids(now=NOW + 70, has="video")


def test_what_is_edited_twice_and_deleted_is_found_as_it_was_at_first() -> None:
    asking = asking_of(SearchSettings(edit_lag_s=60, linger_s=60))
    channel_id = a_channel(asking)
    posted = asking.world.post(channel_id, now=NOW)
    asking.world.edit(channel_id, posted, "talk", now=NOW + 10)
    asking.world.edit(channel_id, posted, "pictures", now=NOW + 20)
    assert posted not in asking.found_ids(now=NOW + 20, has="image")
    asking.world.delete(channel_id, posted, now=NOW + 30)
    assert posted in asking.found_ids(now=NOW + 89, has="video")
    assert posted not in asking.found_ids(now=NOW + 90, has="video")


def test_changes_of_what_is_not_there_change_nothing() -> None:
    asking = asking_of(SearchSettings())
    for change in (asking.world.delete, lambda c, m: asking.world.edit(c, m, "talk")):
        with pytest.raises(KeyError):
            change(a_channel(asking), 1)


def test_a_channel_may_stand_for_its_threads() -> None:
    world = World.generate(7, now=NOW, channels=2, messages=10)
    parent = next(c.parent_id for c in world.channels.values() if c.type.is_thread)
    asking = Asking(world)
    alone = asking.found(channel_id=parent, include_nsfw="true")
    world.search = SearchSettings(parents_include_threads=True)
    more = asking.found(channel_id=parent, include_nsfw="true")
    inside = {world.channels[int(one["channel_id"])].parent_id for one in more}
    assert parent in inside
    assert len(more) > len(alone)


@pytest.mark.parametrize("field", ["left_out", "total_error"])
def test_shares_are_shares(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        SearchSettings(**{field: 1.5})


async def test_it_can_be_set_over_http_and_has_a_limit_of_its_own() -> None:
    world = World.generate(7, channels=2, messages=30, simple=True)
    limits = Limits(routes={"GET /guilds/{}/messages/search": Rate(3, 60.0)})
    async with served(world, limits=limits) as (simulator, client):
        path = f"/guilds/{next(iter(world.guilds))}/messages/search"
        url = f"{simulator.base_url}/simulator/search"

        async def status() -> int:
            return (await client.get(path, params={"has": ["video", "snapshot"]})).status_code

        assert await status() == 200
        told: httpx.Response = await client.put(url, json={"refusal": 50001})
        assert told.status_code == 200
        assert await status() == 403
        for wrong in ({"refused": True}, {"left_out": 2}):
            refused = await client.put(url, json=wrong)
            assert refused.status_code == 400
            assert "no way to search" in refused.text
        await client.put(url, json={})
        assert [await status(), await status()] == [200, 429]
        rows = simulator.statistics().by_route
        assert rows["GET /guilds/{}/messages/search"] == {200: 2, 403: 1, 429: 1}
