"""Where thumbnails are kept and how they are decoded, tried out and judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipsaver.config import Config
from clipsaver.config.thumbnails import ThumbnailsConfig
from clipsaver.doctor.facts import ThumbnailFacts
from clipsaver.doctor.findings import Mark, exit_code
from clipsaver.doctor.of_thumbnails import judge_thumbnails
from clipsaver.doctor.thumbnails import look_at_thumbnails
from clipsaver.thumbnails.decoder.layers.layer import LayerState
from clipsaver.thumbnails.decoder.layers.probe import Isolation

LAYERS = (
    LayerState("landlock", is_on=True, words="no file"),
    LayerState("seccomp", is_on=False, words="libseccomp is not installed"),
)


def facts(*, storage: str = "", isolation: Isolation | None = None, decoders: str = ""):
    return ThumbnailFacts("/srv/pictures", storage, isolation, decoders)


async def test_both_are_tried(tmp_path: Path) -> None:
    place = tmp_path / "pictures"
    config = Config(data_dir=tmp_path, thumbnails=ThumbnailsConfig(storage=str(place)))
    seen = await look_at_thumbnails(config)
    assert (seen.place, seen.storage_obstacle, seen.decoders_obstacle) == (str(place), "", "")
    assert not [one for one in place.rglob("*") if one.is_file()], "the probe is deleted"
    assert seen.isolation is not None
    assert {layer.name for layer in seen.isolation.layers} >= {"limits", "seccomp", "landlock"}


async def test_what_is_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("a file")
    config = Config(
        data_dir=tmp_path, thumbnails=ThumbnailsConfig(storage=str(tmp_path / "pictures"))
    )
    seen = await look_at_thumbnails(config, command=["/nonexistent/python"])
    assert "something that is no folder is in its place" in seen.storage_obstacle
    assert (seen.isolation, "cannot be started" in seen.decoders_obstacle) == (None, True)
    found = list(judge_thumbnails(seen))
    assert [one.mark for one in found] == [Mark.WARNING, Mark.WARNING]
    assert exit_code(found) == 0, "clips are found all the same"


@pytest.mark.parametrize(
    ("seen", "mark", "words", "first"),
    [
        (
            facts(isolation=Isolation(LAYERS, ())),
            Mark.OK,
            "1 of 2 layers isolate them; one could reach nothing",
            "landlock: no file",
        ),
        (
            facts(isolation=Isolation(LAYERS, ("network", "signals"))),
            Mark.WARNING,
            "1 of 2 layers isolate them; one could reach network, signals",
            "seccomp is off: libseccomp is not installed",
        ),
    ],
)
def test_isolation(seen: ThumbnailFacts, mark: Mark, words: str, first: str) -> None:
    storage, decoders = judge_thumbnails(seen)
    assert (storage.check, storage.mark) == ("thumbnails", Mark.OK)
    assert (decoders.mark, decoders.found, decoders.details[0]) == (mark, words, first)
    assert len(decoders.details) == len(LAYERS)


def test_a_storage_that_refuses_is_a_warning_that_says_what_to_do() -> None:
    full = "/srv/pictures: no space is left; free some, or raise the quota"
    storage, _ = judge_thumbnails(facts(storage=full))
    assert (storage.mark, storage.found) == (Mark.WARNING, full)
    assert "no thumbnails are made until then" in storage.advice
