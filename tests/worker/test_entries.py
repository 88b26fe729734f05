"""What stands on the stream: good jobs, bad ones, the same one twice, and what may go first."""

from __future__ import annotations

import msgspec
import pytest

from clipsaver.simulator import Fault
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, a_world, messages_of, planted, scan_of

BATCH = {"type": "batch", "guild_id": "1", "channel_id": "2"}
MANY_BRACKETS = b"[" * 100_000 + b"]" * 100_000


def _batch(**fields: object) -> bytes:
    return msgspec.json.encode({**BATCH, **fields})


BAD: dict[str, tuple[bytes, str, str]] = {
    "not JSON": (b"{'type'}", "$", "not JSON"),
    "empty": (b"", "$", "not JSON"),
    "not UTF-8": (b'{"type":"batch","guild_id":"\xff"}', "$", "not JSON"),
    "a list": (b"[]", "$", "Expected `object`"),
    "unknown type": (_batch(type="batsch"), "$.type", "'batsch'"),
    "no type": (b'{"guild_id":"1"}', "$", "`type`"),
    "a field is missing": (b'{"type":"batch","guild_id":"1"}', "$", "`channel_id`"),
    "wrong field": (_batch(direction="sideways"), "$.direction", "sideways"),
    "id as a number": (_batch(channel_id=2), "$.channel_id", "ids are strings"),
    "id without digits": (_batch(channel_id="general"), "$.channel_id", "string of digits"),
    "id too large": (_batch(guild_id="9" * 19), "$.guild_id", "larger than any id"),
    "no message may be read": (_batch(limit=0), "$.limit", ">= 1"),
    "regex refused": (
        _batch(settings={"match_regex": "(?=a)"}),
        "$.settings.match_regex",
        "regex engine refuses",
    ),
    "2 MB": (_batch(job_id="x" * 2_000_000), "$", "2,000,0"),
    "too deep": (_batch(x=msgspec.Raw(MANY_BRACKETS)), "$", "nested too deeply"),
}


async def test_bad_entries_are_buried_one_by_one_and_good_ones_go_on(site_of: OpenSite) -> None:
    async with site_of(a_world()) as site:
        await site.push(*(job for job, _, _ in BAD.values()))
        await site.link.command("XADD", site.link.names.stream, "*", "jobs", "{}")
        await site.push(scan_of(site.channels[0]))
        report = await site.drain()
        assert report.outcomes == {"dead": len(BAD) + 1, "done": 1}
        assert report.exit_code == 1
        assert await site.clips() == planted(site.world)
        letters = {letter["job"]: letter for letter in await site.dead()}
        for name, (job, path, words) in BAD.items():
            letter = letters[job[: 64 * 1024] if len(job) > 256 * 1024 else job]
            assert (letter["reason"], letter["path"]) == ("bad_job", path), name
            assert words in letter["error"], name
            assert letter["job_bytes"] == len(job), name
        assert "no field named job" in letters[None]["error"]
        assert await site.rows("select count(*) from runs") == [(1,)]


async def test_the_same_job_id_twice_is_one_job(site_of: OpenSite) -> None:
    async with site_of(a_world()) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.05))
        job = scan_of(site.channels[0], job_id="nightly")
        (first,) = await site.push(job)
        async with site.worker():
            await site.has_read(1)
            (second,) = await site.push(job)
            await site.event_came("done", second)
            assert "done" not in await site.events(first)
            await site.event_came("done", first)
        key = site.link.names.job(second)
        assert await site.link.command("HGET", key, "joined") == first.encode()
        assert await site.rows("select run_id, state, deliveries from runs") == [
            (first, "SUCCEEDED", 1)
        ]


async def test_a_job_id_in_use_for_another_job_is_buried(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=2)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.05))
        one, other = site.channels
        (first,) = await site.push(scan_of(one, job_id="nightly"))
        async with site.worker():
            await site.has_read(1)
            (second,) = await site.push(scan_of(other, job_id="nightly"))
            await site.event_came("dead", second)
            await site.event_came("done", first)
        (letter,) = await site.dead()
        assert letter["reason"] == "job_id_reused"
        assert first in letter["error"]
        assert await site.clips() == planted(site.world, one)


async def test_a_job_id_is_free_again_after_its_end(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=2, messages=120)) as site:
        for channel in site.channels:
            await site.push(scan_of(channel, job_id="nightly"))
            assert (await site.drain()).outcomes == {"done": 1}
        assert await site.clips() == planted(site.world)


@pytest.mark.parametrize("waiting", [0, 3])
async def test_a_live_job_does_not_wait_for_scans(site_of: OpenSite, waiting: int) -> None:
    """Not for those before it on the stream, which keep their order, nor for its own channel's."""
    async with site_of(a_world(channels=4, messages=300)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.1))
        config = site.configured(worker={"concurrency": 2, "reserved": 1})
        (busy,) = await site.push(scan_of(site.channels[0]))
        async with site.worker(config):
            await site.has_read(1)
            others = await site.push(*map(scan_of, site.channels[1 : 1 + waiting]))
            channel = site.channels[0]
            newest = max(clip.message_id for clip in site.world.planted(channel.channel_id))
            (urgent,) = await site.push(messages_of(channel, newest))
            await site.event_came("done", urgent)
            states = await site.rows("select run_id, state from runs order by created_at")
            assert states == [(busy, "RUNNING"), (urgent, "SUCCEEDED")]
            await site.all_done(2 + waiting)
        assert await _in_order(site) == [busy, urgent, *others]


async def _in_order(site: Site) -> list[str]:
    return [row[0] for row in await site.rows("select run_id from runs order by created_at")]
