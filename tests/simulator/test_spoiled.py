"""Pages and objects with the right status and the wrong content."""

from __future__ import annotations

import time
from typing import Any

import pytest

from clipsaver.simulator import Fault, Faults, World
from clipsaver.simulator.traffic.faults import FaultKind
from clipsaver.simulator.traffic.field_path import steps_of
from tests.simulator.serving import served

PAGES = "GET /channels/*/messages"
LENGTH = 60
NOW = time.time()


def standing() -> float:
    """A clock that stands, so that links are signed alike."""
    return NOW


async def pages(
    fault: Fault, query: str, *, world: World | None = None, seed: int = 0
) -> tuple[list[Any], list[Any]]:
    """A page with the fault, and as it should be."""
    world = world or World.generate(1, channels=1, messages=LENGTH, simple=True)
    channel_id = next(iter(world.histories))
    async with served(world, faults=Faults(seed), compress=True, wall_clock=standing) as (
        simulator,
        client,
    ):
        simulator.faults.next(PAGES, fault)
        path = f"/channels/{channel_id}/messages?{query}"
        compressed = {"Accept-Encoding": "gzip"}
        faulty, right = [await client.get(path, headers=compressed) for _ in range(2)]
        assert (faulty.status_code, right.status_code) == (200, 200)
        assert faulty.headers["content-type"] == "application/json"
        assert simulator.statistics().faults == {str(fault.kind): 1}
        return faulty.json(), right.json()


def named(value: object) -> str | None:
    return f"{value.kind} {value.field}" if isinstance(value, Fault) else None


def ids(page: list[Any]) -> list[int]:
    return [int(message["id"]) for message in page]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.null_field("[3].author.id"), None),
        (Fault.null_field("[3].edited_timestamp"), None),
        (Fault.other_type("[3].author.id"), int),
        (Fault.other_type("[3].attachments"), dict),
        (Fault.other_type("[3].author"), list),
        (Fault.other_type("[3].type"), str),
        (Fault.other_type("[3].nonce"), dict),
    ],
    ids=named,
)
async def test_the_named_field_and_nothing_else(fault: Fault, expected: type | None) -> None:
    faulty, right = await pages(fault, "limit=10")
    *way, last = steps_of(fault.field or "")
    spoiled, sound = faulty, right
    for step in way:
        spoiled, sound = spoiled[step], sound[step]
    value = spoiled.pop(last)
    assert value is None if expected is None else type(value) is expected
    assert expected is None or type(value) is not type(sound.get(last))
    sound.pop(last, None)
    assert faulty == right


@pytest.mark.parametrize("field", ["[12].id", "[3].author.id.more", "[3].attachments[99]", "id"])
async def test_where_there_is_no_place_for_the_field_nothing_changes(field: str) -> None:
    faulty, right = await pages(Fault.null_field(field), "limit=10")
    assert faulty == right


@pytest.mark.parametrize("kind", [FaultKind.NULL_FIELD, FaultKind.OTHER_TYPE])
async def test_any_field_follows_from_the_seed(kind: FaultKind) -> None:
    world = World.generate(1, channels=1, messages=LENGTH, simple=True)
    path = f"/channels/{next(iter(world.histories))}/messages?limit=50"
    async with served(world, wall_clock=standing) as (simulator, client):
        right = (await client.get(path)).json()
        seen = []
        for seed in (1, 1, 2, 3):
            simulator.faults.next(PAGES, Fault(kind=kind, seed=seed))
            faulty = (await client.get(path)).json()
            seen.append([one for one, other in zip(faulty, right, strict=True) if one != other])
    assert [len(changed) for changed in seen] == [1, 1, 1, 1]
    assert seen[0] == seen[1]
    assert seen[0] != seen[2] != seen[3]


def test_each_strike_is_another_unless_the_fault_says_so() -> None:
    faults = Faults(1)
    faults.next(PAGES, Fault.null_field(), times=2)
    taken = [faults.take("GET", "/channels/1/messages").fault for _ in range(2)]
    assert taken[0] != taken[1]
    fixed = Fault(kind=Fault.out_of_order().kind, seed=4)
    faults.always(PAGES, fixed)
    assert faults.take("GET", "/channels/1/messages").fault == fixed


