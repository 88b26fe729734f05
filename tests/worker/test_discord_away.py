"""Discord that is away: a state of the worker, and no job's failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
import trio
import trio.testing
from structlog.testing import capture_logs

from clipsaver.discord_rest import client
from clipsaver.discord_rest.flow import Policy
from clipsaver.errors import DiscordError, DiscordUnavailable, NotFound, RateLimited, TokenRejected
from clipsaver.simulator import Fault
from clipsaver.worker import reach
from clipsaver.worker.reach import DiscordReach, is_away
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, a_world, planted, scan_of, until

Logs = list[Any]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests give up soon, and the question is asked often."""
    monkeypatch.setattr(client, "Policy", lambda: Policy(attempts=2, backoff_s=0.01))
    monkeypatch.setattr(reach, "_BACKOFF_S", (0.05, 0.1))


@pytest.fixture
def logs() -> Iterator[Logs]:
    with capture_logs() as told:
        yield cast("Logs", told)


def _events(logs: Logs) -> list[str]:
    return [log["event"] for log in logs]


async def _away(site: Site, logs: Logs, fault: Fault | None = None) -> None:
    """Discord goes away, and the worker has noticed."""
    site.simulator.faults.always("*", fault or Fault.status(503))

    async def is_said() -> bool:
        return "discord_away" in _events(logs)

    await until(is_said, "discord_away is said")


@pytest.mark.parametrize(
    "fault", [Fault.status(503), Fault.reset_mid_body(), Fault.garbage()], ids=lambda f: f.kind
)
async def test_an_outage_costs_time_and_no_attempt(
    site_of: OpenSite, logs: Logs, fault: Fault
) -> None:
    async with site_of(a_world(channels=3, messages=900)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.02))
        *running, late = site.channels
        async with site.worker(site.configured(retry={"max_attempts": 1})) as worker:
            await site.push(*map(scan_of, running))
            await site.has_read(4)
            await _away(site, logs, fault)
            before = await site.rows("select run_id, fence, pages from runs order by 1")
            await site.push(scan_of(late))
            asked = site.pages_asked
            await trio.sleep(1.2)  # an intake that took jobs would have taken one by now
            assert site.pages_asked - asked <= 2 * len(running)
            assert await site.rows("select run_id, fence, pages from runs order by 1") == before
            site.simulator.faults.clear()
            await site.all_done(3)
        assert worker.report is not None
        assert worker.report.outcomes == {"done": 3}
        assert await site.clips() == planted(site.world)
        rows = await site.rows("select attempts, deliveries, pages, messages from runs")
        assert rows == [(0, 1, 10, 900)] * 3
    assert _events(logs).count("discord_away") == 1
    (back,) = (log for log in logs if log["event"] == "discord_back")
    assert back["after_s"] > 1


async def test_a_stop_meanwhile_hands_back_at_once(site_of: OpenSite, logs: Logs) -> None:
    async with site_of(a_world(channels=3, messages=900)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.02))
        async with site.worker(site.configured(worker={"shutdown_grace": 30.0})) as worker:
            await site.push(*map(scan_of, site.channels))
            await site.has_read(3)
            await _away(site, logs)
            began = trio.current_time()
            assert (await worker.stop()).outcomes == {"handback": 3}
            assert trio.current_time() - began < 2
        assert {entry["times_delivered"] for entry in await site.pending()} == {0}
        assert await site.rows("select distinct state, attempts from runs") == [("QUEUED", 0)]
        site.simulator.faults.clear()
        assert (await site.drain()).outcomes == {"done": 3}
        assert await site.clips() == planted(site.world)


async def test_a_drain_is_not_done_while_discord_is_away(site_of: OpenSite, logs: Logs) -> None:
    async with site_of(a_world(channels=2)) as site:
        site.simulator.faults.always("*", Fault.status(500))
        await site.push(*map(scan_of, site.channels))
        ended = []

        async def drain() -> None:
            ended.append(await site.drain())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(drain)
            await _away(site, logs)
            await trio.sleep(0.5)
            assert ended == []
            site.simulator.faults.clear()
        assert (ended[0].outcomes, ended[0].exit_code) == ({"done": 2}, 0)
        assert await site.clips() == planted(site.world)
    assert "token_accepted" in _events(logs)


