"""How many examples Hypothesis tries: few in every run, many where somebody asks for them.

    CLIPSAVER_TEST_EXAMPLES=10 make test ARGS=tests/discord_rest

tries ten times as many. A figure in a test is what its time is worth in every run.
"""

from __future__ import annotations

import os

_TIMES = int(os.environ.get("CLIPSAVER_TEST_EXAMPLES", "1"))


def examples(count: int) -> int:
    """The `max_examples` of a test that tries so many by itself."""
    return count * _TIMES