async def test_an_object_can_be_spoiled_too() -> None:
    world = World.generate(1, channels=1, messages=LENGTH, simple=True)
    channel_id = next(iter(world.histories))
    async with served(world, wall_clock=standing) as (simulator, client):
        simulator.faults.next("GET /channels/*", Fault.null_field("guild_id"))
        assert (await client.get(f"/channels/{channel_id}")).json()["guild_id"] is None
        simulator.faults.next("GET /channels/*", Fault.null_field())
        faulty = (await client.get(f"/channels/{channel_id}")).json()
        assert faulty != (await client.get(f"/channels/{channel_id}")).json()
        simulator.faults.next("GET /channels/*", Fault.other_type("message"))
        assert (await client.get("/channels/1")).json()["message"] == "Unknown Channel"


@pytest.mark.parametrize("query", ["limit=30", "limit=30&after=0", "limit=2"])
async def test_out_of_order(query: str) -> None:
    faulty, right = await pages(Fault.out_of_order(), query)
    assert ids(faulty) != ids(right)
    assert sorted(ids(faulty), reverse=True) == ids(right)


@pytest.mark.parametrize("forward", [False, True], ids=["before", "after"])
async def test_a_repeated_message_takes_the_place_of_the_farthest(forward: bool) -> None:
    query = "limit=30&after=0" if forward else "limit=30"
    faulty, right = await pages(Fault.repeated(), query)
    assert len(faulty) == 30
    farthest = ids(right)[0 if forward else -1]
    assert set(ids(right)) - set(ids(faulty)) == {farthest}
    assert ids(faulty) == sorted(ids(faulty), reverse=True)


@pytest.mark.parametrize(
    ("fault", "limit"),
    [(Fault.repeated(extra=True), 30), (Fault.repeated(), LENGTH + 1)],
    ids=named,
)
async def test_a_repeated_message_comes_on_top(fault: Fault, limit: int) -> None:
    """As an extra, or where the page was not full: none may be missing there."""
    faulty, right = await pages(fault, f"limit={limit}")
    assert len(faulty) == len(right) + 1
    assert set(ids(faulty)) == set(ids(right))


@pytest.mark.parametrize("query", ["", "&after=0"], ids=["before", "after"])
async def test_a_longer_page_goes_on_as_the_history_does(query: str) -> None:
    world = World.generate(1, channels=1, messages=LENGTH, simple=True)
    faulty, _ = await pages(Fault.longer(20), f"limit=10{query}", world=world)
    _, right = await pages(Fault.longer(0), f"limit=30{query}", world=world)
    assert ids(faulty) == ids(right)


async def test_what_was_spoiled_is_not_kept() -> None:
    world = World.generate(1, channels=1, messages=LENGTH, simple=True)
    faulty, right = await pages(Fault.repeated(), "limit=10", world=world)
    again, still_right = await pages(Fault.out_of_order(), "limit=10", world=world)
    assert ids(right) == ids(still_right)
    assert sorted(ids(again)) == sorted(ids(right)) != sorted(ids(faulty))


async def test_content_faults_over_http() -> None:
    world = World.generate(1, channels=1, messages=LENGTH, simple=True)
    path = f"/channels/{next(iter(world.histories))}/messages?limit=10"
    async with served(world, wall_clock=standing) as (simulator, client):
        faults = f"{simulator.base_url}/simulator/faults"
        rule: dict[str, Any] = {
            "pattern": PAGES,
            "fault": {"kind": "longer", "more": 5},
            "after": 1,
        }
        assert (await client.post(faults, json=rule)).status_code == 200
        lengths = [len((await client.get(path)).json()) for _ in range(3)]
        assert lengths == [10, 15, 10]
        wrong = rule | {"fault": {"kind": "null_field", "field": "[3]..id"}}
        response = await client.post(faults, json=wrong)
        assert response.status_code == 400
        assert "no path to a field" in response.text


def test_a_fault_may_begin_later() -> None:
    """Counted are all requests that fit, so that each fault has its place in a history."""
    faults = Faults()
    faults.next(PAGES, Fault.garbage())
    faults.next(PAGES, Fault.status(500), after=2)
    faults.always(PAGES, Fault.hang(), after=3)
    faults.take("GET", "/users/@me")
    played = [faults.take("GET", "/channels/1/messages").fault for _ in range(5)]
    assert played == [Fault.garbage(), None, Fault.status(500), Fault.hang(), Fault.hang()]
