"""The pictures of the README and of docs/tui.md: those of the screens as they are."""

from __future__ import annotations

import re

import pytest

from scripts.screenshots import FOLDER, SHOTS, Shot, drawn
from tests.tui.running import run_aio

CHEAPEST = next(shot for shot in SHOTS if shot.name == "pending-80x24")
LARGEST = 100_000


@run_aio
async def test_a_picture_is_what_the_command_draws() -> None:
    kept = (FOLDER / f"{CHEAPEST.name}.svg").read_text("utf-8")
    assert await drawn(CHEAPEST) == kept, "the screens have changed; draw them: make screenshots"


def test_there_is_a_picture_of_each_and_no_other() -> None:
    assert {path.name for path in FOLDER.glob("*.svg")} == {f"{shot.name}.svg" for shot in SHOTS}


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_a_picture_is_small_and_fetches_nothing(shot: Shot) -> None:
    path = FOLDER / f"{shot.name}.svg"
    picture = path.read_text("utf-8")
    assert len(picture.encode()) < LARGEST
    assert "@font-face" not in picture
    outside = set(re.findall(r"https?://[^\s\"'<>)]+", picture))
    assert outside == {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
    assert "https://www.textualize.io" in picture.split("-->")[0], "it is a comment"
