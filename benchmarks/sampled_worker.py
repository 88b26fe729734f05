"""`clipsaver run`, sampled: where its CPU time goes.

    python -m benchmarks.sampled_worker RESULT ARGUMENT...

A timer of CPU time interrupts the process every 2 ms; what it was doing counts for the innermost
room on its stack. Writes the counts as JSON to RESULT.
"""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_S = 0.002

TRIO = "site-packages/trio"

ROOMS = {
    "clipsaver/trio_io/http": "HTTP: h11, httpx, sockets",
    "clipsaver/trio_io/tls": "HTTP: h11, httpx, sockets",
    "site-packages/h11": "HTTP: h11, httpx, sockets",
    "site-packages/httpx": "HTTP: h11, httpx, sockets",
    "clipsaver/discord_rest/decoding": "decoding pages",
    "clipsaver/discord_rest/pages": "decoding pages",
    "clipsaver/discord_rest": "limits, retries and the rest of the client",
    "clipsaver/scanning": "planning and extracting",
    "clipsaver/ranges": "planning and extracting",
    "site-packages/psycopg": "database",
    "clipsaver/trio_io/postgres": "database",
    "clipsaver/database": "database",
    "clipsaver/trio_io/redis": "stream",
    "clipsaver/queue": "stream",
    "clipsaver/worker": "the worker's own",
    TRIO: "Trio's scheduler",
}

counts: Counter[str] = Counter()


def room_of(frame: FrameType | None) -> str:
    """The innermost room; Trio only counts where nothing of ours or a library's was called."""
    innermost = scheduler = None
    while frame is not None:
        name = frame.f_code.co_filename
        if "importlib" in name:
            return "start: imports"
        for part, room in ROOMS.items():
            if innermost is None and part in name:
                if part == TRIO:
                    scheduler = room
                else:
                    innermost = room
        frame = frame.f_back
    return innermost or scheduler or "other"


def sample(_: int, frame: FrameType | None) -> None:
    """What the process is doing now."""
    counts[room_of(frame)] += 1


def main(result: str, arguments: list[str]) -> int:
    """Runs the command under the sampler."""
    signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
    from clipsaver.cli.main import main as clipsaver

    code = clipsaver(arguments)
    signal.setitimer(signal.ITIMER_PROF, 0)
    Path(result).write_text(json.dumps(counts), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
