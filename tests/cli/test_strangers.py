"""A thousand hostile texts through every command that shows any: none takes effect."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trio

from clipsaver.cli.clips_text import clip_lines
from clipsaver.cli.dead_text import letter_lines, letters_table
from clipsaver.cli.guild_report import Report
from clipsaver.cli.main import main
from clipsaver.cli.pending_text import entries_text
from clipsaver.cli.thumbnail_text import name_of
from clipsaver.database import open_database
from clipsaver.database.clip_filter import ClipFilter
from clipsaver.database.clip_list import ListedClip, read_clips
from clipsaver.discord_rest.outcomes import error_for
from clipsaver.doctor.findings import warning
from clipsaver.doctor.report import lines as doctor_lines
from clipsaver.log import console_line, in_order, json_line
from clipsaver.queue.operating.pending import Counts
from clipsaver.scanning.guild_map import Unreadable
from clipsaver.terminal_text import printable
from tests.cli.test_pending import ENTRY
from tests.discord_rest.test_outcomes import read
from tests.gallery.test_page import HARMLESS, Parsed
from tests.stored_strangers import store, stored, text
from tests.strangers import COUNT, OBEYED, TEXTS
from tests.tui.viewmodel.made import letter

FORMULA = re.compile("[\\s\x00-\x1f\x7f-\xa0\u200b\ufeff]*[=+@＝＋－＠-]|[\t\r\n]")  # noqa: RUF001


@pytest.fixture(scope="module")
def filled(postgres_dsn: str) -> Iterator[str]:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("create database strangers strategy file_copy template template0")
        url = postgres_dsn.replace("/postgres?", "/strangers?")
        trio.run(store, url)
        yield url
        connection.execute("drop database strangers with (force)")


class Said:
    """Runs a command; what it says on stdout is its lines, without anything that is obeyed."""

    def __init__(self, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        self._captured = capsysbinary

    def __call__(self, *words: str, code: int = 0) -> list[str]:
        assert main(words) == code
        out, err = (text.decode() for text in self._captured.readouterr())
        harmless(*out.split("\n"), *err.split("\n"))
        return out.removesuffix("\n").split("\n")


def harmless(*lines: str) -> None:
    for line in lines:
        assert not OBEYED.search(line), repr(line)


@pytest.fixture
def said(
    filled: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> Said:
    for name in ("REDIS_URL", "DISCORD_BOT_TOKEN", "DB_TYPE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("DATABASE_URL", filled)
    Path("config.toml").write_text(f'[thumbnails]\nstorage = "{tmp_path / "stored"}"\n')
    return Said(capsysbinary)


@pytest.fixture
def clips(filled: str) -> list[ListedClip]:
    """Newest first."""

    async def read() -> list[ListedClip]:
        async with (
            open_database(filled, schema="clipsaver", pool_size=1) as database,
            database.connection() as conn,
        ):
            return await read_clips(conn, ClipFilter(), limit=COUNT)

    return trio.run(read)


def test_clips_in_lines(said: Said, clips: list[ListedClip]) -> None:
    lines = said("clips", "list", "--limit", str(COUNT))
    assert len(lines) == COUNT + 1, "a row for each, and no row of a stranger's"
    for clip in clips:
        shown = list(clip_lines(clip, datetime.now(UTC), lambda one: one.storage_key))
        harmless(*shown)
        rows = len(clip.content.splitlines()) if clip.content else 0
        assert shown.count("  message") == min(rows, 1)
        assert len(shown) - rows < 30
    for number in range(0, COUNT, 50):
        said("clips", "list", "--author", f"none {stored(number)}", code=2)
    said("thumbnails", "status")
    said("thumbnails", "retry", "--all", "--dry-run")


def test_clips_as_json_and_as_csv_come_back_as_they_were(
    said: Said, clips: list[ListedClip]
) -> None:
    wanted = [(one.filename, one.title, one.content, one.author_name) for one in clips]
    names = ("filename", "title", "content", "author_name")
    as_json = [json.loads(line) for line in said("clips", "list", "--json", "--limit", str(COUNT))]
    assert [tuple(one[name] for name in names) for one in as_json] == wanted
    assert [one["filename"] for one in as_json] == [filename(n) for n in reversed(range(COUNT))]
    said("clips", "export", "clips.csv")
    with Path("clips.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert [tuple(one[name].removeprefix("'") for name in names) for one in rows] == wanted
    assert not [cell for row in rows for cell in row.values() if FORMULA.match(cell)]


def test_a_gallery_has_no_other_elements(said: Said) -> None:
    said("clips", "gallery", "page")
    parsed = Parsed(Path("page/index.html").read_text("utf-8"))
    assert fixed(parsed) == fixed(HARMLESS)
    rows = [row for block in parsed.blocks() for row in block["clips"]]
    assert [row[4] for row in rows] == [
        printable(filename(n)).strip() or "without a name" for n in reversed(range(COUNT))
    ]
    folder = Path("page")
    assert {one.name for one in folder.iterdir()} == {
        "index.html", "thumbnails", ".clipsaver-gallery",
    }  # fmt: skip


def filename(number: int) -> str:
    """Of the clip; one that Discord does not name is called as its link ends."""
    return stored(number) if text(number) else str(number)


def fixed(parsed: Parsed) -> list[Any]:
    """The elements that are the same on each page."""
    return [one for one in parsed.elements if one[0] != "time" and one[1].get("class") != "block"]


def test_what_is_said_of_channels_and_of_people(said: Said) -> None:
    assert len(said("coverage", "--limit", "0")) < 3 * COUNT
    (line,) = said("coverage", "--json")
    channels = json.loads(line)["channels"]
    assert sorted(one["name"] for one in channels) == sorted(map(stored, range(COUNT)))
    said("db", "status")
    told = json.loads("\n".join(said("privacy", "export", "100007")))
    assert told["messages"][0]["content"] == stored(9)
    for number in range(0, COUNT, 50):
        said("privacy", "status", str(100_000 + number))
        said("purge", "author", str(100_000 + number), "--dry-run")
        said("purge", "guild", f"none {stored(number)}", "--yes", code=2)
    hidden = [Unreadable(n, name, "no View Channel") for n, name in enumerate(TEXTS)]
    for name in TEXTS:
        harmless(*Report(7, name, (), hidden[:3], requests=1).lines())
        findings = [warning("check", name, name, name)]
        harmless(*doctor_lines(findings, verbose=True, colour=False))


def test_jobs_that_failed(said: Said, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)
    words = ("jobs", "--state", "dead", "--limit", str(COUNT))
    assert COUNT <= len(said(*words)) < COUNT + 10
    notes = {json.loads(line)["note"] for line in said(*words, "--json")}
    assert "\x1b]0;taken\x07: \x1b]0;taken\x07" in notes, "programs have it as it was"
    for number in range(0, COUNT, 100):
        show = ("jobs", "show", f"discord_clip_jobs/{number + 1}-0")
        said(*show)
        (line,) = said(*show, "--json")
        assert json.loads(line)["rows"][0]["job"] == {"reason": stored(number)}


def test_errors_in_lists_and_in_logs() -> None:
    for name in TEXTS:
        dead = letter(
            job=json.dumps({"type": name}).encode(),
            reason=name, error=name, cause=name, stage=name, worker=name, hosts=(name,),
        )  # fmt: skip
        assert len(letters_table([dead], None)) == 2
        harmless(*letters_table([dead], None), *letter_lines(dead))
        entry = replace(ENTRY, error=name, reason=name, worker=name, host=name)
        table = entries_text(Counts(*[0] * 6), [entry], is_more=False, run_prefix="")
        harmless(*table.split("\n"))
        fields = in_order({"event": name, "level": "info", "time": "t", "said": name, name: [name]})
        line = console_line(fields, coloured=False)
        harmless(line)
        line = json_line(fields)
        assert line.isascii()
        assert "\n" not in line
        # Two halves of a pair that came apart are one character again in JSON.
        assert utf16(json.loads(line)["event"]) == utf16(str(fields["event"]))
        refused = read(400, {"code": 50035, "message": name, "errors": {name: {"_errors": [name]}}})
        harmless(str(error_for("GET /x", refused)))


def utf16(said: str) -> bytes:
    return said.encode("utf-16", "surrogatepass")


def test_a_picture_is_called_by_no_path() -> None:
    for one in TEXTS:
        name = name_of(one)
        harmless(name)
        assert name == Path(name).name
        assert name not in (".", "..")
        assert not name.startswith((".", "-"))
        assert len(name.encode()) <= 100
