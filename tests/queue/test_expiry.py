"""Every key that should go away by itself does."""

from __future__ import annotations

import pytest

from clipsaver.queue import lease, presence, progress
from clipsaver.queue.outcomes import settle
from clipsaver.queue.policy import Cancelled, Dead, Done, Failure, HandBack, Retry, Slice, Wait
from clipsaver.records import RunProgress

FAILURE = Failure("internal_error", "x", "abc")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


async def without_expiry(link):
    stay = link.names.lasting
    keys = [key.decode() for key in await link.command("KEYS", "*")]
    return [key for key in keys if key not in stay and await link.command("PTTL", key) == -1]


@pytest.mark.parametrize(
    ("outcome", "expected_ms"),
    [
        (Done(), HOUR_MS),
        (Cancelled(), HOUR_MS),
        (Dead(FAILURE), HOUR_MS),
        (Slice(), DAY_MS),
        (HandBack(), DAY_MS),
        (Retry(100_000, FAILURE), DAY_MS + 100_000_000),
        (Wait(100_000, "x"), DAY_MS + 100_000_000),
    ],
)
async def test_a_runs_hash_outlives_its_use_by_a_little(link, me, probe, outcome, expected_ms):
    held = await probe.taken(me, channel=7)
    await settle(me, held, outcome)
    ttl_ms = await link.command("PTTL", link.names.job(held.run_id))
    assert expected_ms - 5000 < ttl_ms <= expected_ms
    assert await without_expiry(link) == []


async def test_no_step_leaves_a_key_without_an_expiry(link, me, other, probe):
    held = await probe.taken(me, channel=7)
    assert await without_expiry(link) == []
    await lease.renew(me, [held])
    await lease.note_progress(me, held)
    await progress.write(link, [progress.Report(held, RunProgress())])
    await presence.beat(me, {}, expires_ms=1000)
    assert await without_expiry(link) == []
    assert 0 < await link.command("PTTL", link.names.lock(7)) <= 20 * me.lease_ms
    await probe.age(held.entry.entry_id)
    await lease.take(other, (await probe.taken_over(other, 1))[0], {}, exclusive_channel=7)
    await settle(me, held, Done())
    await progress.write(link, [progress.Report(held, RunProgress())])
    assert await without_expiry(link) == []


async def test_an_unfinished_runs_hash_lives_as_long_as_it_is_renewed(link, me, probe):
    held = await probe.taken(me)
    key = link.names.job(held.run_id)
    await link.command("PEXPIRE", key, 1000)
    await lease.renew(me, [held])
    assert await link.command("PTTL", key) > DAY_MS - 5000
