"""What `clipsaver run` says: which job it is about, and never a secret, whatever goes wrong."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis

from clipsaver.jobs import MessageDeletionJob
from clipsaver.queue.events import read_events
from clipsaver.queue.link import Link
from clipsaver.simulator import Access, Fault, World
from clipsaver.simulator.world.world import Token
from tests.acceptance.program import Child, Program, open_program
from tests.acceptance.test_run import RUN
from tests.worker.site import LEASE_S, a_world, scan_of, until, up_for

# Of no shape that a mask would know: only that they are configured says that they are secret.
TOKEN = "a-token-that-nobody-may-see"
REDIS_PASSWORD = "what-opens-redis"
DATABASE_PASSWORD = "what-opens-the-database"
SECRETS = (TOKEN, REDIS_PASSWORD, DATABASE_PASSWORD)
SIGNATURE = r"\b(?:ex|is|hm)=[0-9a-f]+"

FILES = "GET /attachments/**"
JOB = {"run", "type", "guild_id", "channel_id", "attempt"}
CLIP = {"clip_id", "guild_id", "channel_id", "attempt"}

OpenProgram = Callable[[World], AbstractAsyncContextManager[Program]]


@pytest.fixture
def program_of(postgres_dsn: str, redis_url: str, tmp_path: Path) -> OpenProgram:
    """The program with stores that want a password, where the worker makes thumbnails."""
    up_for(redis_url, LEASE_S + 1)
    return partial(_opened, postgres_dsn, redis_url, tmp_path)


@asynccontextmanager
async def _opened(
    database_url: str, redis_url: str, folder: Path, world: World
) -> AsyncIterator[Program]:
    with redis.Redis.from_url(redis_url) as admin:
        admin.acl_setuser(
            "clips", True, False, [f"+{REDIS_PASSWORD}"], categories=["+@all"],
            keys=["*"], channels=["*"],
        )  # fmt: skip
        try:
            async with open_program(
                world,
                folder=folder,
                database_url=database_url.replace("clipsaver@", f"clipsaver:{DATABASE_PASSWORD}@"),
                redis_url=f"{redis_url}&username=clips&password={REDIS_PASSWORD}",
                schema="program_that_logs",
            ) as program:
                config = folder / "config.toml"
                told = config.read_text().replace(
                    "enabled = false", f'enabled = true\nstorage = "{folder}/pictures"'
                )
                hosts = f'[discord]\nmedia_hosts = ["{program.site.simulator.media_host}"]'
                told = told.replace("[discord]", hosts)
                config.write_text(
                    f'{told}[retry]\nbackoff = [0.05, 0.1]\n[log]\nlevel = "debug"\n'
                    'format = "json"\n'
                )
                world.tokens[TOKEN] = Token()
                yield program
        finally:
            admin.acl_deluser("clips")


def secrets_said(text: str) -> list[str]:
    """Each with what stands before it."""
    words = "|".join((*map(re.escape, SECRETS), SIGNATURE))
    return re.findall(f".{{0,80}}(?:{words})", text)


async def everything_in(link: Link) -> str:
    """All keys of the server with all that they hold."""
    reads: dict[bytes, tuple[str, ...]] = {
        b"string": ("GET", "{}"),
        b"hash": ("HGETALL", "{}"),
        b"stream": ("XRANGE", "{}", "-", "+"),
        b"zset": ("ZRANGE", "{}", "0", "-1"),
        b"set": ("SMEMBERS", "{}"),
    }
    found = []
    for key in await link.command("KEYS", "*"):
        words = reads[await link.command("TYPE", key)]
        found.append((key, await link.command(*(key if word == "{}" else word for word in words))))
    return repr(found)


async def much_goes_wrong(program: Program) -> None:
    """Until jobs were done, retried, put off and buried, and no thumbnail could be made."""
    site = program.site
    good, failing, hidden, busy = site.channels
    site.world.set_access(hidden.channel_id, Access.NO_VIEW)
    faults = site.simulator.faults
    faults.next(f"GET /channels/{failing.channel_id}/messages", Fault.status(503), times=5)
    faults.always(f"GET /channels/{busy.channel_id}/messages", Fault.latency(0.3))
    faults.always(FILES, Fault.status(403))
    await site.push(b'{"type": "batch"}', *map(scan_of, (good, failing, hidden, busy)))
    await site.push(
        scan_of(busy, direction="forward", job_id="a name"),
        scan_of(good, guild_id="1"),
        MessageDeletionJob(guild_id="1", channel_id="2", message_ids=("3",)),
    )
    for event, times in (("done", 4), ("retry", 1), ("dead", 4)):
        await site.happened(event, times)
    await site.event_came("wait")

    async def are_tried() -> bool:
        return not await site.rows(
            "select from clips where thumbnail_state = 'pending' and thumbnail_attempts = 0"
        )

    await until(are_tried, "each clip had its attempt")


async def the_token_is_revoked(program: Program, child: Child) -> None:
    """A job that is in hand then is handed back."""
    program.site.world.revoke(TOKEN)
    await program.site.push(scan_of(program.site.channels[0], known="reread"))
    await child.says("token_held")
    await program.site.event_came("handed_back")


def by_event(err: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in map(json.loads, err.splitlines()):
        found.setdefault(line["event"], []).append(line)
    return found


async def test_each_line_names_its_job_and_no_secret_is_said(program_of: OpenProgram) -> None:
    async with program_of(a_world(channels=4, messages=120)) as program:
        async with program.running(*RUN, BOT_TOKEN=TOKEN) as child:
            await much_goes_wrong(program)
            await the_token_is_revoked(program, child)
            child.process.send_signal(signal.SIGUSR1)
            await child.says("task_tree")
            child.process.terminate()
            ended = await child.end()
        assert ended.code == 0
        assert secrets_said(ended.out + ended.err) == []
        assert secrets_said(await everything_in(program.site.link)) == []
        told = await read_events(program.site.link, count=1000)
        assert ("info", "token_accepted") in {(one.level, one.said) for one in told}
        said_of_runs = await program.site.rows("select run_id, error, error_message from runs")
        assert secrets_said(repr(said_of_runs)) == []

        lines = by_event(ended.err)
        assert {line["outcome"] for line in lines["job_ended"]} == {
            *("done", "retry", "wait", "dead", "handback"),
        }
        of_jobs = [line for one in lines.values() for line in one if "run" in line]
        assert {line["event"] for line in of_jobs} >= {"job_retried", "job_dead", "job_ended"}
        for line in of_jobs:
            assert line.keys() >= JOB or line["type"] == "bad_job", line
        assert [line["attempt"] for line in lines["job_retried"]] == [1]
        assert {line["attempt"] for line in lines["job_ended"]} == {1, 2}
        assert "a name" in {line.get("job_id") for line in lines["job_ended"]}
        of_clips = [one for name, one in lines.items() if name.startswith("thumbnail_")]
        assert of_clips
        assert all(line.keys() >= CLIP for one in of_clips for line in one)


async def test_stores_that_are_away_are_named_without_their_passwords(
    program_of: OpenProgram,
) -> None:
    async with program_of(a_world(messages=1)) as program:
        config = program.folder / "config.toml"
        told = config.read_text().replace('"json"', '"console"')
        nowhere = {
            "unix:": f"redis://clips:{REDIS_PASSWORD}@127.0.0.1:1/0",
            "postgresql:": f"host=127.0.0.1 port=1 user=clips password={DATABASE_PASSWORD}",
        }
        for begin, url in nowhere.items():
            told = re.sub(f'url = "{begin}[^"]*"', f'url = "{url}"', told)
        config.write_text(told)
        async with program.running(*RUN, BOT_TOKEN=TOKEN) as child:
            await child.says("redis_away")
            await child.says("database_away")
            child.process.send_signal(signal.SIGUSR1)
            await child.says("    cli.run._run: ")
            await child.says("_database_ready")
            child.process.terminate()
            ended = await child.end()
        assert secrets_said(ended.out + ended.err) == []
        assert "127.0.0.1:1" in ended.err
