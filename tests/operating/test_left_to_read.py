"""What a run has still to read, in words."""

from __future__ import annotations

import pytest

from clipsaver.database.run_list import ToRead
from clipsaver.operating.left_to_read import cursor_in_words, left_in_words
from clipsaver.snowflake import from_unix

OLD = from_unix(1_704_164_640)
"""2024-01-02 03:04 UTC."""
NEW = from_unix(1_738_382_700)
"""2025-02-01 04:05 UTC."""


@pytest.mark.parametrize(
    ("left", "words", "cursor"),
    [
        (ToRead(0, None, None), "nothing", ""),
        (
            ToRead(1, 0, None),
            "1 gap, from the beginning to the newest message",
            "from the newest message",
        ),
        (
            ToRead(1, 0, None, True),
            "1 gap, from the beginning to the newest message",
            "from the beginning",
        ),
        (
            ToRead(3, OLD, NEW),
            "3 gaps, from 2024-01-02 03:04 to 2025-02-01 04:05",
            f"before {NEW} (2025-02-01 04:05)",
        ),
        (
            ToRead(1_200, OLD + 1, NEW, True),
            "1,200 gaps, from 2024-01-02 03:04 to 2025-02-01 04:05",
            f"after {OLD} (2024-01-02 03:04)",
        ),
    ],
)
def test_in_words(left: ToRead, words: str, cursor: str) -> None:
    assert left_in_words(left) == words
    assert cursor_in_words(left) == cursor
