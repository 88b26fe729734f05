"""A job's own JSON, for a person. Pure."""

from __future__ import annotations

from clipsaver.queue.operating.dead_letters import words as letter_words
from clipsaver.terminal_text import in_cells

_MOST_LINES = 2_000


def job_text(raw: bytes | str | None) -> str | None:
    """The job with a line for each field, without anything that a terminal would obey.

    Of what is no JSON the beginning, as it is but for that. None where there is no job.
    """
    if raw is None:
        return None
    job = raw if isinstance(raw, bytes) else raw.encode("utf-8", "replace")
    # A break inside of a string is written as \n: those that are left are between fields.
    lines = letter_words.job_text(job).split("\n")
    shown = [in_cells(line) for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shown.append(f"… {len(lines) - _MOST_LINES:,} more lines")
    return "\n".join(shown)
