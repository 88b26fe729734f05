"""A process that uses the embedded servers until its stdin ends: `python -m tests.embedded.user`.

Prints `up` when it has them, and what ended it if it did not get them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import structlog

from clipsaver.embedded import open_servers_blocking
from clipsaver.errors import EmbeddedServerError


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        with open_servers_blocking(Path(sys.argv[1]), postgres=True, valkey=True):
            say("up")
            sys.stdin.read()
    except EmbeddedServerError as error:
        say(str(error))


if __name__ == "__main__":
    main()
