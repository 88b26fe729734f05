"""`clipsaver run` with servers that were started by hand, and what its signals do."""

from __future__ import annotations

import signal

import msgspec
import trio

from clipsaver.jobs import encode
from clipsaver.simulator import Fault
from tests.acceptance.conftest import OpenProgram
from tests.acceptance.program import Program
from tests.worker.site import LEASE_S, PAGES, a_world, planted, scan_of

RUN = ("run", "--config", "config.toml")


async def _pushed(program: Program) -> list[str]:
    """A job for each channel, from a file; returns the run ids."""
    jobs = b"\n".join(encode(scan_of(channel)) for channel in program.site.channels)
    (program.folder / "jobs.jsonl").write_bytes(jobs)
    pushed = await program.run("push", "jobs.jsonl")
    assert pushed.code == 0, pushed.err
    return pushed.out.split()


async def test_a_worker_that_is_killed_is_followed_by_another(program_of: OpenProgram) -> None:
    """Nothing missing and nothing doubled, whatever the first was in the middle of."""
    async with program_of(a_world(channels=3, messages=1500)) as program:
        site = program.site
        site.simulator.faults.always(PAGES, Fault.latency(0.03))
        runs = await _pushed(program)
        async with program.running(*RUN) as first:
            await site.has_read(7)
            assert (await first.end(signal.SIGKILL)).code == -signal.SIGKILL
        assert await site.rows("select distinct state from runs") == [("RUNNING",)]
        committed = await site.pages()
        asked = site.pages_asked
        site.simulator.faults.clear()
        ended = await program.run(*RUN, "--drain")
        assert ended.code == 0, ended.err
        assert await site.clips() == planted(site.world)
        # What was on its way at the kill counts late: at most a page for each job.
        assert site.pages_asked - asked <= 3 * 16 - committed + 3
        counted = await site.rows(
            "select state, deliveries, attempts, pages, messages, remaining::text from runs"
        )
        assert counted == [("SUCCEEDED", 2, 0, 16, 1500, "{}")] * 3
        found = await site.rows("select sum(clips) from runs")
        assert found == [(len(planted(site.world)),)]
        assert {row[0] for row in await site.rows("select run_id from runs")} == set(runs)


async def test_sigterm_ends_it_in_time_and_hands_its_jobs_back(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=1500)) as program:
        site = program.site
        site.simulator.faults.always(PAGES, Fault.latency(0.05))
        await _pushed(program)
        async with program.running(*RUN) as child:
            await site.has_read(2)
            began = trio.current_time()
            ended = await child.end(signal.SIGTERM)
            assert trio.current_time() - began < LEASE_S
        assert ended.code == 0
        (entry,) = await site.pending()
        assert entry["times_delivered"] == 0
        assert await site.rows("select state, attempts from runs") == [("QUEUED", 0)]
        events = [msgspec.json.decode(line)["event"] for line in ended.err.splitlines()]
        assert events[-3:] == ["worker_stopping", "job_ended", "worker_stopped"]


async def test_a_second_sigint_ends_it_now(program_of: OpenProgram) -> None:
    async with program_of(a_world()) as program:
        program.site.simulator.faults.always(PAGES, Fault.hang())
        (run,) = await _pushed(program)
        async with program.running(*RUN) as child:
            await program.site.is_running(run)
            child.process.send_signal(signal.SIGINT)
            await child.says("worker_stopping")
            began = trio.current_time()
            ended = await child.end(signal.SIGINT)
            assert trio.current_time() - began < 2
        assert ended.code == 130
        assert "Traceback" not in ended.err


async def test_it_waits_for_stores_that_are_away_and_can_be_stopped(
    program_of: OpenProgram,
) -> None:
    async with program_of(a_world(messages=1)) as program:
        nowhere = {
            "REDIS_URL": f"unix://{program.folder}/no-redis",
            "DATABASE_URL": f"postgresql:///x?host={program.folder}",
        }
        async with program.running(*RUN, **nowhere) as child:
            await child.says("redis_away")
            await child.says("database_away")
            ended = await child.end(signal.SIGTERM)
        assert ended.code == 0
        assert ended.err.count("redis_away") == 1
        assert ended.err.count("database_away") == 1


async def test_a_drain_ends_by_what_became_of_the_jobs(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=50)) as program:
        await _pushed(program)
        assert (await program.run(*RUN, "--drain")).code == 0
        await program.site.push(scan_of(program.site.channels[0], guild_id="1"))
        assert (await program.run(*RUN, "--drain")).code == 1
        program.site.world.revoke()
        await program.site.push(scan_of(program.site.channels[0]))
        ended = await program.run(*RUN, "--drain")
        assert ended.code == 4
        assert "token_rejected" in ended.err


async def test_without_a_token_it_says_in_one_sentence_what_to_do(
    program_of: OpenProgram,
) -> None:
    async with program_of(a_world(messages=1)) as program:
        (program.folder / "config.toml").write_text("")
        ended = await program.run("run")
        assert ended.code == 2
        assert ended.out == ""
        (line,) = ended.err.splitlines()
        assert "DISCORD_BOT_TOKEN" in line


async def test_pushed_jobs_are_waited_for(program_of: OpenProgram) -> None:
    async with program_of(a_world(channels=2)) as program:
        site = program.site
        options = [
            ("--guild", str(one.guild_id), "--channel", str(one.channel_id), "--limit", "all")
            for one in site.channels
        ]
        async with program.running(*RUN) as worker:
            good = await program.run("push", "batch", *options[0], "--wait")
            bad = await program.run("push", "batch", "--guild", "1", *options[1][2:], "--wait")
            await worker.end(signal.SIGTERM)
        assert good.code == 0
        assert good.out.startswith(f"{site.link.names.stream}/")
        channel = site.channels[0]
        assert good.err.splitlines()[-1] == (
            f"batch {channel.channel_id}: 700 messages, {len(planted(site.world, channel))} clips"
        )
        assert bad.code == 1
        assert "wrong_guild" in bad.err
        assert await site.clips() == planted(site.world, channel)


async def test_a_push_that_reaches_no_stream_fails_at_once(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=1)) as program:
        nowhere = f"unix://{program.folder}/no-redis"
        ended = await program.run("push", "batch", "--guild", "1", "--channel", "2",
                                  REDIS_URL=nowhere)  # fmt: skip
        assert ended.code == 3
        (line,) = ended.err.splitlines()
        assert line.startswith("clipsaver: Redis at ")


async def test_the_demo_finds_what_was_planted(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=1)) as program:
        ended = await program.run("demo", "--plain", "--channels", "2", "--messages", "200")
        assert ended.code == 0, ended.err
        assert "that the simulator planted were found" in ended.out
        assert ended.err == ""
