"""The page's examples, run as they stand: what they put on the stream, and what a worker makes
of it."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import msgspec
import pytest
import redis
from jsonschema import Draft202012Validator

from clipsaver.job_schema import job_schema, job_schema_text
from clipsaver.jobs import AnyJob, BatchJob, MessageDeletionJob, MessageJob, RescanJob, decode
from tests.producers.conftest import Reader, redis_cli
from tests.producers.page import Block, accepted_types, examples
from tests.worker.site import LEASE_S, a_world, open_site, planted, up_for

EXAMPLES = examples()

GUILD, CHANNEL = "175928847299117063", "1100000000000000001"
PUSHED: dict[Block, AnyJob] = {
    ("Python", "python"): BatchJob(
        guild_id=GUILD, channel_id=CHANNEL, limit=None, job_id=f"history of {CHANNEL}"
    ),
    ("JavaScript", "js"): MessageJob(
        guild_id=GUILD,
        channel_id=CHANNEL,
        message_ids=("1200000000000000001", "1200000000000000002"),
    ),
    ("redis-cli", "sh"): RescanJob(guild_id=GUILD, channel_id=CHANNEL),
    ("Jobs that delete", "sh"): MessageDeletionJob(
        guild_id=GUILD, channel_id=CHANNEL, message_ids=("1200000000000000003",)
    ),
}
BY_REDIS_CLI: list[Block] = [block for block in PUSHED if block[1] == "sh"]
PRINT_SCHEMA: Block = ("Checking before pushing", "sh")
CHECK: Block = ("Checking before pushing", "python")
LOOK: Block = ("What became of a job", "sh")
QUERY: Block = ("What became of a job", "sql")

needs_redis_cli = pytest.mark.skipif(
    redis_cli() is None, reason="no redis-cli on PATH, and no wheel of it for this Python"
)


def on_stream(url: str) -> list[tuple[str, dict[str, str]]]:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        return list(client.xrange("discord_clip_jobs"))


def check_that_it_is_there(url: str, job: AnyJob) -> str:
    """The id of the only entry, which holds this job and nothing else."""
    ((entry_id, fields),) = on_stream(url)
    assert set(fields) == {"job"}
    assert decode(fields["job"]) == job
    assert Draft202012Validator(job_schema()).is_valid(json.loads(fields["job"]))
    return entry_id


def words_for_redis_cli(block: Block, **variables: str) -> list[str]:
    """What a shell makes of an example that is one redis-cli command, without the server's URL."""
    program, option, address, *words = shlex.split(EXAMPLES[block].replace("\\\n", ""))
    assert (program, option, address) == ("redis-cli", "-u", "$REDIS_URL")
    return [re.sub(r"\$(\w+)", lambda name: variables[name[1]], word) for word in words]


def test_every_example_is_run() -> None:
    assert set(EXAMPLES) == {*PUSHED, PRINT_SCHEMA, CHECK, LOOK, QUERY}


@pytest.mark.parametrize("block", [("Python", "python"), ("JavaScript", "js")])
def test_a_producer_adds_its_job_and_tells_the_run_id(reader: Reader, block: Block) -> None:
    said = reader.run(block[1], EXAMPLES[block])
    entry_id = check_that_it_is_there(reader.url, PUSHED[block])
    assert said == f"discord_clip_jobs/{entry_id}\n"


@needs_redis_cli
@pytest.mark.parametrize("block", BY_REDIS_CLI)
def test_redis_cli_adds_its_job_and_tells_the_entrys_id(reader: Reader, block: Block) -> None:
    said = reader.run("sh", EXAMPLES[block])
    assert said == check_that_it_is_there(reader.url, PUSHED[block]) + "\n"


@pytest.mark.parametrize("block", BY_REDIS_CLI)
def test_a_shell_makes_of_a_redis_cli_example_what_the_server_takes(
    tcp_url: str, block: Block
) -> None:
    """For where there is no redis-cli: its words, split as a shell does, sent by redis-py."""
    with redis.Redis.from_url(tcp_url) as client:
        client.execute_command(*words_for_redis_cli(block))
    check_that_it_is_there(tcp_url, PUSHED[block])


