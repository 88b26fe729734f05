"""Where in an answer a field is, such as `[3].author.id`."""

from __future__ import annotations

import re

_STEP = re.compile(r"\[(\d+)\]|\.?([A-Za-z_]\w*)")


def steps_of(path: str) -> tuple[str | int, ...]:
    """`[3].author.id` as 3, "author", "id". Raises ValueError for what is no such path."""
    steps: list[str | int] = []
    end = 0
    while end < len(path):
        step = _STEP.match(path, end)
        if step is None:
            raise ValueError(f"{path!r} is no path to a field, such as [3].author.id")
        steps.append(int(step[1]) if step[1] else step[2])
        end = step.end()
    return tuple(steps)
