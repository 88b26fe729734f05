"""Jobs that fail: tried again, given up, told apart, and never at the cost of others."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from structlog.testing import capture_logs

from clipsaver.database.run_writers import RunWriters
from clipsaver.errors import DatabaseUnavailable, SchemaError
from clipsaver.scanning import visit
from clipsaver.scanning.extract import extract
from clipsaver.simulator import Access, Fault
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, a_world, planted, scan_of


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "fault",
    [Fault.status(503), Fault.status(500), Fault.garbage(), Fault.reset_mid_body()],
    ids=lambda fault: f"{fault.kind} {fault.code}",
)
async def test_trouble_at_discord_is_tried_again(site_of: OpenSite, fault: Fault) -> None:
    """Four bad answers: two deliveries fail, the third goes on."""
    async with site_of(a_world()) as site:
        (run,) = await site.push(scan_of(site.channels[0]))
        site.simulator.faults.next(PAGES, fault, times=4)
        assert (await site.drain()).outcomes == {"retry": 2, "done": 1}
        assert await site.clips() == planted(site.world)
        assert await site.events(run) == ["retry", "retry", "done"]
        assert await site.rows("select state, error from runs") == [("SUCCEEDED", None)]


@pytest.mark.usefixtures("impatient")
async def test_a_page_forgives_the_attempts_before_it(site_of: OpenSite) -> None:
    async with site_of(a_world()) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.02))
        config = site.configured(retry={"max_attempts": 2})
        (run,) = await site.push(scan_of(site.channels[0]))
        async with site.worker(config):
            for page in (1, 3, 5):
                await site.has_read(page)
                site.simulator.faults.next(PAGES, Fault.status(503), times=2)
                await site.happened("retry", (page + 1) // 2)
            await site.all_done(1)
        assert await site.events(run) == ["retry", "retry", "retry", "done"]
        assert await site.clips() == planted(site.world)


@pytest.mark.usefixtures("impatient")
async def test_attempts_come_to_an_end(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=2)) as site:
        bad, good = site.channels
        site.simulator.faults.always(f"GET /channels/{bad.channel_id}/messages", Fault.status(502))
        config = site.configured(retry={"max_attempts": 3})
        (run, _) = await site.push(scan_of(bad), scan_of(good))
        report = await site.drain(config)
        assert (report.outcomes, report.exit_code) == ({"retry": 2, "dead": 1, "done": 1}, 1)
        (letter,) = await site.dead()
        assert (letter["reason"], letter["cause"]) == ("attempts_used_up", "discord_unavailable")
        assert (letter["attempts"], letter["stage"]) == (3, "scan")
        assert "502" in letter["error"]
        assert await site.rows(
            "select state, error, error_message like '%%502%%', ended_at is not null from runs "
            "where run_id = %s",
            run,
        ) == [("FAILED", "discord_unavailable", True, True)]
        assert await site.clips() == planted(site.world, good)


async def test_a_bug_costs_only_its_own_job(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site_of(a_world(channels=3)) as site:
        bad, *good = site.channels

        def buggy(messages: Any, channel_id: int, rules: Any) -> Any:
            if channel_id == bad.channel_id:
                raise KeyError("a mistake of ours")
            return extract(messages, channel_id, rules)

        monkeypatch.setattr(visit, "extract", buggy)
        await site.push(*map(scan_of, site.channels))
        with capture_logs() as logs:
            report = await site.drain(site.configured(retry={"max_attempts": 2}))
        assert report.outcomes == {"retry": 1, "dead": 1, "done": 2}
        assert await site.clips() == planted(site.world, *good)
        (letter,) = await site.dead()
        assert letter["cause"] == "internal_error"
        assert letter["error"] == "KeyError: 'a mistake of ours'"
        (told,) = (log for log in logs if log["event"] == "job_retried")
        assert isinstance(told["exc_info"], KeyError)


@pytest.mark.parametrize(
    ("error", "event"),
    [(SchemaError("a table is missing"), "wait"), (RuntimeError("a bug"), "retry")],
    ids=["schema", "bug"],
)
async def test_an_end_that_cannot_be_recorded_is_an_outcome_too(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch, error: Exception, event: str
) -> None:
    """It happens outside of the job's work, and is no reason to end the worker."""

    async def failing(*_: object) -> None:
        raise error

    async with site_of(a_world(channels=2)) as site:
        first, second = site.channels
        async with site.worker():
            with monkeypatch.context() as patch:
                patch.setattr(RunWriters, "leave", failing)
                (run,) = await site.push(scan_of(first))
                await site.event_came(event, run)
            await site.push(scan_of(second))
            await site.all_done(1 if event == "wait" else 2)
        assert await site.clips() == planted(site.world)


