"""Looking through dead letters, finding the ones that are meant, grouping them."""

from __future__ import annotations

import tracemalloc

import pytest

from clipsaver.errors import UsageError
from clipsaver.queue.operating.dead_letters import dead
from clipsaver.queue.operating.dead_letters.wanted import Wanted
from clipsaver.queue.policy import Failure
from tests.queue.probe import BATCH, MESSAGE

BUG = Failure("internal_error", "KeyError: 'x'", "bbbbbbbbbbbb")


async def test_a_letter_says_what_its_worker_knew(link, dying):
    letter_id = await dying.letter(job_id="mine")
    letter = await dead.letter_of(link, letter_id)
    assert (letter.letter_id, letter.job, letter.fields) == (letter_id, BATCH, {"job_id": "mine"})
    assert (letter.type, letter.guild_id, letter.channel_id) == ("batch", "1", "2")
    assert letter.job_id == "mine"
    assert (letter.death.reason, letter.death.error) == ("not_found", "no such channel")
    assert (letter.death.hosts, letter.death.worker, letter.death.stage) == (
        ("host-a",),
        "me",
        "scan",
    )
    assert (letter.group, letter.death.attempts, letter.is_cut) == ("aaaaaaaaaaaa", 1, False)
    assert await dead.letter_of(link, letter.run_id) == letter
    assert await dead.count(link) == 1


async def test_no_letters_are_no_trouble(link):
    assert await dead.count(link) == 0
    assert await dead.look(link, count=5) == dead.Found((), None, 0)
    assert await dead.groups(link) == []
    assert (await dead.select(link)).ids == []
    assert await dead.letter_of(link, "1-0") is None
    assert await dead.letter_of(link, "clips/1-0") is None


@pytest.mark.parametrize("name", ["", "7", "1-0-0", "+", "-", "(1-0", "nightly", "1-0 "])
async def test_what_is_no_id_is_refused(link, name):
    with pytest.raises(UsageError, match="no dead letter's id"):
        await dead.letter_of(link, name)


async def test_looks_go_on_where_the_last_one_ended(link, dying):
    ids = await dying.many(450)
    seen, cursor = [], None
    while True:
        found = await dead.look(link, count=70, cursor=cursor)
        seen += [letter.letter_id for letter in found.letters]
        cursor = found.cursor
        if cursor is None:
            break
    assert seen == ids[::-1]


async def test_a_look_can_be_bounded(link, dying):
    ids = await dying.many(450)
    rare = Wanted(channel=frozenset(["0"]))
    cursor, looks = None, 0
    while True:
        found = await dead.look(link, rare, count=5, cursor=cursor, look_at=210)
        looks += 1
        if found.cursor is None:
            break
        assert (found.letters, found.looked_at) == ((), 210)
        assert found.cursor == ids[450 - 210 * looks]
        cursor = found.cursor
    assert ([one.letter_id for one in found.letters], looks) == (ids[:1], 3)


async def test_times_are_those_of_death(link, dying):
    ids = await dying.many(10, at_ms=1000)
    meant = Wanted(newer_than_ms=1003, older_than_ms=1007)
    assert (await dead.select(link, meant)).ids == ids[4:7]
    found = await dead.look(link, meant, count=9)
    assert [one.letter_id for one in found.letters] == ids[4:7][::-1]
    assert (found.looked_at, found.cursor) == (3, None)
    assert (await dead.select(link, Wanted(older_than_ms=0))).ids == []


async def test_a_selection_says_what_it_holds_and_ends_with_what_was_there(link, dying):
    ids = [await dying.letter(), await dying.letter(MESSAGE), await dying.letter(failure=BUG)]
    large = await dying.letter(b"x" * 300_000, Failure("bad_job", "too large", "cccccccccccc"))
    selection = await dead.select(link, examples=2)
    assert selection.ids == [*ids, large]
    assert selection.cut == 1
    assert selection.reasons == {"not_found": 2, "internal_error": 1, "bad_job": 1}
    assert selection.types == {"batch": 2, "message": 1, "": 1}
    assert [letter.letter_id for letter in selection.examples] == ids[:2]
    assert (await dead.select(link, limit=2)).ids == ids[:2]


async def test_letters_that_come_during_a_walk_are_not_met(link, dying, monkeypatch):
    """A job that dies of its retry at once must not be retried for ever."""
    ids = await dying.many(500)
    read_page = dead._page

    async def page_and_one_more_death(*arguments, **options):
        page = await read_page(*arguments, **options)
        await dying.many(50)
        return page

    monkeypatch.setattr(dead, "_page", page_and_one_more_death)
    assert (await dead.select(link)).ids == ids


async def test_groups_are_of_one_cause_and_the_largest_comes_first(link, dying):
    first = await dying.letter(failure=BUG)
    await dying.letter()
    last = await dying.letter(MESSAGE, BUG)
    large, small = await dead.groups(link)
    assert (large.fingerprint, large.count, large.example.letter_id) == ("bbbbbbbbbbbb", 2, last)
    assert (f"{large.first_at_ms}", f"{large.last_at_ms}") == (
        first.partition("-")[0],
        last.partition("-")[0],
    )
    assert (large.types, large.channels) == ({"batch": 1, "message": 1}, {"2"})
    assert (small.fingerprint, small.count) == ("aaaaaaaaaaaa", 1)
    (only,) = await dead.groups(link, Wanted(type=frozenset(["message"])))
    assert only.count == 1


async def test_very_many_letters_are_never_in_memory_at_once(link, dying):
    for _ in range(10):
        await dying.many(1000)
    job = b'{"guild_id":"%s"}' % (b"1" * 3000)
    words = ("XADD", link.names.dead, "*", "dead", b'{"reason":"x"}', "job", job)
    await link.together([words] * 5000)  # 15 MB of jobs
    tracemalloc.start()
    selection = await dead.select(link, Wanted(text=frozenset(["guild_id"])))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(selection.ids) == 15_000
    assert peak < 8_000_000
