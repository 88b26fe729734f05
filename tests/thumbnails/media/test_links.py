"""When a link is due, and which file it leads to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.discord_rest import models
from clipsaver.thumbnails.media.links import Link, file_of, is_attachment, needs_refresh, shown_in

NOW = datetime(2026, 11, 20, tzinfo=UTC)
URL = "https://cdn.discordapp.com/attachments/1/2/x.mp4"


@pytest.mark.parametrize(
    ("left", "is_due"),
    [
        (timedelta(minutes=10), False),
        (timedelta(minutes=9, seconds=59), True),
        (timedelta(days=1), False),
        (timedelta(0), True),
        (timedelta(days=-3), True),
        (None, True),
    ],
)
def test_a_link_is_due_ten_minutes_before_its_end(left, is_due):
    link = Link("1-2", 1, 2, URL, None if left is None else NOW + left)
    assert needs_refresh(link, NOW) is is_due


def test_what_discord_does_not_sign_is_never_due():
    assert not needs_refresh(Link("1-2", 1, 2, "https://elsewhere.example/a.mp4", None), NOW)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), st.text(max_size=20))
def test_a_file_is_the_same_however_its_link_is_signed_and_its_name_escaped(name, query):
    plain = f"https://cdn.discordapp.com/attachments/1/2/{quote(name, safe='')}"
    odd = "https://CDN.discordapp.com/attachments/1/2/" + "".join(
        f"%{byte:02x}" for byte in name.encode()
    )
    assert file_of(plain) == file_of(odd) == file_of(f"{plain}?ex={quote(query)}")
    assert file_of(plain) != file_of(plain + "x")


@pytest.mark.parametrize(
    "other",
    [
        "https://cdn.discordapp.com/attachments/1/3/x.mp4",
        "https://cdn.discordapp.com/attachments/9/2/x.mp4",
        "https://cdn.discordapp.com/attachments/1/2/y.mp4",
        "https://cdn.discordapp.com/attachments/1%2F2/x.mp4",
        "https://media.discordapp.net/attachments/1/2/x.mp4",
        "https://evil.example/attachments/1/2/x.mp4",
        "x.mp4",
        "",
        "https://[::1/x",
    ],
)
def test_another_file(other):
    assert file_of(other) != file_of(URL)


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        (URL, True),
        (f"{URL}?ex=1&is=2&hm=3&", True),
        ("http://127.0.0.1:8765/attachments/1/2/x.mp4", True),
        ("https://cdn.discordapp.com/attachments/1/2/", False),
        ("https://cdn.discordapp.com/attachments/1/x.mp4", False),
        ("https://cdn.discordapp.com/emojis/1.png", False),
        ("https://images-ext-1.discordapp.net/external/sig/https/host/x.mp4", False),
        ("https://host.example/x.mp4", False),
        ("", False),
    ],
)
def test_what_discord_signs(url, is_one):
    assert is_attachment(url) is is_one


SHOWN = {"url": f"{URL}?ex=1"}
FILE = {"id": "2"} | SHOWN
PLACES = {
    "attachment": {"attachments": [FILE]},
    "embed": {"embeds": [{"video": {"url": "https://host/x", "proxy_url": SHOWN["url"]}}]},
    "forward": {"message_snapshots": [{"message": {"attachments": [FILE]}}]},
    "gallery": {"components": [{"type": 12, "items": [{"media": SHOWN}]}]},
    "file": {"components": [{"type": 17, "components": [{"type": 13, "file": SHOWN}]}]},
    "section": {"components": [{"type": 9, "accessory": {"media": SHOWN}}]},
}


@pytest.mark.parametrize("place", PLACES)
def test_a_file_is_found_wherever_a_message_shows_it(place):
    said = {"id": "1", "author": {"id": "3"}, "content": URL} | PLACES[place]
    message = msgspec.json.decode(msgspec.json.encode(said), type=models.Message)
    assert shown_in(message, file_of(URL)) == f"{URL}?ex=1"
    assert shown_in(message, file_of(f"{URL}4")) is None


def test_text_is_no_file():
    message = models.Message(id="1", content=URL)
    assert shown_in(message, file_of(URL)) is None
