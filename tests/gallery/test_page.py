"""The page as a parser reads it: one script, one style, and strangers' text nowhere but in JSON."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.gallery.entries import DELETED, SPOILER, Entries, average_colour, picture_key
from clipsaver.gallery.page import block_text, page, title
from clipsaver.terminal_text import printable
from tests.gallery.made_up import (
    MADE_AT,
    THUMBHASH,
    a_listed_clip,
    a_picture,
    hostile_clips,
)
from tests.strangers import COUNT

KEY = "6f/1400000000000000000-1-small-1f.webp"


@dataclass
class Parsed(HTMLParser):
    """Elements with their attributes, and the text in them."""

    text: str
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    is_inside: bool = False

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")
        self.is_inside = True

    def handle_endtag(self, tag: str) -> None:
        self.is_inside = False

    def handle_data(self, data: str) -> None:
        if self.is_inside:
            self.texts[-1] += data

    def all(self, tag: str, **wanted: str) -> list[str]:
        return [
            text
            for (name, attributes), text in zip(self.elements, self.texts, strict=True)
            if name == tag and all(attributes.get(key) == value for key, value in wanted.items())
        ]

    def blocks(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.all("script", type="application/json")]


def page_of(*clips: Any, per_block: int = 500) -> str:
    entries = Entries()
    pictures = {key for clip in clips if (key := picture_key(clip)) is not None}
    parts = [clips[start : start + per_block] for start in range(0, len(clips), per_block)]
    blocks = [block_text(entries.block(part, pictures)) for part in parts]
    return "".join(page(blocks, entries.guild_names, MADE_AT))


HARMLESS = Parsed(page_of(a_listed_clip()))


def test_the_policy_names_the_one_script_and_the_one_style_and_nothing_else() -> None:
    [policy] = [
        attributes["content"]
        for tag, attributes in HARMLESS.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    [style] = HARMLESS.all("style")
    [script] = [text for text in HARMLESS.all("script") if not text.startswith("{")]

    def named(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert rules == {
        "default-src": "'none'",
        "img-src": "'self' file: data:",
        "style-src": named(style),
        "script-src": named(script),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def test_nothing_is_fetched_and_no_attribute_runs_anything() -> None:
    for tag, attributes in HARMLESS.elements:
        assert tag not in {"iframe", "object", "embed", "base", "svg"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert attributes.get("src") is None
        assert attributes.get("href") in (None, "data:,")
    [script] = [text for text in HARMLESS.all("script") if not text.startswith("{")]
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(|fetch\(|import\(|"
        r"XMLHttpRequest|setAttribute|localStorage",
        script,
    )
    assert re.findall(r"https?://[^\"`]*", script) == [
        "https://discord.com/channels/${guild.id}/${id}/${clip.message}"
    ]


def test_what_strangers_write_is_in_no_element_of_the_page() -> None:
    clips = hostile_clips(COUNT)
    text = page_of(*clips, per_block=200)
    parsed = Parsed(text)
    others = [element for element in parsed.elements if element[1].get("class") != "block"]
    assert others == [one for one in HARMLESS.elements if one[1].get("class") != "block"]
    rows = [row for block in parsed.blocks() for row in block["clips"]]
    assert [row[4] for row in rows] == [printable(clip.filename).strip() for clip in clips]
    assert [row[0] for row in rows] == [str(clip.message_id) for clip in clips]


@given(st.text(st.characters(codec=None), max_size=40))
def test_whatever_the_text_the_page_has_the_same_elements(text: str) -> None:
    clip = a_listed_clip(
        filename=text,
        title=text,
        content=text,
        author_name=text,
        author_username=text,
        channel_name=text,
        guild_name=text,
    )
    parsed = Parsed(page_of(clip))
    assert parsed.elements == HARMLESS.elements
    [block] = parsed.blocks()
    plain = printable(text).strip() or None
    assert block["clips"][0][4:6] == [plain or "without a name", plain]
    assert block["clips"][0][11] == plain
    assert parsed.all("title") == [plain or "server 7"]


def test_channels_and_authors_are_named_once_over_all_blocks() -> None:
    entries = Entries()
    first = entries.block([a_listed_clip(0), a_listed_clip(1)], set())
    thread = {"channel_id": 501, "channel_type": 11, "parent_id": 500, "parent_name": "clips"}
    second = entries.block([a_listed_clip(2, channel_name="of may", nsfw=True, **thread)], set())
    assert first["guilds"] == [["7", "The guild"]]
    assert first["channels"] == [["500", 0, "#clips", 0]]
    assert first["authors"] == [["Ada", "ada"]]
    assert second["guilds"] == second["authors"] == []
    assert second["channels"] == [["501", 0, "#clips › of may", 1]]  # noqa: RUF001
    assert [row[1:3] for row in first["clips"] + second["clips"]] == [[0, 0], [0, 0], [1, 0]]


def test_a_clip_has_its_marks_and_the_picture_that_is_there() -> None:
    clip = a_listed_clip(spoiler=True, deleted_at=MADE_AT, small=a_picture(KEY))
    [with_picture] = Entries().block([clip], {KEY})["clips"]
    [without] = Entries().block([clip], set())["clips"]
    assert with_picture[8] == SPOILER | DELETED
    assert (with_picture[9], without[9]) == (KEY, None)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), float("-inf")])
def test_a_length_that_json_does_not_have_is_not_known(seconds: float) -> None:
    [row] = Entries().block([a_listed_clip(duration_seconds=seconds)], set())["clips"]
    assert row[7] is None


def test_a_colour_is_what_the_placeholder_says() -> None:
    """By the format's own way there: mean, yellow against blue, red against green."""
    for colour in ((255, 255, 255), (0, 0, 0), (128, 128, 128), (200, 40, 90), (20, 160, 220)):
        red, green, blue = (part / 255 for part in colour)
        lightness, yellow_blue = (red + green + blue) / 3, (red + green) / 2 - blue
        header = round(63 * lightness)
        header |= round(31.5 * (1 + yellow_blue)) << 6
        header |= round(31.5 * (1 + red - green)) << 12
        content = header.to_bytes(3, "little") + bytes(6)
        said = average_colour(base64.b64encode(content).decode())
        assert said is not None
        for found, wanted in zip(bytes.fromhex(said), colour, strict=True):
            assert abs(found - wanted) <= 10
    assert average_colour(THUMBHASH) == "565258"


@given(st.one_of(st.none(), st.text(max_size=30), st.binary(max_size=30).map(base64.b64encode)))
def test_a_placeholder_that_is_none_has_no_colour_and_stops_nobody(text: Any) -> None:
    colour = average_colour(text.decode() if isinstance(text, bytes) else text)
    assert colour is None or re.fullmatch("[0-9a-f]{6}", colour)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], "No clips"),
        (["a"], "a"),
        (["a", "b", "c"], "a, b, c"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more"),
    ],
)
def test_the_page_is_called_by_its_guilds(names: list[str], expected: str) -> None:
    assert title(names) == expected


def test_the_page_says_when_it_was_made_and_that_there_is_more() -> None:
    text = "".join(page([], [], MADE_AT, left_out=True))
    assert "Made on <time" in text
    assert "2026-11-26 12:00 UTC" in text
    assert "There are older ones" in text
    assert "There are older ones" not in "".join(page([], [], MADE_AT))
