"""A job's own JSON, for a person. Pure."""

from __future__ import annotations

import msgspec

from clipsaver.terminal_text import printable

_MOST_LINES = 2_000


def job_text(raw: bytes | str | None) -> str | None:
    """The job with a line for each field, without anything that a terminal would obey.

    What is no JSON stays as it is but for that, on one line. None where there is no job.
    """
    if raw is None:
        return None
    try:
        text = msgspec.json.format(raw if isinstance(raw, bytes) else raw.encode(), indent=2)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return printable(raw if isinstance(raw, str) else raw.decode("utf-8", "replace"))
    # A break inside of a string is written as \n: all that are left are those between fields.
    lines = text.decode("utf-8", "replace").split("\n")
    shown = [printable(line) for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shown.append(f"… {len(lines) - _MOST_LINES:,} more lines")
    return "\n".join(shown)
