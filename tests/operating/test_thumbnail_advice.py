"""What is said about clips without a thumbnail: there is advice for every error that ends one."""

from __future__ import annotations

import pytest

from clipsaver.errors import ClipsaverError, DiscordError, Handling
from clipsaver.operating.thumbnail_advice import Prospect, advice, known_errors
from clipsaver.thumbnails import errors
from clipsaver.thumbnails.picture.errors import PictureError

ROOTS = {errors.ThumbnailError, errors.StorageTrouble, PictureError, DiscordError}
"""None of them is raised itself."""


def kinds_of(kind: type[ClipsaverError]) -> set[type[ClipsaverError]]:
    return {kind}.union(*map(kinds_of, kind.__subclasses__()))


def errors_of_clips() -> dict[str, type[ClipsaverError]]:
    kinds = {one for root in (errors.ThumbnailError, DiscordError) for one in kinds_of(root)}
    ours = {one for one in kinds - ROOTS if one.__module__.startswith("clipsaver.")}
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
