"""`clipsaver thumbnails`: what it shows, what it asks for, and what it leaves on record."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest

from clipsaver.cli import thumbnails
from clipsaver.cli.main import main
from clipsaver.cli.options import CommandParser
from clipsaver.cli.thumbnails_asked import Asked, asked_for
from clipsaver.cli.thumbnails_commands import act, show_status
from clipsaver.config import Config, Secret
from clipsaver.config.model import DatabaseConfig, RedisConfig
from clipsaver.database import Database
from clipsaver.database.thumbnails.states import ThumbnailFilter
from clipsaver.errors import SchemaError, UsageError
from clipsaver.operating.thumbnails import ask_for_chosen
from clipsaver.queue.link import Link
from clipsaver.queue.names import Names
from clipsaver.queue.operating import audit
from clipsaver.trio_io.redis import open_redis
from tests.database.making import rows
from tests.database.thumbnails.stage import Conn, add_one_of_each, pass_by, state_of

PAGE = Path(__file__).parents[3] / "docs" / "thumbnails.md"


@pytest.fixture
def config(postgres_dsn: str, database: Database, redis_url: str, tmp_path: Path) -> Config:
    return Config(
        data_dir=tmp_path,
        database=DatabaseConfig(url=Secret(postgres_dsn), schema=database.schema),
        redis=RedisConfig(url=Secret(redis_url)),
    )


@pytest.fixture
async def conn(conn: Conn) -> Conn:
    await add_one_of_each(conn)
    return conn


def asked(*words: str) -> Asked:
    parser = CommandParser(prog="clipsaver thumbnails")
    thumbnails.add_arguments(parser)
    return asked_for(parser.parse_args(words))


async def told(
    config: Config, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0
) -> Any:
    """What a program is told of an action that ends with this exit code."""
    assert await act(config, asked(*words, "--json")) == code
    return json.loads(capsys.readouterr().out)


async def states(conn: Conn) -> dict[int, str]:
    """`again` = asked for, by message."""
    found = await rows(
        conn,
        "select message_id, case when thumbnail_state = 'pending' and thumbnail_attempts = 0 "
        "and thumbnail_due_at <= now() then 'again' else thumbnail_state end from clips "
        "where deleted_at is null",
    )
    return dict(found)


async def events(redis_url: str) -> list[audit.AuditEvent]:
    async with open_redis(redis_url, max_connections=1, timeout_s=5) as client:
        link = Link(client, Names(stream="discord_clip_jobs", group="worker_group"), server="x")
        return list(await audit.read(link, count=10))


BEFORE = {
    100: "pending", 102: "skipped", 103: "pending", 104: "unavailable", 105: "failed", 106: "ready",
}  # fmt: skip


async def test_status_has_states_work_and_reasons(
    config: Config, conn: Conn, capsys: pytest.CaptureFixture[str]
) -> None:
    await show_status(config, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "6 clips"
    assert lines[1].split() == ["pending", "2"]
    assert any(
        line.startswith("to do      1 due now, 0 under way, 1 later (the next") for line in lines
    )
    assert "to delete  0 files" in lines
    table = [line.split()[:5] for line in lines if line.startswith("      1  ")]
    assert sorted(table) == [
        ["1", "failed", "media_unavailable", "try", "again"],
        ["1", "pending", "media_unavailable", "wait", "its"],
        ["1", "unavailable", "no_video", "nothing", "sound"],
    ]
    off = msgspec.structs.replace(
        config, thumbnails=msgspec.structs.replace(config.thumbnails, enabled=False)
    )
    await show_status(off, as_json=True)
    facts = json.loads(capsys.readouterr().out)
    assert (facts["enabled"], facts["clips"], facts["backlog"]["later"]) == (False, 6, 1)
    by_state = {(one["state"], one["error"]): one["to_do"] for one in facts["counts"]}
    assert by_state["unavailable", "no_video"] == "nothing"
    assert by_state["ready", None] is None


async def test_a_dry_run_shows_what_would_be_and_changes_nothing(
    config: Config, conn: Conn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await act(config, asked("retry", "--all", "--dry-run")) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "3 clips to retry"
    assert [line.split()[0] for line in out[2:5]] == ["103-1", "104-1", "105-1"]
    assert out[-1] == "nothing was changed (--dry-run)"
    facts = await told(config, capsys, "remake", "9-9", "106-1", "--dry-run", code=1)
    assert (facts["dry_run"], facts["clips"], facts["unknown"]) == (True, 1, ["9-9"])
    assert [one["clip_id"] for one in facts["examples"]] == ["106-1"]
    assert await states(conn) == BEFORE
    assert await events(str(config.redis.url)) == []


async def test_a_filter_retries_what_it_finds_and_is_on_record(
    config: Config, conn: Conn, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("retry", "--error", "media_unavailable", "--why", "CDN is back")
    with pytest.raises(UsageError, match="there are 2, and nobody to ask"):
        await act(config, asked(*words))
    assert "2 clips to retry" in capsys.readouterr().err
    assert await states(conn) == BEFORE
    facts = await told(config, capsys, *words, "--yes")
    assert (facts["clips"], facts["on_record"]) == (2, True)
    assert await states(conn) == {**BEFORE, 103: "again", 105: "again"}
    (event,) = await events(str(config.redis.url))
    assert (event.action, event.count, event.what, event.why, event.ids) == (
        "thumbnails retry", 2, "--error=media_unavailable", "CDN is back", (),
    )  # fmt: skip
    assert (await told(config, capsys, *words, "--yes"))["clips"] == 0
    assert len(await events(str(config.redis.url))) == 1


async def test_one_needs_no_question_and_a_limit_holds(
    config: Config, conn: Conn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await told(config, capsys, "retry", "--all", "--limit", "1"))["clips"] == 1
    assert await states(conn) == {**BEFORE, 103: "again"}


async def test_many_are_asked_for_in_parts_and_each_is_told(
    conn: Conn, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clipsaver.operating.thumbnails.AT_ONCE", 2)
    told: list[int] = []
    assert await ask_for_chosen(database, ThumbnailFilter(), most=3, tell=told.append) == 3
    assert told == [2, 3]
    assert await ask_for_chosen(database, ThumbnailFilter(), tell=told.append) == 2
    assert list((await states(conn)).values()).count("again") == 5


async def test_all_that_is_there_is_made_anew(
    config: Config, conn: Conn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await told(config, capsys, "remake", "--made-before", "1h"))["clips"] == 0
    assert (await told(config, capsys, "remake", "--made-before", "0s"))["clips"] == 1
    assert await states(conn) == {**BEFORE, 106: "again"}
    assert await rows(conn, "select count(*) from thumbnails") == [(2,)], "until there are others"
    await pass_by(conn, "1 second")
    assert await act(config, asked("remake", "--all")) == 0
    assert "no clip is one of these, or they are due already" in capsys.readouterr().out


async def test_clips_that_are_named_and_names_that_are_nobody_s(
    config: Config, conn: Conn, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("105-1", "106-1", "101-1", "9-9")
    assert await act(config, asked("retry", *names)) == 1
    out = capsys.readouterr().out
    for line in (
        "1 clip to be tried again, from now on",
        "left alone, since they have a thumbnail (remake makes another one): 106-1",
        "deleted: 101-1",
        "not known: 9-9",
    ):
        assert line in out.splitlines()
    assert await states(conn) == {**BEFORE, 105: "again"}
    (event,) = await events(str(config.redis.url))
    assert (event.count, event.ids) == (1, ("105-1",))
    await told(config, capsys, "remake", "106-1")
    assert (await state_of(conn, "106-1"))[0] == "pending"


async def test_without_the_stream_it_is_done_and_said(
    config: Config, conn: Conn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    away = RedisConfig(url=Secret(f"unix://{tmp_path}/nobody"))
    assert await act(msgspec.structs.replace(config, redis=away), asked("retry", "105-1")) == 0
    assert "done without a record in the audit: " in capsys.readouterr().err
    assert await states(conn) == {**BEFORE, 105: "again"}


async def test_tables_that_are_not_there(config: Config, database: Database) -> None:
    other = DatabaseConfig(url=config.database.url, schema=f"{database.schema}_none")
    with pytest.raises(SchemaError, match="clipsaver db migrate"):
        await show_status(msgspec.structs.replace(config, database=other), as_json=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("retry", "say which: clips, a filter such as --error, or --all"),
        ("retry --all 1-1", "clips and --all cannot be given together"),
        ("remake --all --made-before 2h", "a filter and --all cannot be given together"),
        ("retry 1-1 --limit 3", "--limit is for filters and --all"),
        ("remake --made-before soon", "--made-before soon: an age such as 30m"),
        ("retry --state done", "invalid choice: 'done'"),
        ("retry --guild x", "'x': a number from 0"),
        ("retry --made-before 2h", "unrecognized arguments: --made-before"),
    ],
)
def test_what_does_not_say_which_is_refused(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["thumbnails", *words.split()]) == 2
    assert said in capsys.readouterr().err


def test_what_the_help_and_the_page_show_can_be_typed() -> None:
    parser = CommandParser(prog="clipsaver thumbnails")
    thumbnails.add_arguments(parser)
    (actions,) = (
        one.choices for one in parser._actions if isinstance(one, argparse._SubParsersAction)
    )
    typed = [
        shlex.split(re.split(r" {2,}", line.strip().removeprefix("$ "))[0])[2:]
        for text in (PAGE.read_text(), parser.epilog, *(one.epilog for one in actions.values()))
        for line in (text or "").splitlines()
        if re.match(r"  (  \$ )?clipsaver thumbnails ", line)
    ]
    assert len(typed) == 14
    for words in typed:
        arguments = parser.parse_args(words)
        if arguments.action != "status":
            assert asked_for(arguments).action == words[0]
