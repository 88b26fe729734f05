"""What search is asked for, by what the rules want."""

from __future__ import annotations

import pytest

from clipsaver.records import ClipSource
from clipsaver.scanning.extract import Rules
from clipsaver.scanning.searching.questions import questions_for


def names(types: set[str], *sources: ClipSource) -> list[str]:
    rules = Rules(frozenset(types), frozenset(sources), pattern=None, store_content=True)
    return [question.name for question in questions_for(rules)]


@pytest.mark.parametrize(
    ("types", "sources", "asked"),
    [
        ({"video/*"}, ("attachment", "forward", "component"), ["video", "snapshot", "extension"]),
        ({"video/*"}, ("attachment",), ["video", "extension"]),
        ({"video/*"}, ("forward",), ["snapshot"]),
        ({"video/*"}, ("component",), ["video"]),
        ({"video/*"}, ("embed",), ["video", "embed"]),
        ({"video/x-of-tomorrow"}, ("attachment",), ["video"]),
        ({"image/gif"}, ("attachment", "forward"), []),
    ],
)
def test_only_what_may_show_a_clip(
    types: set[str], sources: tuple[str, ...], asked: list[str]
) -> None:
    assert names(types, *map(ClipSource, sources)) == asked


def test_extensions_are_those_of_the_types_that_are_wanted() -> None:
    rules = Rules(
        frozenset({"video/mp4", "video/quicktime"}),
        frozenset({ClipSource.ATTACHMENT}),
        pattern=None,
        store_content=True,
    )
    question = questions_for(rules)[-1]
    assert (question.has, question.extensions) == (("-video",), ("mov", "mp4", "qt"))