@pytest.mark.parametrize(
    ("answer", "away"),
    [
        (DiscordUnavailable("x", route="r"), True),
        (RateLimited("x", route="r", retry_after_s=1), False),
        (TokenRejected("x", route="r", status=401), False),
        (NotFound("x", route="r", status=404), False),
        (None, False),
    ],
)
def test_any_answer_shows_that_discord_is_there(answer: DiscordError | None, away: bool) -> None:
    assert is_away(answer) is away


class _Discord:
    """Answers the light question with what is next, and then always well."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def me(self, *, once: bool) -> None:
        assert once
        self.asked += 1
        await trio.sleep(0.1)
        if self._answers:
            raise DiscordUnavailable(self._answers.pop(0), route="GET /users/@me")


async def test_one_of_all_asks_and_each_reason_is_said_once(
    autojump_clock: trio.abc.Clock, logs: Logs
) -> None:
    discord = _Discord("refused", "refused", "HTTP 502", "refused")
    service = DiscordReach(cast(Any, discord), lambda: 0.5)
    found: list[bool] = []

    async def job() -> None:
        found.append(await service.was_away())

    async with trio.open_nursery() as nursery:
        await nursery.start(service.run)
        async with trio.open_nursery() as jobs:
            for _ in range(50):
                jobs.start_soon(job)
            await service.until_away()
            assert service.is_away
        assert not service.is_away
        assert (discord.asked, found) == (5, [True] * 50)
        assert not await service.was_away()
        assert discord.asked == 6
        nursery.cancel_scope.cancel()
    assert _events(logs) == ["discord_away", "discord_away", "discord_back"]
    assert ["502" in log["error"] for log in logs[:2]] == [False, True]


async def test_a_job_that_is_cut_off_leaves_the_question_to_the_others(
    autojump_clock: trio.abc.Clock,
) -> None:
    discord = _Discord("refused", "refused")
    service = DiscordReach(cast(Any, discord), lambda: 1.0)
    async with trio.open_nursery() as nursery:
        await nursery.start(service.run)
        with trio.move_on_after(0.15):
            await service.was_away()
        assert service.is_away
        assert await service.was_away()
        assert discord.asked == 3
        nursery.cancel_scope.cancel()


async def test_who_waits_for_an_outage_is_told_of_the_next_one(
    autojump_clock: trio.abc.Clock,
) -> None:
    """A question that Discord answers at once is no outage, and ends nobody's waiting."""
    discord = _Discord()
    service = DiscordReach(cast(Any, discord), lambda: 1.0)
    told = trio.Event()

    async def wait() -> None:
        await service.until_away()
        told.set()

    async with trio.open_nursery() as nursery:
        await nursery.start(service.run)
        nursery.start_soon(wait)
        assert not await service.was_away()
        assert not told.is_set()
        discord._answers.append("refused")
        assert await service.was_away()
        with trio.fail_after(1):
            await told.wait()
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("granted", [True, False])
async def test_a_worker_says_who_its_bot_is(site_of: OpenSite, logs: Logs, granted: bool) -> None:
    async with site_of(a_world(messages=1)) as site:
        site.world.set_content_intent(granted=granted)

        async def is_said() -> bool:
            return "token_accepted" in _events(logs)

        async with site.worker():
            await until(is_said, "the bot is named")
        (told,) = (log for log in logs if log["event"] == "token_accepted")
        assert (told["bot"], told["bot_id"]) == ("Simulated Bot", site.world.bot["id"])
        assert told["content_intent"] == ("limited" if granted else "missing")
        assert ("content_intent_missing" in _events(logs)) is not granted


async def test_a_worker_that_cannot_learn_of_the_intent_names_its_bot(
    site_of: OpenSite, logs: Logs
) -> None:
    async with site_of(a_world(messages=1)) as site:
        site.simulator.faults.always("GET /applications/@me", Fault.status(503))

        async def is_said() -> bool:
            return "token_accepted" in _events(logs)

        async with site.worker():
            await until(is_said, "the bot is named")
        (told,) = (log for log in logs if log["event"] == "token_accepted")
        assert told["bot_id"] == site.world.bot["id"]
        assert "content_intent" not in told
