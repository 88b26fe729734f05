"""`clipsaver clips gallery`, as a person runs it, on a real database and a real storage."""

from __future__ import annotations

import json
import re
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
from clipsaver.gallery import making
from clipsaver.thumbnails.storage.keys import key_of
from tests.database.making import a_clip, a_page, add_run, commit_pages

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 7


def message_id(number: int) -> int:
    return snowflake.from_unix((BEGAN + timedelta(hours=number)).timestamp())


class Stage:
    """Seven clips an hour apart; the first four have pictures in a folder."""

    def __init__(self, root: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.storage, self.gallery, self.url = root / "stored", root / "gallery", url
        self._capsys = capsys

    def make(self, *words: str) -> tuple[int, str, str]:
        code = main(["clips", "gallery", str(self.gallery), *words])
        return code, *self._capsys.readouterr()

    def rows(self) -> list[list[Any]]:
        """The rows of the page, newest first."""
        text = (self.gallery / "index.html").read_text(encoding="utf-8")
        blocks = re.findall(r'class="block">(.*)</script>', text)
        return [row for block in blocks for row in json.loads(block)["clips"]]

    def copies(self) -> set[str]:
        root = self.gallery / "thumbnails"
        return {path.relative_to(root).as_posix() for path in root.rglob("*.webp")}

    def give_picture(self, number: int, token: int = 1, *, is_stored: bool = True) -> str:
        clip_id = f"{message_id(number)}-{number}"
        key, content = key_of(clip_id, "small", token), f"picture {number} {token}".encode()
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("set search_path to clipsaver")
            connection.execute(
                """
                insert into thumbnails (clip_id, size, storage_key, width, height, size_bytes,
                                        content_type, source)
                values (%(id)s, 'small', %(key)s, 320, 180, %(size)s, 'image/webp', 'decode')
                on conflict (clip_id, size) do update set storage_key = %(key)s
                """,
                {"id": clip_id, "key": key, "size": len(content)},
            )
        if is_stored:
            (self.storage / key).parent.mkdir(parents=True, exist_ok=True)
            (self.storage / key).write_bytes(content)
        return key


@pytest.fixture
def stage(
    tmp_path: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Stage:
    for name in ("REDIS_URL", "DISCORD_BOT_TOKEN", "DB_TYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    stage = Stage(tmp_path, database_url, capsys)
    Path("config.toml").write_text(f'[thumbnails]\nstorage = "{stage.storage}"\n')
    trio.run(_fill, database_url)
    return stage


async def _fill(url: str) -> None:
    async with (
        open_database(url, schema="clipsaver", pool_size=1) as database,
        database.connection() as connection,
    ):
        await migrate(connection, "clipsaver")
        writer = await database.connect_writer()
        await add_run(writer, "s/1")
        clips = [
            a_clip(message_id(n), n, posted_at=BEGAN + timedelta(hours=n), filename=f"{n}.mp4")
            for n in range(COUNT)
        ]
        await commit_pages(writer, [a_page("s/1", 1, *clips)])
        await writer.close()
        await connection.execute("update guilds set name = '<b>Guild</b>'")


def test_a_gallery_is_made_and_brought_up_to_date(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_PER_PAGE", 3)
    keys = [stage.give_picture(n) for n in range(4)]
    page = stage.gallery / "index.html"
    assert stage.make() == (0, f"{page}: 7 clips, 4 pictures (4 copied, 0 removed)\n", "")
    assert [row[4] for row in stage.rows()] == [f"{n}.mp4" for n in reversed(range(COUNT))]
    assert [row[9] for row in stage.rows()] == [None] * 3 + keys[::-1]
    assert stage.copies() == set(keys)
    assert (stage.gallery / "thumbnails" / keys[2]).read_bytes() == b"picture 2 1"
    assert "<title>&lt;b&gt;Guild&lt;/b&gt;</title>" in page.read_text()

    # One was made anew, its original is gone; another one is read no more than it has to be.
    newer = stage.give_picture(0, token=2)
    (stage.storage / keys[1]).unlink()
    assert stage.make()[1] == f"{page}: 7 clips, 4 pictures (1 copied, 1 removed)\n"
    assert stage.copies() == {newer, *keys[1:]}

    assert stage.make("--until", "2026-01-01T02:00")[1] == (
        f"{page}: 2 clips, 2 pictures (0 copied, 2 removed)\n"
    )
    assert stage.copies() == {newer, keys[1]}


def test_a_picture_that_the_storage_has_not_is_said_and_not_shown(stage: Stage) -> None:
    stage.give_picture(3, is_stored=False)
    code, out, _ = stage.make()
    assert code == 0
    assert "7 clips, 0 pictures" in out
    assert "1 of the storage's pictures are not there" in out
    assert [row[9] for row in stage.rows()] == [None] * COUNT


def test_no_more_than_asked_for_and_it_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_PER_PAGE", 3)
    for limit, is_cut in ((1, True), (3, True), (6, True), (7, False), (8, False)):
        code, out, _ = stage.make("--limit", str(limit))
        assert (code, len(stage.rows())) == (0, min(limit, COUNT))
        assert ("--limit has more" in out) == is_cut
        assert ("There are older ones" in (stage.gallery / "index.html").read_text()) == is_cut


def test_a_storage_that_fails_leaves_the_page_as_it_was(stage: Stage) -> None:
    stage.make()
    before = (stage.gallery / "index.html").read_bytes()
    stage.storage.write_text("a file where the folder should be")
    stage.give_picture(1, is_stored=False)
    code, out, err = stage.make()
    assert (code, out) == (3, "")
    assert "something that is no folder is in its place" in err
    assert (stage.gallery / "index.html").read_bytes() == before


def test_a_folder_of_somebody_else_is_refused(stage: Stage) -> None:
    stage.gallery.mkdir()
    (stage.gallery / "thesis.odt").write_text("years of work")
    code, out, err = stage.make()
    assert (code, out) == (2, "")
    assert "is not empty and no gallery" in err
    assert [path.name for path in stage.gallery.iterdir()] == ["thesis.odt"]
