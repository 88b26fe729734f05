"""Messages that decode and still cannot be recorded as they came: named, and never left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clipsaver import snowflake
from clipsaver.discord_rest import models
from clipsaver.discord_rest.pages import read_page
from clipsaver.records import ClipSource
from clipsaver.scanning.extract import Found, Rules, Unreadable, extract

ID = snowflake.from_unix(1_700_000_000)
RULES = Rules(frozenset({"video/*"}), frozenset(ClipSource), None, store_content=True)
AUTHOR = {"id": "42", "username": "ann"}


def attachment(**fields: Any) -> dict[str, Any]:
    return {"id": "9", "filename": "a.mp4", "url": "https://h.org/a.mp4", "size": 5, **fields}


def read(**fields: Any) -> list[models.Message]:
    page = [{"id": str(ID), "author": AUTHOR, "attachments": [attachment()], **fields}]
    body = json.dumps(page).encode()
    return read_page(body, before=None, after=None, limit=100).messages


def find(**fields: Any) -> Found:
    return extract(read(**fields), 7, RULES)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"author": None}, "author: Expected `object`, got `null`"),
        ({"author": []}, "author: Expected `object`, got `array`"),
        ({"author": {}}, "author: Object missing required field `id`"),
        ({"author": {"id": None}}, r"author: .*null.*\$\.id"),
        ({"author": AUTHOR | {"id": "0042"}}, "author: '0042' is not an id"),
        ({"author": AUTHOR | {"id": "9" * 19}}, "author: '9999999999999999999' is not an id"),
        ({"attachments": [attachment(id="abc")]}, "file 'a.mp4': 'abc' is not an id"),
        ({"attachments": [attachment(id="007")]}, "file 'a.mp4': '007' is not an id"),
        ({"attachments": [attachment(id=str(2**63))]}, "file 'a.mp4': '9223372036854775808' is"),
        (
            {"components": [{"file": {"url": "https://h.org/b.mp4", "attachment_id": "-1"}}]},
            "file 'b.mp4': '-1' is not an id",
        ),
    ],
)
def test_message_and_field_are_named(fields: dict[str, Any], words: str) -> None:
    messages = read(**fields)
    with pytest.raises(Unreadable, match=f"^message {ID}: {words}"):
        extract(messages, 7, RULES)


def test_a_message_without_author() -> None:
    (message,) = read()
    alone = models.Message(id=message.id, attachments=message.attachments)
    with pytest.raises(Unreadable, match=f"^message {ID}: author: it is missing"):
        extract([alone], 7, RULES)


def test_who_wrote_what_holds_no_clip_does_not_matter() -> None:
    assert find(author=None, attachments=[attachment(filename="a.png")]) == Found((), (), ())


def test_two_attachments_with_one_id_are_one_file() -> None:
    """Discord's ids are unique: the first counts, if it is a clip at all."""
    picture, clip = attachment(filename="a.png"), attachment(filename="b.mp4")
    found = find(attachments=[picture, clip, attachment(filename="c.mp4")])
    assert [(one.clip_id, one.filename) for one in found.clips] == [(f"{ID}-9", "b.mp4")]


@pytest.mark.parametrize("size", [-1, 2**63, 10**30, 1.5, 1e300, "5", True, {}])
def test_no_size_costs_a_clip(size: Any) -> None:
    (clip,) = find(attachments=[attachment(size=size)]).clips
    assert clip.size_bytes is None


@pytest.mark.parametrize("url", ["https://[half", "", "x", "https://h.org/a.mp4?ex=zz&ex", "\x00"])
def test_no_link_costs_a_clip(url: str) -> None:
    (clip,) = find(attachments=[attachment(url=url)]).clips
    assert (clip.url, clip.url_expires_at) == (url, None)


@pytest.mark.parametrize("text", ["", "yesterday", "2023-01-01", "9999-12-31T23:59:59-23:59"])
def test_no_time_costs_a_clip(text: str) -> None:
    assert len(find(edited_timestamp=text).clips) == 1
