"""`clipsaver clips`, as a person runs it, on a real database."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trio

from clipsaver import snowflake
from clipsaver.cli.main import main
from clipsaver.database import open_database
from clipsaver.database.migrations import migrate
from tests.database.making import a_clip, a_page, add_run, an_author, commit_pages

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
EVIL = "=cmd|' /C calc'!A0\x1b[31m\u202egpj.exe"


def id_at(hours: float) -> int:
    return snowflake.from_unix((BEGAN + timedelta(hours=hours)).timestamp())


@pytest.fixture
def url(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Seven clips an hour apart in two channels of one guild, the last one gone."""
    for name in ("REDIS_URL", "DISCORD_BOT_TOKEN", "DB_TYPE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    trio.run(_fill, database_url)
    return database_url


async def _fill(url: str) -> None:
    async with (
        open_database(url, schema="clipsaver", pool_size=1) as database,
        database.connection() as conn,
    ):
        await migrate(conn, "clipsaver")
        writer = await database.connect_writer()
        for run, channel in (("s/1", 70), ("s/2", 71)):
            await add_run(writer, run, channel_id=channel)
            clips = [
                a_clip(id_at(n), n, channel_id=channel, author_id=900 + n % 2,
                       posted_at=BEGAN + timedelta(hours=n), size_bytes=n * 1_000_000,
                       filename=EVIL if n == 5 else f"clip {n}.mp4")
                for n in range(channel - 70, 7, 2)
            ]  # fmt: skip
            authors = (an_author(900, global_name="Bo"), an_author(901))
            await commit_pages(
                writer, [a_page(run, 1, *clips, channel_id=channel, authors=authors)]
            )
        await writer.close()
        await conn.execute("update guilds set name = 'The Guild'")
        await conn.execute("update channels set name = 'memes' where channel_id = 71")
        await conn.execute(
            "update clips set deleted_at = now(), deleted_reason = 'message' where message_id = %s",
            [id_at(6)],
        )


class Said:
    """Runs a command; gives its code, its data and its talk."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        code = main(["clips", *words])
        return code, *self._capsys.readouterr()

    def sizes(self, *filters: str) -> list[int]:
        """The clips of the filters, by size in MB."""
        code, out, err = self("list", "--json", *filters)
        assert (code, err) == (0, "")
        return [json.loads(line)["size_bytes"] // 1_000_000 for line in out.splitlines()]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


def test_filters_and_names(url: str, said: Said) -> None:
    assert said.sizes() == [5, 4, 3, 2, 1, 0]
    assert said.sizes("--state", "all", "--limit", "2") == [6, 5]
    assert said.sizes("--state", "deleted") == [6]
    assert said.sizes("--guild", "the guild", "--channel", "#MEMES") == [5, 3, 1]
    assert said.sizes("--guild", "7", "--channel", "70") == [4, 2, 0]
    assert said.sizes("--channel", "https://discord.com/channels/7/71") == [5, 3, 1]
    assert said.sizes("--author", "@bo") == [4, 2, 0] == said.sizes("--author", "user900")
    assert said.sizes("--min-size", "2MB", "--max-size", "3.5MB") == [3, 2]
    assert said.sizes("--since", "2026-01-01T02:00", "--until", "2026-01-01T04:00") == [3, 2]
    assert said.sizes("--thumbnail", "ready") == []
    assert said.sizes("--before", f"{id_at(3)}-3", "--limit", "2") == [2, 1]


def test_a_channel_goes_with_its_threads_and_a_category_with_its_channels(
    url: str, said: Said
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "update clipsaver.channels set parent_id = 70, type = 11 where channel_id = 71"
        )
        connection.execute(
            "insert into clipsaver.channels (channel_id, guild_id, type, name, nsfw)"
            " values (60, 7, 4, 'All', false)"
        )
        connection.execute("update clipsaver.channels set parent_id = 60 where channel_id = 70")
    assert said.sizes("--channel", "70") == [5, 4, 3, 2, 1, 0] == said.sizes("--channel", "all")
    assert said.sizes("--channel", "70", "--limit", "2", "--before", f"{id_at(4)}-4") == [3, 2]
    assert said.sizes("--channel", "#memes") == [5, 3, 1]


def test_what_is_not_there_is_told_with_the_nearest(url: str, said: Said) -> None:
    for words, told in (
        (("--guild", "The Build"), "--guild The Build: there is no guild of that name or id on "
         "record; did you mean The Guild?"),
        (("--channel", "#mems"), "did you mean memes?"),
        (("--channel", "999"), "there is no channel of that name or id on record"),
        (("--author", "@user90"), "did you mean user90"),
        (("--since", "soon"), "--since soon: an age such as"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), "is not before"),
        (("--min-size", "2MB", "--max-size", "1MB"), "is more than"),
        (("--min-size", "much"), "a size such as 800kB"),
        (("--before", "yesterday"), "--before yesterday: the id of a clip"),
        (("--before", "12-\udcff"), "--before 12-: the id of a clip"),
        (("--limit", "1001"), "export has no limit"),
    ):  # fmt: skip
        code, out, err = said("list", *words)
        assert (code, out) == (2, ""), words
        assert told in err
    with psycopg.connect(url) as connection:
        connection.execute("update clipsaver.channels set name = 'memes'")
    code, _, err = said("list", "--channel", "memes")
    assert code == 2
    assert "several channels are called that; name one by its id:" in err
    assert "70  memes  (The Guild)" in err


def test_a_table_and_the_next_page(url: str, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = said("list", "--limit", "2", "--since", "2026-01-01")
    assert code == 0
    head, first, second = out.splitlines()
    assert " ".join(head.split()) == "clip posted (UTC) size length channel author thumbnail name"
    assert first.endswith(
        "  5.0 MB    0:02  #memes       user901  pending    =cmd|' /C calc'!A0gpj.exe"
    )
    assert "2026-01-01 04:00" in second
    assert f"--since 2026-01-01 --limit 2 --before {id_at(4)}-4\n" in err
    monkeypatch.setattr("clipsaver.cli.tables.terminal_width", lambda: 80)
    code, out, err = said("list", "--before", f"{id_at(4)}-4")
    assert max(map(len, out.splitlines())) <= 80
    assert "older ones" not in err
    assert said("list", "--before", f"{id_at(0)}-0")[1] == "no older clips\n"
    assert said("list", "--thumbnail", "failed")[1] == "no clip is one of these\n"


def test_one_clip(url: str, said: Said, tmp_path: Path) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "insert into clipsaver.thumbnails values (%s, 'small', 'ab/c.webp', 320, 180, 9000, "
            "'image/webp', 'decode')",
            [f"{id_at(5)}-5"],
        )
        connection.execute(
            "update clipsaver.clips set thumbnail_state = 'failed', thumbnail_attempts = 3, "
            "thumbnail_error = 'no_video' where clip_id = %s",
            [f"{id_at(5)}-5"],
        )
    code, out, _ = said("show", f"{id_at(5)}-5")
    assert code == 0
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert f"message       https://discord.com/channels/7/71/{id_at(5)}\n" in out
    assert "ab/c.webp (320 x 180, 9.0 kB, decode)" in out
    assert "failed, failed attempts: 3; no_video: " in out
    assert "expired 2026-01-03 00:00:00 UTC; the message link lasts" in out
    link = f"https://discord.com/channels/7/70/{id_at(6)}"
    code, out, _ = said("show", link)
    assert "its message was deleted at Discord" in out
    code, out, _ = said("show", "--json", link)
    assert json.loads(out)["deleted_reason"] == "message"
    assert said("show", "1-1") == (1, "", "there is no clip 1-1 on record\n")
    assert said("show", "a\udcff")[0] == 2  # no clip's id has such a sign, and no database
    code, _, err = said("show", "https://example.com/channels/1/2/3")
    assert code == 2
    assert "neither a clip's id nor a link to a message" in err


def test_export(url: str, said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clipsaver.cli.clips_export.PAGE", 2)
    assert said("export", "clips.csv") == (0, "", "6 clips in clips.csv\n")
    rows = list(csv.DictReader(io.StringIO(Path("clips.csv").read_text(), newline="")))
    assert [row["size_bytes"] for row in rows] == [f"{n}000000" for n in (5, 4, 3, 2, 1)] + ["0"]
    assert rows[0]["filename"] == f"'{EVIL}"
    code, out, err = said("export", "-", "--oldest-first", "--state", "all")
    assert (code, err) == (0, "7 clips\n")
    told = [json.loads(line) for line in out.splitlines()]
    assert [one["size_bytes"] // 1_000_000 for one in told] == [0, 1, 2, 3, 4, 5, 6]
    assert told[5]["filename"] == EVIL
    before = Path("clips.csv").read_bytes()
    code, _, err = said("export", "clips.csv", "--guild", "7")
    assert code == 2
    assert "clips.csv is there already; --force writes over it" in err
    assert said("export", "clips.csv", "--force", "--channel", "70")[0] == 0
    assert len(Path("clips.csv").read_bytes()) < len(before)
    for target, told_of in (
        ("no/clips.csv", "there is no folder no"),
        ("clips.xlsx", "say --format"),
        ("none/../", "say --format"),
    ):
        code, _, err = said("export", target)
        assert code == 2
        assert told_of in err
    assert [one.name for one in tmp_path.iterdir()] == ["clips.csv"]


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_export_that_fails_leaves_no_file(
    url: str, said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Any
) -> None:
    """At the second page, when a part of the file is there."""
    from clipsaver.cli import clip_files

    Path("clips.csv").write_text("before")
    monkeypatch.setattr("clipsaver.cli.clips_export.PAGE", 2)
    put, calls = clip_files._put, []

    def interrupted(file: Any, text: str) -> None:
        calls.append([one.name for one in tmp_path.iterdir()])
        if len(calls) == 3:
            raise trouble
        put(file, text)

    monkeypatch.setattr(clip_files, "_put", interrupted)
    code, out, err = said("export", "clips.csv", "--force")
    assert (code, out) == (130 if trouble is KeyboardInterrupt else 2, "")
    assert ("interrupted" if code == 130 else "cannot be written: No space left") in err
    assert len(calls[-1]) == 2
    assert [one.name for one in tmp_path.iterdir()] == ["clips.csv"]
    assert Path("clips.csv").read_text() == "before"


def test_a_reader_that_leaves_is_no_error(url: str) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-m", "clipsaver", "clips", "export", "-"]
    ended = subprocess.run(
        command, stdout=write_end, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write_end)
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_told(url: str) -> None:
    command = [sys.executable, "-m", "clipsaver", "clips", "export", "-", "--format", "csv"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == (
        "clipsaver: the standard output cannot be written: No space left on device\n"
    )
