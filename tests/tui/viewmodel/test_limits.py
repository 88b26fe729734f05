"""One of Discord's limits: its last refusal, its last minute, and what was answered."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from clipsaver.discord_rest.limits.view import Refused
from clipsaver.queue.worker_statistics import Discord, Heard
from clipsaver.tui.sources.seen import LimitsBody
from clipsaver.tui.viewmodel.bucket import refused_in_words
from clipsaver.tui.viewmodel.layout import plain
from clipsaver.tui.viewmodel.limits import LISTING, key_of
from clipsaver.tui.viewmodel.rows import Look
from tests.tui.viewmodel.made import (
    ASCII,
    NARROW,
    NOW_MS,
    SAID,
    WIDE,
    bucket,
    limits,
    no_wider_than,
    seen,
    text,
    worker,
)

REFUSED = Refused("shared", 12.0, 9.0, 3.0)


def opened(look: Look = WIDE, *, heard: tuple[Heard, ...] = (), **fields: object) -> dict[str, str]:
    """The panes of the only bucket, by their titles."""
    one = bucket(**fields)
    said = msgspec.structs.replace(SAID, discord=Discord(recent={one.routes[0]: heard}))
    at = seen(LimitsBody(limits(buckets=[one])), workers=(worker("w-1", statistics=said),))
    panes = LISTING.detail(at, look, key_of(one))
    assert all(no_wider_than(pane.lines, look.width - 4) for pane in panes)
    return {pane.title: "\n".join(text(pane.lines)) for pane in panes}


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (REFUSED, "14s ago, scope shared: wait 9.0s, by the header 3.0s; the body asked for more"),
        (
            Refused("user", 0.0, 0.3, 1.0),
            "2s ago, scope user: wait 0.3s, by the header 1.0s; the header asked for more",
        ),
        (Refused("global", 1.0, 2.0, 2.0), "3s ago, scope global: wait 2.0s, by the header 2.0s"),
        (Refused("cloudflare\x1b[2J", 58.0, 60.0), "1m 00s ago, scope cloudflare: wait 1m 00s"),
    ],
)
def test_the_last_refusal_in_words(refused: Refused, words: str) -> None:
    assert refused_in_words(refused, 2000) == words


def test_the_row_tells_it_and_can_be_found_by_it() -> None:
    at = seen(LimitsBody(limits(buckets=[bucket(refused=REFUSED), bucket(major="7")])))
    look = replace(WIDE, now_ms=NOW_MS + 3000)
    one, other = LISTING.rows(at, look)
    assert plain((one.cells["REFUSED"],)) == "shared 15s"
    assert (one.values["refused"], one.values["scope"]) == (NOW_MS - 12_000, "shared")
    assert (other.cells["REFUSED"].text, other.values["refused"]) == ("-", None)


@pytest.mark.parametrize("look", [WIDE, NARROW, ASCII])
def test_the_last_minute_is_a_curve_where_it_is_known(look: Look) -> None:
    strip = [0] * 28 + [3, 6]
    known = opened(look, strip=strip, refused=REFUSED)["Bucket"]
    lowest, middle, highest = ("_", "+", "#") if look.signs.is_ascii else ("▁", "▅", "█")
    assert f"last 60s    {lowest * 28}{middle}{highest}      9" in known
    assert "last 429    12s ago, scope shared" in known
    assert "last" not in opened(look)["Bucket"]


@pytest.mark.parametrize("look", [WIDE, NARROW])
def test_the_latest_answers_to_its_routes(look: Look) -> None:
    heard = (Heard(2.0, 200, 5, 4, 0.9), Heard(1.0, 429, 5, 0, 0.9, 1.5, "user"), Heard(0.0, 404))
    lines = opened(look, heard=heard)["Answers to these routes"].splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["12:04:35", "w-1", "404"],
        ["12:04:34", "w-1", "429"],
        ["12:04:33", "w-1", "200"],
    ]
    assert lines[1].endswith("0 of 5 left    resets 0.9s   wait 1.5s user")
    nothing = opened(look)["Answers to these routes"]
    assert nothing == "no worker has told of any"
