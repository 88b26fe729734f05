"""`clipsaver privacy export`, as a person runs it, on a real database and a real storage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trio

from clipsaver.cli.main import main
from clipsaver.cli.output_files import whole_file
from clipsaver.database import about_person, open_database
from clipsaver.database.migrations import migrate
from clipsaver.thumbnails.storage.keys import key_of
from tests.database.making import a_clip, a_page, add_run, an_author, commit_pages

ADA, BO = 397177100697600021, 397177100697600022
MESSAGES = range(1442917402463608840, 1442917402463608845)
KEYS = {size: key_of(f"{MESSAGES[0]}-1", size, 2**62 + 1) for size in ("small", "large")}


@pytest.fixture
def url(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Five clips of Ada's, one of them gone and one with pictures; two of Bo's; a purge of each."""
    for name in ("REDIS_URL", "DISCORD_BOT_TOKEN", "DB_TYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    Path("config.toml").write_text(f'[thumbnails]\nstorage = "{tmp_path / "stored"}"\n')
    trio.run(_fill, database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set search_path to clipsaver")
        connection.execute(
            "update clips set deleted_at = now(), deleted_reason = 'message' where message_id = %s",
            [MESSAGES[3]],
        )
        for size, key in KEYS.items():
            connection.execute(
                "insert into thumbnails values (%s, %s, %s, 320, 180, 7, 'image/webp', 'decode')",
                [f"{MESSAGES[0]}-1", size, key],
            )
        for author in (ADA, BO):
            connection.execute(
                "insert into runs (run_id, job, type, guild_id, state, fence) values "
                "(%s, jsonb_build_object('author_id', %s::text), 'purge_author', 7, 'QUEUED', 1)",
                [f"s/{author}", str(author)],
            )
            connection.execute(
                "insert into purges (scope, author_id, asked_by) values ('author', %s, 'job')",
                [author],
            )
    (tmp_path / "stored" / KEYS["small"]).parent.mkdir(parents=True)
    (tmp_path / "stored" / KEYS["small"]).write_bytes(b"picture")
    return database_url


async def _fill(url: str) -> None:
    async with (
        open_database(url, schema="clipsaver", pool_size=1) as database,
        database.connection() as conn,
    ):
        await migrate(conn, "clipsaver")
        writer = await database.connect_writer()
        await add_run(writer, "s/1")
        clips = [a_clip(number, author_id=ADA, filename="\x9b31m\u202e.mp4") for number in MESSAGES]
        clips += [a_clip(number, author_id=BO) for number in (1, 2)]
        authors = (an_author(ADA, global_name="Ada"), an_author(BO, global_name="Bo"))
        await commit_pages(writer, [a_page("s/1", 1, *clips, authors=authors)])
        await writer.close()


class Said:
    def __init__(self, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        self._captured = capsysbinary

    def __call__(self, *words: str) -> tuple[int, str, str]:
        code = main(["privacy", "export", *words])
        out, err = self._captured.readouterr()
        return code, out.decode(), err.decode()


@pytest.fixture
def said(capsysbinary: pytest.CaptureFixture[bytes]) -> Said:
    return Said(capsysbinary)


def test_all_of_one_person_and_nothing_of_another(
    url: str, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = said("@ada")
    assert code == 0
    assert err == f"about {ADA}: authors 1, messages 5, clips 5, thumbnails 2, runs 1, purges 1\n"
    assert str(BO) not in out
    assert "\x9b" not in out
    assert "\u202e" not in out
    told = json.loads(out)
    assert list(told) == ["preamble", *(table.name for table in about_person.TABLES), "counts"]
    assert told["preamble"]["author_id"] == str(ADA)
    assert told["preamble"]["opted_out"] == []
    assert told["preamble"]["tables"].keys() == told["counts"].keys()
    assert told["counts"] == {
        "authors": 1, "messages": 5, "clips": 5, "thumbnails": 2, "runs": 1, "purges": 1,
    }  # fmt: skip
    assert told["authors"][0]["global_name"] == "Ada"
    assert [one["message_id"] for one in told["messages"]] == [str(number) for number in MESSAGES]
    assert {one["content"] for one in told["messages"]} == {"look"}
    assert told["messages"][0]["posted_at"] == "2026-01-02T03:04:05.678000Z"
    assert told["clips"][0]["filename"] == "\x9b31m\u202e.mp4"
    assert [one["deleted_reason"] for one in told["clips"]] == [None, None, None, "message", None]
    assert {one["storage_key"] for one in told["thumbnails"]} == set(KEYS.values())
    assert told["runs"][0]["job"] == {"author_id": str(ADA)}
    with psycopg.connect(url) as connection:
        for table in about_person.TABLES:
            every = connection.execute(
                "select column_name from information_schema.columns "
                "where table_schema = 'clipsaver' and table_name = %s",
                [table.name],
            )
            assert {name for (name,) in every} == set(told[table.name][0]), table.name

    monkeypatch.setattr(about_person, "PAGE", 2)
    again = json.loads(said(str(ADA), "-")[1])
    assert {**again, "preamble": None} == {**told, "preamble": None}


def test_no_table_that_is_about_people_is_left_out(url: str) -> None:
    """By an author's id, or by pointing to what is found by one."""
    exported = {table.name for table in about_person.TABLES}
    with psycopg.connect(url) as connection:
        named = connection.execute(
            "select table_name from information_schema.columns "
            "where table_schema = 'clipsaver' and column_name = 'author_id'"
        ).fetchall()
        pointing = connection.execute(
            "select c.relname from pg_constraint f join pg_class c on c.oid = f.conrelid "
            "where f.contype = 'f' and f.confrelid = any ('{clipsaver.authors, "
            "clipsaver.messages, clipsaver.clips, clipsaver.thumbnails}'::regclass[])"
        ).fetchall()
    assert {name for (name,) in (*named, *pointing)} == exported - {"runs"}


def test_pictures_are_copied_and_missing_ones_told(url: str, said: Said) -> None:
    code, out, err = said("Ada", "ada.json", "--pictures", "seen")
    assert (code, out) == (0, "")
    assert err.endswith("purges 1\n1 picture in seen; 1 more are not in the storage\n")
    told = json.loads(Path("ada.json").read_bytes())
    name = KEYS["small"].split("/")[1]
    assert [one["file"] for one in told["thumbnails"]] == [None, name]
    assert [one.name for one in Path("seen").iterdir()] == [name]
    assert (Path("seen") / name).read_bytes() == b"picture"
    code, _, err = said("Ada", "other.json", "--pictures", "seen")
    assert code == 2
    assert "seen: it is not empty, so nothing was written" in err
    assert not Path("other.json").exists()


def test_of_whom_nothing_is_stored(url: str, said: Said) -> None:
    code, out, err = said("397177100697600099")
    assert (code, err) == (0, "about 397177100697600099: nothing is stored\n")
    assert set(json.loads(out)["counts"].values()) == {0}
    code, out, err = said("adda")
    assert (code, out) == (2, "")
    assert "AUTHOR adda: there is no author of that name or id on record" in err


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_file_is_whole_or_as_it_was(
    url: str, said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Any
) -> None:
    from clipsaver.cli.personal_document import PersonalDocument

    Path("ada.json").write_text("before")
    code, _, err = said("ada", "ada.json")
    assert code == 2
    assert "ada.json is there already; --force writes over it" in err
    there = sorted(tmp_path.iterdir())

    def interrupted(_: Any) -> None:
        raise trouble

    with monkeypatch.context() as patch:
        patch.setattr(PersonalDocument, "end", interrupted)
        assert said("ada", "ada.json", "--force")[0] == (130 if trouble is KeyboardInterrupt else 2)
    assert sorted(tmp_path.iterdir()) == there
    assert Path("ada.json").read_text() == "before"
    assert said("ada", "ada.json", "--force")[0] == 0
    assert json.loads(Path("ada.json").read_bytes())["counts"]["clips"] == 5


def test_two_at_once_do_not_take_each_others_file(tmp_path: Path) -> None:
    """As in two containers with one folder, where both have the same process id."""
    with whole_file(tmp_path / "one.json") as one:
        with whole_file(tmp_path / "two.json") as two:
            two.write(b"2")
        one.write(b"1")
    assert [file.read_bytes() for file in sorted(tmp_path.iterdir())] == [b"1", b"2"]
