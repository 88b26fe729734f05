"""What workers say of their parts, read by whoever looks, of whatever version."""

from __future__ import annotations

from clipsaver.queue import presence
from clipsaver.queue.worker_statistics import (
    Discord,
    Heard,
    Pages,
    Slots,
    WorkerStatistics,
    decode_statistics,
    encode_statistics,
    read_statistics,
)

SAID = WorkerStatistics(
    slots=Slots(8, 1, 1, 3), pages=Pages(commit_seconds=1.5), outcomes={"done": 4}
)


async def test_those_that_live_are_read_in_one_go(link, me, other):
    assert await read_statistics(link, []) == {}
    await presence.beat(me, {"statistics": encode_statistics(SAID)}, expires_ms=5000)
    await presence.beat(other, {"version": "an old one"}, expires_ms=5000)
    assert await read_statistics(link, ["me", "other", "nobody"]) == {"me": SAID}


def test_the_answers_of_all_routes_make_a_heartbeat_four_kilobytes_longer_at_most():
    refused = Heard(86_400.53, 429, 5, 0, 0.987, 1.234, "shared")
    routes = {f"GET /channels/{{channel}}/threads/archived/{n}": (refused,) * 10 for n in range(8)}
    whole = encode_statistics(WorkerStatistics(discord=Discord(recent=routes)))
    assert len(whole) - len(encode_statistics(WorkerStatistics())) < 4096
    assert decode_statistics(whole).discord.recent == routes


def test_a_later_version_may_say_more_of_an_answer():
    said = decode_statistics(
        b'{"discord": {"recent": {"GET /a": [[2, 429, 5, 0, 1, 1, "user", 7]]}}}'
    )
    assert said.discord.recent["GET /a"] == (Heard(2.0, 429, 5, 0, 1.0, 1.0, "user"),)


def test_another_version_is_read_as_far_as_it_is_known():
    later = b'{"slots": {"live": 2, "colour": "red"}, "cores": {}, "redis_ms": 3}'
    assert decode_statistics(later) == WorkerStatistics(slots=Slots(live=2), redis_ms=3.0)
    assert decode_statistics(b'{"slots": "many"}') is None
    assert decode_statistics(b"") is None
    assert decode_statistics(None) is None
