"""`clipsaver doctor` as people and scripts have it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from clipsaver.simulator import Access, Fault
from tests.acceptance.conftest import OpenProgram
from tests.acceptance.program import Program
from tests.worker.site import a_world, scan_of


async def asked(program: Program, **environment: str) -> tuple[int, dict[str, Any]]:
    """Its exit code, and what it tells a script."""
    ended = await program.run("doctor", "--json", **environment)
    assert ended.err == ""
    told = json.loads(ended.out)
    assert told["exit_code"] == ended.code
    assert told["scan_would_work"] is (ended.code == 0)
    return ended.code, told


def make_thumbnails(program: Program) -> None:
    file = program.folder / "config.toml"
    file.write_text(file.read_text().replace("enabled = false", "enabled = true"))


def bad(told: dict[str, Any]) -> dict[str, str]:
    return {one["check"]: one["mark"] for one in told["findings"] if one["mark"] != "ok"}


async def test_where_a_scan_works_it_says_so(program_of: OpenProgram) -> None:
    async with program_of(a_world(channels=3, messages=5)) as program:
        code, told = await asked(program)
        assert code == 0
        # The suite's own Valkey writes nothing to disk.
        assert bad(told) == {"AOF": "warning"}
        (guild,) = told["guilds"]
        ids = {channel["id"] for channel in guild["channels"] if channel["readable"]}
        assert ids == {str(channel.channel_id) for channel in program.site.channels}
        assert guild["search"] == "works"
        assert told["bot"]["intent"] == "limited"
        assert told["redis"]["kind"] == "Valkey"
        assert told["postgresql"]["schema_version"] == 0
        assert all(abs(one) < 3 for one in told["clock_offset_seconds"].values())
        assert told["versions"]["trio"]
        assert told["thumbnails"] is None
        make_thumbnails(program)
        ended = await program.run("doctor")
        assert ended.code == 0
        first, *_, last = ended.out.splitlines()
        assert first == f"ok       configuration  {program.folder}/config.toml"
        assert last.startswith("a scan would work: ")
        assert "\x1b" not in ended.out
        stored = f"they can be stored, read and deleted in {program.folder}/data/thumbnails"
        for words in (
            *("Simulated Bot", "permissions=17180984320", "PostgreSQL", "Valkey"),
            *(stored, "layers isolate them"),
        ):
            assert words in ended.out


async def test_stores_that_are_away_keep_nothing_else_from_being_seen(
    program_of: OpenProgram,
) -> None:
    async with program_of(a_world(messages=5)) as program:
        nowhere = {
            "REDIS_URL": f"unix://{program.folder}/no-redis",
            "DATABASE_URL": f"postgresql:///x?host={program.folder}",
        }
        code, told = await asked(program, **nowhere)
        assert code == 3
        assert bad(told) == {"Redis": "problem", "PostgreSQL": "problem"}
        assert (told["redis"], told["postgresql"]) == (None, None)
        assert len(told["guilds"]) == 1
        for name, url in nowhere.items():
            code, told = await asked(program, **{name: url})
            assert code == 3
            gone, there = ("redis", "postgresql")[:: 1 if name == "REDIS_URL" else -1]
            assert told[gone] is None
            assert told[there] is not None


async def test_what_discord_refuses_is_told_with_what_to_do(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=5)) as program:
        world = program.site.world
        world.set_content_intent(granted=False)
        code, told = await asked(program)
        assert (code, bad(told)["intent"]) == (4, "problem")
        world.set_content_intent(granted=True)
        world.set_access(program.site.channels[0].channel_id, Access.NO_HISTORY)
        code, told = await asked(program)
        assert (code, bad(told)["channels"]) == (4, "problem")
        code, told = await asked(program, BOT_TOKEN="another.bot.token")
        assert (code, bad(told)["token"]) == (4, "problem")
        assert told["bot"] is None
        assert told["postgresql"] is not None


async def test_discord_that_is_away_is_a_server_that_is(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=5)) as program:
        program.site.simulator.faults.always("*", Fault.status(503))
        code, told = await asked(program)
        assert (code, bad(told)["Discord"]) == (3, "problem")


async def test_without_a_token_the_rest_is_looked_at(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=5)) as program:
        assert (await asked(program))[0] == 0
        config = (program.folder / "config.toml").read_text()
        (program.folder / "config.toml").write_text(config.replace('token = "env:BOT_TOKEN"', ""))
        code, told = await asked(program)
        assert (code, bad(told)) == (2, {"token": "problem", "AOF": "warning"})
        assert told["postgresql"] is not None


async def test_channels_that_may_be_read_again_are_asked_for_at_once(
    program_of: OpenProgram,
) -> None:
    async with program_of(a_world(channels=2, messages=5)) as program:
        site = program.site
        hidden, silent = (channel.channel_id for channel in site.channels)
        site.world.set_access(hidden, Access.NO_VIEW)
        site.world.set_access(silent, Access.NO_HISTORY)
        await site.push(*map(scan_of, map(site.world.channels.__getitem__, (hidden, silent))))
        assert (await program.run("run", "--drain")).code == 1
        _, told = await asked(program)
        assert bad(told)["denials"] == "warning"
        site.world.set_access(hidden, Access.FULL)
        _, told = await asked(program)
        assert await site.rows("select channel_id from denials") == [(silent,)]
        assert await site.rows("select access from channels where channel_id = %s", hidden) in (
            [],
            [("unknown",)],
        )
        await site.push(scan_of(site.world.channels[hidden]))
        assert (await program.run("run", "--drain")).code == 0


@pytest.mark.parametrize("lacks", ["create on the database", "insert on"])
async def test_rights_that_are_lacking_are_named(program_of: OpenProgram, lacks: str) -> None:
    async with program_of(a_world(messages=5)) as program:
        site, schema = program.site, program.site.config.database.schema
        if lacks != "create on the database":
            assert (await program.run("db", "migrate")).code == 0
        await site.database.execute("drop role if exists poor")
        await site.database.execute("create role poor login")
        if lacks != "create on the database":
            await site.database.execute(
                f"grant usage on schema {schema} to poor;"
                f"grant select, update, delete on all tables in schema {schema} to poor"
            )
        url = str(site.config.database.url).replace("clipsaver@", "poor@")
        code, told = await asked(program, DATABASE_URL=url)
        await site.database.execute("drop owned by poor; drop role poor")
        assert (code, bad(told)["rights"]) == (3, "problem")
        rights = told["postgresql"]["lacking_rights"]
        assert rights
        assert all(right.startswith(lacks) for right in rights)


async def test_it_takes_as_long_as_it_has(program_of: OpenProgram) -> None:
    """A server that says nothing costs its own check its time, and no other."""
    async with program_of(a_world(messages=5)) as program:
        program.site.simulator.faults.always("*", Fault.hang())
        file = program.folder / "config.toml"
        file.write_text(file.read_text().replace("[redis]", "request_timeout = 0.5\n[redis]"))
        began = time.monotonic()
        code, told = await asked(program)
        assert (code, bad(told)["Discord"]) == (3, "problem")
        assert told["postgresql"] is not None
        assert time.monotonic() - began < 30
