"""A Discord that answers wrongly: each fault once, and for as long as it takes.

Once, it costs a second request. For ever, the job is a dead letter that says what was wrong with
which page, and what was committed stays. Either way nothing is missing in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from clipsaver.config import Config
from clipsaver.simulator import Channel, Fault, World
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, a_world, planted, scan_of

pytestmark = pytest.mark.usefixtures("impatient")

MESSAGES = 350
BACKWARD, FORWARD = "backward", "forward"
CHANNEL, APPLICATION = "GET /channels/*", "GET /applications/@me"


@dataclass(frozen=True)
class Case:
    """A fault that a page cannot be read with, and what the error says of it."""

    fault: Fault
    words: str
    status: int | None = 200
    code: int | None = None
    direction: str = BACKWARD

    def __str__(self) -> str:
        field = self.fault.field or ""
        return f"{self.fault.kind} {self.status} {field} {self.direction}"


CASES = [
    Case(Fault.garbage(), "its answer cannot be read: Input data was truncated"),
    Case(Fault.status(502), "no server of Discord's took the request", 502),
    Case(Fault.status(503, 130000), "overloaded", 503, 130000),
    Case(Fault.status(200, 10003), "it is an error; it says: 200: OK", 200, 10003),
    Case(Fault.reset_mid_body(), "the exchange broke: ", None),
    Case(Fault.cut_short(), "the exchange broke: ", None),
    Case(Fault.hang(), "no whole answer within 0.5 s", None),
    Case(Fault.null_field("[3].id"), "(4 of 100 on the page): Expected `str`, got `null`"),
    Case(Fault.null_field("[3].attachments"), "`array`, got `null` - at `$[3].attachments`"),
    Case(Fault.null_field("[3].embeds"), "got `null` - at `$[3].embeds`", direction=FORWARD),
    Case(Fault.other_type("[3].id"), "(4 of 100 on the page): Expected `str`, got `int`"),
    Case(Fault.other_type("[3].components"), "got `object` - at `$[3].components`"),
    Case(Fault.other_type("[3].content"), "got `int` - at `$[3].content`", direction=FORWARD),
]  # fmt: skip

MENDED = [
    Fault.out_of_order(),
    Fault.repeated(),
    Fault.repeated(extra=True),
    Fault.longer(),
    Fault.longer(3),
    Fault.null_field("[3].field_that_is_new"),
    Fault.other_type("[3].field_that_is_new"),
    Fault.other_type("[3].edited_timestamp"),
]
"""A page that can be read all the same."""


def patient(site: Site) -> Config:
    return site.configured(discord={"request_timeout": 0.5}, retry={"max_attempts": 2})


async def is_whole(site: Site, channel: Channel) -> bool:
    """Every planted clip is in the table, and the whole channel counts as read."""
    assert await site.clips() == planted(site.world)
    newest = site.world.histories[channel.channel_id].last_message_id
    covered = await site.rows(
        "select covered @> int8range(0, %s, '[]') from scan_coverage where channel_id = %s",
        newest,
        channel.channel_id,
    )
    return covered == [(True,)]


def cursor_of_second_page(world: World, channel: Channel, direction: str) -> str:
    history = world.histories[channel.channel_id]
    if direction == BACKWARD:
        return f"before={history.id_at(history.before(None, 100)[-1])}"
    return f"after={history.id_at(history.after(0, 100)[0])}"


@pytest.mark.parametrize("direction", [BACKWARD, FORWARD])
async def test_each_fault_once_in_one_history(site_of: OpenSite, direction: str) -> None:
    """Each on a page of its own, so that none can hide behind another."""
    unreadable = [case.fault for case in CASES]
    pages = len(unreadable) + len(MENDED) + 1
    async with site_of(a_world(messages=100 * pages + 50)) as site:
        (channel,) = site.channels
        sent = 1
        for fault in unreadable:
            site.simulator.faults.next(PAGES, fault, after=sent)
            sent += 2  # with the second try, which is spared
        for fault in MENDED:
            site.simulator.faults.next(PAGES, fault, after=sent)
            sent += 1
        await site.push(scan_of(channel, direction=direction))
        assert (await site.drain(patient(site))).outcomes == {"done": 1}
        assert await is_whole(site, channel)
        played = sum(site.simulator.statistics().faults.values())
        assert played == len(unreadable) + len(MENDED), "and none was left over"
        ((pages_read, requests),) = await site.rows("select pages, requests from runs")
        assert requests == pages_read + len(unreadable)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_fault_that_stays_is_a_dead_letter_that_tells_all(
    site_of: OpenSite, case: Case
) -> None:
    async with site_of(a_world(messages=MESSAGES)) as site:
        (channel,) = site.channels
        site.simulator.faults.always(PAGES, case.fault, after=1)
        job = scan_of(channel, direction=case.direction)
        (run,) = await site.push(job)
        report = await site.drain(patient(site))
        assert (report.outcomes, report.exit_code) == ({"retry": 1, "dead": 1}, 1)
        (letter,) = await site.dead()
        assert (letter["reason"], letter["cause"]) == ("attempts_used_up", "discord_unavailable")
        _tells_all(site, channel, case, letter["error"])
        told = await site.rows("select state, error_message from runs where run_id = %s", run)
        assert told == [("FAILED", letter["error"])]
        # The page before it stays, and what comes later needs no more than the rest.
        assert await site.pages(run) == 1
        kept = await site.clips()
        assert kept < planted(site.world)
        assert kept

        site.simulator.faults.clear()
        asked = site.pages_asked
        await site.push(job)
        assert (await site.drain(patient(site))).outcomes == {"done": 1}
        # Backward it looks first for what came since.
        assert site.pages_asked - asked == (4 if case.direction == BACKWARD else 3)
        assert await is_whole(site, channel)


def _tells_all(site: Site, channel: Channel, case: Case, error: str) -> None:
    cursor = cursor_of_second_page(site.world, channel, case.direction)
    route = f"GET /channels/{channel.channel_id}/messages?limit=100&{cursor}"
    facts = [route]
    if case.status is not None:
        facts.append(f"HTTP {case.status}")
    if case.code is not None:
        facts.append(f"code {case.code}")
    assert error.endswith(f"({', '.join(facts)})")
    assert case.words in error
    assert "gave up after 2 attempts" in error


@pytest.mark.parametrize("direction", [BACKWARD, FORWARD])
async def test_pages_that_can_be_put_right_cost_nothing(site_of: OpenSite, direction: str) -> None:
    """Each page has the fault, for the whole of a run."""
    async with site_of(a_world(messages=MESSAGES)) as site:
        (channel,) = site.channels
        for fault in MENDED:
            site.simulator.faults.clear()
            site.simulator.faults.always(PAGES, fault)
            job = scan_of(channel, direction=direction, known="reread")
            (run,) = await site.push(job)
            assert (await site.drain()).outcomes == {"done": 1}, fault
            assert await is_whole(site, channel), fault
            assert await site.rows(
                "select messages, clips from runs where run_id = %s", run
            ) == [(MESSAGES, len(planted(site.world)))], fault  # fmt: skip
            await site.rows("delete from clips returning clip_id")
            await site.rows("delete from scan_coverage returning channel_id")


async def test_a_job_with_a_limit_reads_as_much_and_claims_no_more(site_of: OpenSite) -> None:
    """A page that is too long is searched all the same: what came is not asked for again."""
    cases = [
        (fault, read, direction)
        for direction in (BACKWARD, FORWARD)
        for fault, read in [
            (Fault.repeated(), 150),
            (Fault.repeated(extra=True), 150),
            (Fault.out_of_order(), 150),
            (Fault.longer(20), 120 + 50),
        ]
    ]
    async with site_of(a_world(messages=MESSAGES, channels=len(cases))) as site:
        expected = set()
        for channel, (fault, _, direction) in zip(site.channels, cases, strict=True):
            site.simulator.faults.always(f"GET /channels/{channel.channel_id}/messages", fault)
            await site.push(scan_of(channel, direction=direction, limit=150))
        assert (await site.drain()).outcomes == {"done": len(cases)}
        for channel, case in zip(site.channels, cases, strict=True):
            assert await site.rows(
                "select messages from runs where channel_id = %s", channel.channel_id
            ) == [(case[1],)], case  # fmt: skip
            ids = await _covered(site, channel)
            assert len(ids) == case[1], case
            expected |= {
                clip.clip_id
                for clip in site.world.planted(channel.channel_id)
                if clip.message_id in ids
            }
        assert await site.clips() == expected


async def _covered(site: Site, channel: Channel) -> set[int]:
    history = site.world.histories[channel.channel_id]
    ids = [history.id_at(place) for place in history.places()]
    rows = await site.rows(
        "select id from scan_coverage, unnest(%s::bigint[]) as id "
        "where covered @> id and channel_id = %s",
        ids,
        channel.channel_id,
    )
    return {row[0] for row in rows}


@pytest.mark.parametrize(
    ("pattern", "field"), [(CHANNEL, "guild_id"), (CHANNEL, "id"), (APPLICATION, "flags")]
)
async def test_what_is_asked_before_the_first_page_may_fail_too(
    site_of: OpenSite, pattern: str, field: str
) -> None:
    """A null there would be a wrong guild, or an intent that is missing: the end of the job."""
    async with site_of(a_world(messages=50)) as site:
        (channel,) = site.channels
        site.simulator.faults.next(pattern, Fault.null_field(field))
        await site.push(scan_of(channel))
        assert (await site.drain()).outcomes == {"done": 1}
        assert await is_whole(site, channel)


async def test_a_clip_whose_author_cannot_be_read_is_named(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=50)) as site:
        (channel,) = site.channels
        history = site.world.histories[channel.channel_id]
        newest_first = [history.id_at(place) for place in history.before(None, 50)]
        holder = max(clip.message_id for clip in site.world.planted(channel.channel_id))
        field = f"[{newest_first.index(holder)}].author"
        site.simulator.faults.always(PAGES, Fault.null_field(field))
        await site.push(scan_of(channel))
        assert (await site.drain(patient(site))).outcomes == {"retry": 1, "dead": 1}
        (letter,) = await site.dead()
        assert f"message {holder}: author: " in letter["error"]
        assert f"GET /channels/{channel.channel_id}/messages" in letter["error"]
        site.simulator.faults.clear()
        await site.push(scan_of(channel))
        await site.drain()
        assert await is_whole(site, channel)


@pytest.mark.parametrize("kind", [Fault.null_field, Fault.other_type], ids=["null", "type"])
async def test_any_field_may_be_wrong_now_and_then(site_of: OpenSite, kind: Any) -> None:
    """Messages of every kind, and half of the pages with a field that is not as it should be."""
    world = World.generate(seed=11, channels=1, messages=600, clip_share=0.5)
    async with site_of(world) as site:
        site.simulator.faults.always(PAGES, kind(), probability=0.5)
        config = site.configured(retry={"max_attempts": 50})
        await site.push(*map(scan_of, site.channels))
        report = await site.drain(config)
        assert report.outcomes["done"] == len(site.channels)
        assert "dead" not in report.outcomes
        for channel in site.channels:
            assert await is_whole(site, channel)
