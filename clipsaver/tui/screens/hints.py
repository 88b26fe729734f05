"""What is in the last line of a screen as long as nothing was done: what its actions ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clipsaver.tui.sources.wanted import View

HINTS: Final[Mapping[View, str]] = {
    View.OVERVIEW: "what needs a person comes first; enter goes where it is put right",
    View.JOBS: "cancel asks first; a new job shows what it would read before it is sent",
    View.PENDING: "bury and drop ask first; release asks only while the holder is alive",
    View.DEAD: "retry can be undone until a worker takes it; drop asks first",
    View.LIMITS: "what a bucket waits for is decided by Discord; enter shows all of it",
    View.WORKERS: "pause and drain ask first; what runs goes on",
    View.CLIPS: "remake keeps the picture until the new one is there",
    View.LOGS: "what workers and people did; what is filtered away is still kept",
}
