"""The audit: who did what, when and why."""

from __future__ import annotations

import time

from clipsaver.queue.operating import audit
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.dead_letters.dead_actions import drop, retry

DAY_MS = 24 * 3600 * 1000


async def test_an_action_is_on_record_with_all_that_was_said(link, dying):
    letter_id = await dying.letter()
    act = Act("alice@desk", what="--reason=not_found", why="the channel is back")
    await retry(link, [letter_id], act)
    (event,) = await audit.read(link, count=5)
    assert (event.action, event.who, event.why, event.what, event.request) == (
        "dead retry",
        "alice@desk",
        "the channel is back",
        "--reason=not_found",
        act.request,
    )
    assert (event.count, event.ids) == (1, (letter_id,))
    assert abs(event.at_ms / 1000 - time.time()) < 5
    assert await link.command("PTTL", link.names.audit) == -1


async def test_what_changed_nothing_is_not_on_record(link):
    await retry(link, ["1-0"], Act("alice@desk"))
    await drop(link, ["1-0"], Act("alice@desk"))
    await drop(link, [], Act("alice@desk"))
    assert await audit.read(link, count=5) == ()
    assert await link.command("EXISTS", link.names.audit) == 0


async def test_events_stay_for_thirty_days(link, dying):
    now_ms = int(time.time() * 1000)
    ages = {"31": 31 * DAY_MS, "30 and a bit": 30 * DAY_MS + 60_000, "29": 29 * DAY_MS}
    for age, age_ms in ages.items():
        await link.command("XADD", link.names.audit, f"{now_ms - age_ms}-0", "what", age)
    await drop(link, [await dying.letter()], Act("alice@desk", what="new"))
    assert [event.what for event in await audit.read(link, count=9)] == ["new", "29"]


async def test_it_is_read_from_the_newest_on_and_by_pages(link, dying):
    for number in range(5):
        await drop(link, [await dying.letter()], Act("alice@desk", what=str(number)))
    first = await audit.read(link, count=3)
    rest = await audit.read(link, count=3, before=first[-1].event_id)
    assert [event.what for event in (*first, *rest)] == ["4", "3", "2", "1", "0"]


async def test_a_persons_own_entry_is_shown_as_far_as_it_goes(link):
    words = ("XADD", link.names.audit, "*", "who", b"\xff", "count", "-3", "ids", "{", "x", "y")
    entry_id = (await link.command(*words)).decode()
    (event,) = await audit.read(link, count=5)
    assert (event.who, event.count, event.ids, event.request) == ("�", 0, (), entry_id)


def test_chunks_of_one_request_are_one():
    def event(event_id, request, count):
        return audit.AuditEvent(event_id, "dead drop", "a@b", "", "--all", request, count, ())

    events = [event("9-0", "x", 5), event("8-0", "y", 100), event("7-0", "x", 100)]
    assert [(one.request, one.count, one.at_ms) for one in audit.requests_of(events)] == [
        ("x", 105, 9),
        ("y", 100, 8),
    ]


async def test_what_is_done_elsewhere_is_noted_with_its_number(link):
    act = Act("alice@desk", what="--all", why="larger pictures")
    await audit.note(link, act, "thumbnails remake", count=70_000)
    await audit.note(link, act, "thumbnails retry", count=2, ids=["1-1", "2-1"])
    named, many = await audit.read(link, count=5)
    assert (many.action, many.count, many.ids) == ("thumbnails remake", 70_000, ())
    assert (named.count, named.ids, named.request) == (2, ("1-1", "2-1"), act.request)