async def test_what_discord_refuses_is_told_apart(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=5)) as site:
        hidden, silent, deleted, foreign, fine = site.channels
        site.world.set_access(hidden.channel_id, Access.NO_VIEW)
        site.world.set_access(silent.channel_id, Access.NO_HISTORY)
        site.world.set_access(deleted.channel_id, Access.DELETED)
        await site.push(*(scan_of(one) for one in (hidden, silent, deleted, fine)))
        await site.push(scan_of(foreign, guild_id="1"))
        assert (await site.drain()).outcomes == {"dead": 4, "done": 1}
        reasons = await site.rows("select channel_id, error from runs where state = 'FAILED'")
        assert dict(reasons) == {
            hidden.channel_id: "access_denied",
            silent.channel_id: "missing_read_message_history",
            deleted.channel_id: "not_found",
            foreign.channel_id: "wrong_guild",
        }
        assert await site.clips() == planted(site.world, fine)
        assert {row[0] for row in await site.rows("select channel_id from scan_coverage")} == {
            fine.channel_id
        }


async def test_the_content_intent_that_is_missing_is_named(site_of: OpenSite) -> None:
    async with site_of(a_world()) as site:
        site.world.set_content_intent(granted=False)
        await site.push(scan_of(site.channels[0]))
        assert (await site.drain()).outcomes == {"dead": 1}
        (letter,) = await site.dead()
        assert letter["reason"] == "missing_message_content_intent"
        assert "Message Content Intent" in letter["error"]
        assert await site.pages() == 0


async def test_a_limit_that_is_long_puts_the_job_aside(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=2)) as site:
        limited, fine = site.channels
        of_one = f"GET /channels/{limited.channel_id}/messages"
        site.simulator.faults.next(of_one, Fault.limited("user", retry_after_s=3600))
        (run, _) = await site.push(scan_of(limited), scan_of(fine))
        async with site.worker():
            await site.event_came("wait", run)
            await site.all_done(1)
        (due,) = await site.link.command("ZRANGE", site.link.names.delayed, 0, -1, "WITHSCORES")
        now_ms = int((await site.link.command("TIME"))[0]) * 1000
        assert 3590_000 < float(due[1]) - now_ms < 4000_000
        assert await site.rows(
            "select state, attempts, error from runs where run_id = %s", run
        ) == [("QUEUED", 0, "rate_limited")]


async def test_a_database_that_answers_and_cannot_serve_is_not_asked_in_a_rush(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a replica: `select 1` works there, writing does not."""
    times: list[float] = []
    begin = RunWriters.begin

    async def read_only(*arguments: Any) -> Any:
        times.append(trio.current_time())
        if len(times) <= 4:
            raise DatabaseUnavailable("it is read-only")
        return await begin(*arguments)

    monkeypatch.setattr(RunWriters, "begin", read_only)
    async with site_of(a_world(messages=50)) as site:
        await site.push(scan_of(site.channels[0]))
        assert (await site.drain()).outcomes == {"done": 1}
    assert times[-1] - times[0] > 0.05 + 0.1 + 0.2 + 0.4
