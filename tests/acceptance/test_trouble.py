"""What keeps `clipsaver run` from starting: one sentence, and an exit code to act on."""

from __future__ import annotations

import pytest

from tests.acceptance.conftest import OpenProgram
from tests.acceptance.test_run import RUN
from tests.worker.site import a_world


@pytest.mark.parametrize("migrates", ["true", "false"])
async def test_a_schema_that_is_newer_than_the_code_is_refused(
    program_of: OpenProgram, migrates: str
) -> None:
    async with program_of(a_world(messages=1)) as program:
        assert (await program.run("db", "migrate")).code == 0
        await program.site.rows(
            "insert into schema_migrations values (9999, '9999_later.sql', 'x', now()) returning 1"
        )
        file = program.folder / "config.toml"
        file.write_text(file.read_text().replace("[database]", f"[database]\nmigrate = {migrates}"))
        ended = await program.run(*RUN)
        assert (ended.code, ended.out) == (2, "")
        (line,) = ended.err.splitlines()
        assert "is newer than this clipsaver" in line
        assert "install a newer clipsaver" in line


async def test_the_second_worker_of_a_name_is_refused(program_of: OpenProgram) -> None:
    async with program_of(a_world(messages=1)) as program:
        file = program.folder / "config.toml"
        file.write_text(file.read_text().replace("[redis]", '[redis]\nconsumer = "worker-a"'))
        async with program.running(*RUN) as first:
            await first.says("worker_started")
            second = await program.run(*RUN)
            assert second.code == 2
            refusal = second.err.splitlines()[-1]
            assert f"process {first.process.pid} on " in refusal
            assert "leave redis.consumer empty" in refusal
            first.process.terminate()
        assert (await first.end()).code == 0
