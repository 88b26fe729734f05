"""What is said about clips without a thumbnail: there is advice for every error that ends one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clipsaver.errors import (
    ClipsaverError,
    DiscordError,
    Handling,
    SearchDenied,
    SearchNotReady,
)
from clipsaver.operating.thumbnail_advice import Prospect, advice, known_errors
from clipsaver.thumbnails import errors
from clipsaver.thumbnails.picture.errors import PictureError

PAGE = Path(__file__).parents[2] / "docs" / "thumbnails.md"
ROOTS = {errors.ThumbnailError, errors.StorageTrouble, PictureError, DiscordError}
"""None of them is raised itself."""
OF_A_SEARCH = {SearchDenied, SearchNotReady}
"""Who makes a thumbnail asks for messages and files."""


def kinds_of(kind: type[ClipsaverError]) -> set[type[ClipsaverError]]:
    return {kind}.union(*map(kinds_of, kind.__subclasses__()))


def errors_of_clips() -> dict[str, type[ClipsaverError]]:
    kinds = {one for root in (errors.ThumbnailError, DiscordError) for one in kinds_of(root)}
    ours = {one for one in kinds - ROOTS - OF_A_SEARCH if one.__module__.startswith("clipsaver.")}
    return {one.reason: one for one in ours}


def test_there_is_advice_for_each() -> None:
    assert known_errors() == errors_of_clips().keys() | {ClipsaverError.reason}


def test_what_can_be_tried_again_is_no_end() -> None:
    for reason, kind in errors_of_clips().items():
        if kind.handling is Handling.RETRY:
            assert advice(reason).prospect is Prospect.TRY, reason


@pytest.mark.parametrize("error", [None, "of_a_later_version"])
def test_what_is_not_known_is_said_to_be(error: str | None) -> None:
    assert advice(error).prospect is Prospect.TRY
    assert "not known to this version" in advice(error).words


def test_the_page_has_each_and_says_the_same() -> None:
    section = PAGE.read_text().partition("## What the errors mean")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \| .* \| (.*?) \|$", section, re.MULTILINE)
    to_do = {error: words for errors, words in rows for error in re.findall(r"`(\w+)`", errors)}
    assert to_do.keys() == known_errors()
    for error, words in to_do.items():
        says_nothing = words == "nothing"
        assert says_nothing is (advice(error).prospect is Prospect.NONE), error
        if advice(error).prospect is Prospect.TRY:
            assert "try again" in words, error
