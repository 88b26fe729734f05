"""A job's JSON for a person: with line breaks, and nothing that a terminal would obey. Pure."""

from __future__ import annotations

import msgspec

from clipsaver.terminal_text import printable

_MOST_BYTES = 64 * 1024


def job_text(job: bytes) -> str:
    """The job as it is, formatted where it is JSON; cut where it is very long."""
    kept = job[:_MOST_BYTES]
    try:
        shown = msgspec.json.format(kept, indent=2)
    except (msgspec.DecodeError, RecursionError):
        shown = kept
    lines = shown.decode("utf-8", "replace").split("\n")
    more = [f"… {len(job) - len(kept):,} bytes more"] if len(job) > len(kept) else []
    return "\n".join([*(printable(line) for line in lines), *more])
