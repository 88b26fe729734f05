"""`clipsaver scan` as people have it, with a worker beside it."""

from __future__ import annotations

import json
import re
import signal

from clipsaver.simulator import Access, ChannelType, Fault, World
from tests.acceptance.conftest import OpenProgram
from tests.acceptance.program import Program
from tests.worker.site import PAGES, planted


def a_world(*, messages: int = 120, guilds: int = 1) -> World:
    return World.generate(seed=11, guilds=guilds, channels=7, messages=messages, thread_messages=15)


def drop(program: Program, kind: ChannelType, access: Access) -> str:
    """Takes a right in the last channel of a type; its name."""
    channel = [one for one in program.site.channels if one.type is kind][-1]
    program.site.world.set_access(channel.channel_id, access)
    return channel.name


async def test_a_guild_is_read_while_one_waits(program_of: OpenProgram) -> None:
    async with program_of(a_world()) as program:
        quiet = drop(program, ChannelType.TEXT, Access.NO_HISTORY)
        count = len(program.site.channels)
        program.site.simulator.faults.always(PAGES, Fault.latency(0.3))  # as with a long history
        async with program.running("run") as worker:
            ended = await program.run("scan", "simulated GUILD 1", "--wait")
            assert (await worker.end(signal.SIGTERM)).code == 0
        assert ended.code == 0, ended.err
        assert ended.out.splitlines()[1:] == [
            "  searched first: 1 job queued",
            f"  {count} have something new: {count} jobs queued",
            f"  no Read Message History: #{quiet}",
        ]
        assert f"{count} of {count} done" in ended.err
        found = planted(program.site.world)
        assert await program.site.clips() == found
        told = re.search(r"search found (\d+) clips(?: in \d+ s)?, history (\d+) more\n", ended.err)
        # What both show in the same moment, both count.
        assert int(told[1]) + int(told[2]) >= len(found)
        assert int(told[1]) > 0
        again = await program.run("scan", "--wait")
        assert (again.code, again.err) == (0, "")
        assert f"  {count} have nothing new" in again.out


async def test_a_script_gets_json_and_nothing_else(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=10)) as program:
        hidden = drop(program, ChannelType.VOICE, Access.NO_CONNECT)
        ended = await program.run("scan", "--json")
        told = json.loads(ended.out)
        assert {int(one["id"]) for one in told["channels"]} == {
            one.channel_id for one in program.site.channels
        }
        assert [(one["name"], one["why"]) for one in told["unreadable"]] == [(hidden, "no Connect")]
        entries = await program.site.link.command("XLEN", program.site.link.names.stream)
        assert entries == len(told["channels"]) + 1
        assert told["search"]["run_id"].endswith("-0")
        assert ended.err.startswith(f"{entries} jobs are on the stream")

        again = await program.run("scan", "--json")  # nobody has begun one of them
        runs = {(one["id"], one["run_id"]) for one in told["channels"]}
        told = json.loads(again.out)
        assert {(one["id"], one["run_id"]) for one in told["channels"]} == runs
        assert {one["state"] for one in told["channels"]} == {"queued"}
        assert told["search"] is None
        assert await program.site.link.command("XLEN", program.site.link.names.stream) == entries


async def test_a_guild_is_only_searched(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=20)) as program:
        async with program.running("run") as worker:
            ended = await program.run("scan", "--strategy", "search", "--wait", "--json")
            await worker.end(signal.SIGTERM)
        told = json.loads(ended.out)
        assert (told["channels"], told["scans"]["clips_by_history"]) == ([], 0)
        found = await program.site.clips()
        assert told["scans"]["clips_by_search"] == len(found) > 0
        assert found < planted(program.site.world)
        assert program.site.pages_asked == 0
        named = await program.run("clips", "list", "--guild", told["guild"]["name"], "--json")
        assert len(named.out.splitlines()) == min(50, len(found))


async def test_only_the_channels_that_are_named(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=10)) as program:
        channels = program.site.world.channels.values()
        forum = next(one for one in channels if one.type is ChannelType.FORUM)
        archived = next(
            one
            for one in program.site.channels
            if one.type is ChannelType.PRIVATE_THREAD and one.archived_ms is not None
        )
        ended = await program.run(
            "scan", "--json", "--channel", f"#{forum.name}", "--channel", str(archived.channel_id)
        )
        assert ended.code == 0, ended.err
        found = {int(one["id"]) for one in json.loads(ended.out)["channels"]}
        posts = {one.channel_id for one in channels if one.parent_id == forum.channel_id}
        assert found == posts | {archived.channel_id}


async def test_what_is_not_there_is_told(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=10, guilds=2)) as program:
        for words, said in (
            (["scan"], "say which guild; the bot is in:"),
            (["scan", "simulated guild"], "did you mean Simulated guild"),
            (["scan", "Simulated guild 2", "--channel", "zzz"], "no channel of that name"),
            (["scan", "Simulated guild 2", "--channel", "404"], "no such channel in that guild"),
        ):
            ended = await program.run(*words)
            assert (ended.code, ended.out) == (2, "")
            assert said in ended.err
        (ours, *_), theirs = program.site.world.guilds, program.site.channels[-1]
        assert theirs.guild_id != ours
        ended = await program.run("scan", str(ours), "--channel", str(theirs.channel_id))
        assert (ended.code, ended.out) == (2, "")
        assert await program.site.link.command("XLEN", program.site.link.names.stream) == 0


async def test_a_channel_that_may_not_be_read_is_refused(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=10)) as program:
        quiet = drop(program, ChannelType.ANNOUNCEMENT, Access.NO_HISTORY)
        ended = await program.run("scan", "--channel", quiet)
        assert ended.code == 4
        assert f"no Read Message History: #{quiet}" in ended.out


async def test_without_the_intent_nothing_is_queued(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=10)) as program:
        program.site.world.set_content_intent(granted=False)
        ended = await program.run("scan")
        assert ended.code == 1
        assert "switch on 'Message Content Intent'" in ended.err
        assert await program.site.link.command("XLEN", program.site.link.names.stream) == 0


async def test_a_rejected_token_and_none_are_told(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=10)) as program:
        program.site.world.revoke()
        ended = await program.run("scan")
        assert ended.code == 4
        assert "Discord rejects the bot token" in ended.err
        ended = await program.run("scan", BOT_TOKEN="")
        assert ended.code == 2


async def test_a_job_that_fails_is_named(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=10)) as program:
        (channel, *_) = program.site.channels
        page = f"GET /channels/{channel.channel_id}/messages"
        program.site.simulator.faults.always(page, Fault.status(403, 50001))
        async with program.running("run") as worker:
            ended = await program.run("scan", "--wait", "--channel", channel.name)
            await worker.end(signal.SIGTERM)
        assert ended.code == 1
        assert f"failed: #{channel.name}: dead letter: access_denied: the bot" in ended.err


async def test_interrupted_it_leaves_the_jobs_going(program_of: OpenProgram) -> None:
    async with program_of(a_world()) as program:
        program.site.simulator.faults.always(PAGES, Fault.latency(0.05))
        async with program.running("scan", "--wait") as child:
            await child.says("no worker has taken a job yet")
            ended = await child.end(signal.SIGINT)
        assert ended.code == 130
        count = len(program.site.channels) + 1  # one searches
        assert f"{count} jobs go on without this command" in ended.err
        program.site.simulator.faults.clear()
        assert (await program.site.drain()).outcomes == {"done": count}
