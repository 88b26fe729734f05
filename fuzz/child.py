"""Makes pictures of mutants, one after another: `python -m fuzz.child SEED FIRST COUNT [FOLDER]`.

Before each it prints the number, and after it a line of JSON: a process that dies in between, or
says nothing for long, has told which one it was.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from clipsaver.thumbnails.picture.errors import PictureError
from clipsaver.thumbnails.picture.make import make_picture
from clipsaver.thumbnails.picture.sources import BytesRanges
from clipsaver.thumbnails.picture.warming import warm_up
from fuzz.files import files_of
from fuzz.mutants import mutant

MOST_MEMORY = 768 * 2**20
"""Address space; the worker's own limit is below it, and without a first 200 MB of Python's."""


def main() -> None:
    """Prints what came of each mutant."""
    seed, first, count = (int(word) for word in sys.argv[1:4])
    files = files_of(Path(sys.argv[4]) if len(sys.argv) > 4 else None)
    warm_up()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    for number in range(first, first + count):
        content = mutant(files, seed, number)
        print(number, flush=True)
        print(json.dumps(outcome_of(content)), flush=True)


def outcome_of(content: bytes) -> dict[str, object]:
    """What came of one file, and what it took."""
    source = BytesRanges(content)
    began_s, cpu_s = time.perf_counter(), time.process_time()
    try:
        make_picture(source)
        outcome = "picture"
    except PictureError as error:
        outcome = error.reason
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        outcome = f"{type(error).__module__}.{type(error).__name__}: {error}"
    return {
        "outcome": outcome,
        "wall_s": time.perf_counter() - began_s,
        "cpu_s": time.process_time() - cpu_s,
        "requests": source.requests,
        "bytes_read": source.bytes_read,
        "size": len(content),
        "rss_mib": most_memory_mib(),
    }


def most_memory_mib() -> float:
    """The most that this process had resident so far."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts what the process had before it became this program
        (line,) = (row for row in status.read_text().splitlines() if row.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024


if __name__ == "__main__":
    main()
