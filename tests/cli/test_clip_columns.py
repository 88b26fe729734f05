"""Exported clips: columns as documented, CSV that comes back as it was, and no formula."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipsaver.cli.clip_columns import COLUMNS, harmless, json_line, record_of
from clipsaver.cli.clip_files import format_of, writer
from clipsaver.database.clip_list import ListedClip
from clipsaver.database.thumbnails.results import StoredPicture
from clipsaver.errors import UsageError
from clipsaver.terminal_text import printable
from tests.gallery.made_up import a_listed_clip

PAGE = Path(__file__).parents[2] / "docs" / "clips.md"
AT = datetime(2026, 11, 25, 20, 48, 7, 123_456, tzinfo=UTC)
SMALL = StoredPicture("small", "ab/x-small.webp", 320, 180, 9000, "image/webp", "decode")
CLIP = a_listed_clip(
    clip_id="1442917402463608843-1442917402463608842",
    message_id=1442917402463608843,
    channel_id=1424914917202464798,
    guild_id=1424914917202464700,
    author_id=397177100697600021,
    attachment_id=1442917402463608842,
    filename="clip.mp4",
    size_bytes=1_234_567,
    duration_seconds=12.5,
    url_expires_at=AT,
    posted_at=AT.astimezone(timezone(timedelta(hours=5))),
    content="look",
    thumbnail_state="ready",
    first_seen_at=AT,
    updated_at=AT,
    small=SMALL,
)
STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
BEGINNINGS = st.sampled_from(["", *"=+-@\t\r\n'＝＋－＠\";,"])  # noqa: RUF001
TEXTS = st.builds(str.__add__, BEGINNINGS, STORABLE)
FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001


def in_csv(*clips: ListedClip, is_terminal: bool = False) -> str:
    file = io.BytesIO()
    write = writer(file, "csv", is_terminal=is_terminal)
    for clip in clips:
        write([clip])
    return file.getvalue().decode()


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_columns_are_those_of_the_page() -> None:
    table = PAGE.read_text("utf-8").split("<!-- columns -->")[1].split("<!-- end")[0]
    documented = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| (yes)? ", table, re.MULTILINE)
    assert [name for name, _, _ in documented] == list(COLUMNS)
    types: dict[str, type | tuple[type, ...]] = {
        "id": str, "text": str, "time": str, "number": (int, float), "yes or no": bool,
    }  # fmt: skip
    full = replace(
        CLIP, title="t", codec="c", placeholder="p", edited_at=AT, parent_id=9, parent_name="n",
        thumbnail_error="e", thumbnail_error_message="m", thumbnail_due_at=AT, deleted_at=AT,
        deleted_reason="purge", large=SMALL,
    )  # fmt: skip
    for name, kind, _ in documented:
        value = record_of(full)[name]
        assert isinstance(value, types[kind]), name
        if kind == "time":
            assert value == "2026-11-25T20:48:07.123Z"
    bare = record_of(replace(CLIP, **dict.fromkeys(nullable_fields())))
    assert {name for name, value in bare.items() if value is None} == {
        name for name, _, null in documented if null
    }


def nullable_fields() -> list[str]:
    return [one.name for one in fields(ListedClip) if "None" in str(one.type)]


def test_all_that_is_listed_is_exported() -> None:
    assert {one.name for one in fields(ListedClip)} - {"small", "large"} <= set(COLUMNS)


def test_a_clip_as_json() -> None:
    told = json.loads(json_line(CLIP))
    assert told["message_id"] == "1442917402463608843"
    assert told["message_link"] == (
        "https://discord.com/channels/1424914917202464700/1424914917202464798/1442917402463608843"
    )
    assert (told["small_key"], told["large_key"], told["size_bytes"]) == (
        *("ab/x-small.webp", None),
        1_234_567,
    )
    assert list(told) == list(COLUMNS)


@given(filename=TEXTS, content=st.none() | TEXTS, name=TEXTS, key=TEXTS)
def test_csv_comes_back_as_it_was(filename: str, content: str | None, name: str, key: str) -> None:
    clip = replace(
        CLIP, filename=filename, content=content, author_name=name, placeholder=key,
        small=replace(SMALL, storage_key=key),
    )  # fmt: skip
    text = in_csv(clip, CLIP)
    row, other = rows_of(text)
    assert [*row] == list(COLUMNS)
    assert other == rows_of(in_csv(CLIP))[0]
    for column, value in record_of(clip).items():
        if isinstance(value, str):
            assert row[column].removeprefix("'") == value
        else:
            assert row[column] == {None: "", True: "true", False: "false"}.get(
                value if isinstance(value, bool | None) else ..., str(value)
            )


@given(filename=TEXTS, title=st.none() | TEXTS)
def test_no_cell_is_a_formula(filename: str, title: str | None) -> None:
    """Also where a spreadsheet parts cells at another sign: each is in quotes."""
    text = in_csv(replace(CLIP, filename=filename, title=title))
    for cell in rows_of(text)[0].values():
        assert not FORMULA.match(cell)
    assert text.startswith('"clip_id","message_id"')
    assert text.endswith('"\r\n')


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2.mp4", "'-2.mp4"),
        ("'tis", "''tis"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_harmless(text: str, cell: str) -> None:
    assert harmless(text) == cell


@given(TEXTS)
@example("e" + 300 * "\u0301")
@example("e" + 5 * "\u0301\u034f\u200b")
def test_json_lines_hold_nothing_that_a_terminal_obeys(filename: str) -> None:
    line = json_line(replace(CLIP, filename=filename))
    assert json.loads(line)["filename"] == filename
    assert printable(line) == line


def test_a_csv_on_a_terminal_is_printable() -> None:
    clip = replace(CLIP, filename="a\x1b[31mb\r\nc\u202e")
    assert rows_of(in_csv(clip))[0]["filename"] == "a\x1b[31mb\r\nc\u202e"
    assert rows_of(in_csv(clip, is_terminal=True))[0]["filename"] == "ab c"


@pytest.mark.parametrize(
    ("target", "asked", "form"),
    [
        ("a.csv", None, "csv"),
        ("a.CSV", None, "csv"),
        ("a.ndjson", None, "jsonl"),
        ("-", None, "jsonl"),
        ("-", "csv", "csv"),
        ("a.txt", "csv", "csv"),
    ],
)
def test_formats(target: str, asked: Any, form: str) -> None:
    assert format_of(target, asked) == form


def test_a_file_that_says_no_format() -> None:
    with pytest.raises(UsageError, match="say --format jsonl or --format csv"):
        format_of("clips.xlsx", None)