def test_a_job_is_checked_against_the_printed_schema(reader: Reader) -> None:
    assert reader.run("sh", EXAMPLES[PRINT_SCHEMA]) == ""
    assert (reader.folder / "job.schema.json").read_text() == job_schema_text()
    assert reader.run("python", EXAMPLES[CHECK]) == ""
    wrong = EXAMPLES[CHECK].replace('"175928847299117063"', "175928847299117063")
    assert wrong != EXAMPLES[CHECK]
    assert "ValidationError: " in reader.try_out("python", wrong).stderr


@needs_redis_cli
def test_the_hash_of_a_run_is_shown(reader: Reader) -> None:
    run_id = "discord_clip_jobs/1-0"
    with redis.Redis.from_url(reader.url) as client:
        client.hset(f"{{discord_clip_jobs}}:job:{run_id}", "state", "running")
    assert reader.run("sh", EXAMPLES[LOOK], RUN_ID=run_id) == "state\nrunning\n"


async def test_a_worker_does_what_was_produced_and_tells_what_became_of_it(
    reader: Reader, redis_url: str, postgres_dsn: str
) -> None:
    """The examples' ids are made those of the simulated Discord; the rest stays as it stands."""
    world = a_world(messages=300)
    (channel,) = world.readable_channels()
    newest, oldest, second = (
        world.planted(channel.channel_id)[place].message_id for place in (-1, 0, 1)
    )
    ids = {GUILD: channel.guild_id, CHANNEL: channel.channel_id}
    ids |= {"1200000000000000001": newest, "1200000000000000002": oldest}
    ids |= {"1200000000000000003": second}

    def there(example: str) -> str:
        for written, real in ids.items():
            example = example.replace(written, str(real))
        return example

    up_for(redis_url, LEASE_S + 1)
    async with open_site(
        world, database_url=postgres_dsn, redis_url=redis_url, schema="producers"
    ) as site:
        run_id = reader.run("python", there(EXAMPLES["Python", "python"])).strip()
        assert (await site.drain()).outcomes == {"done": 1}
        assert await site.clips() == planted(world)
        found = len(await site.clips())
        words = words_for_redis_cli(LOOK, RUN_ID=run_id)
        told = await site.link.command(*words)
        shown = (told[b"state"], int(told[b"messages"]), int(told[b"clips"]))
        assert shown == (b"done", 300, found)
        rows = await site.database.execute(EXAMPLES[QUERY], {"run_id": run_id})
        assert await rows.fetchall() == [("SUCCEEDED", 300, found, None, None)]

        world.delete(channel.channel_id, oldest)
        reader.run("js", there(EXAMPLES["JavaScript", "js"]))
        assert (await site.drain()).outcomes == {"done": 1}
        await site.link.command(*map(there, words_for_redis_cli(("redis-cli", "sh"))))
        assert (await site.drain()).outcomes == {"done": 1}
        world.delete(channel.channel_id, second)
        await site.link.command(*map(there, words_for_redis_cli(("Jobs that delete", "sh"))))
        assert (await site.drain()).outcomes == {"done": 1}
        changed = await site.rows("select type, messages, clips_deleted from runs order by 1")
        assert changed == [
            ("batch", 300, 0),
            ("message", 1, 1),
            ("message_deletion", 0, 1),
            ("rescan", 299, 0),
        ]
        assert not await site.rows("select from clips where message_id = %s", second)


async def test_a_type_that_has_to_be_switched_on_is_a_dead_letter_before(
    redis_url: str, postgres_dsn: str
) -> None:
    refused = {name for name, is_accepted in accepted_types().items() if not is_accepted}
    fields: dict[str, Any] = {"guild_id": "1", "channel_id": "2", "author_id": "3"}
    lists = {"message_ids": ["4"], "clip_ids": ["4-5"]}
    up_for(redis_url, LEASE_S + 1)
    async with open_site(
        a_world(messages=1), database_url=postgres_dsn, redis_url=redis_url, schema="producers"
    ) as site:
        jobs = ({"type": name, **fields, **lists} for name in sorted(refused))
        await site.push(*map(msgspec.json.encode, jobs))
        assert (await site.drain()).outcomes == {"dead": len(refused)}
        letters = await site.dead()
    assert {letter["reason"] for letter in letters} == {"purge_not_accepted"}
    assert {json.loads(letter["job"])["type"] for letter in letters} == refused
