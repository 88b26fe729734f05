"""Damaged videos by the thousand: `make fuzz`, or `python -m fuzz [OPTION...]`.

Exits with 1 where a mutant crashed, hung, or raised what no caller expects, and says which.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from fuzz.files import files_of
from fuzz.mutants import mutant
from fuzz.report import summary
from fuzz.run import Outcome, outcomes

_TELL_EVERY = 1000


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="mutants; default: %(default)s")
    parser.add_argument("--seed", type=int, help="repeats a run; default: one of chance")
    parser.add_argument("--files", type=Path, help="a folder of videos to damage instead of ours")
    parser.add_argument(
        "--keep", type=Path, help="a folder for mutants that are not as they should"
    )
    parser.add_argument("--slow", type=float, default=2.0, help="seconds from which one is named")
    parser.add_argument(
        "--write", nargs=2, metavar=("NUMBER", "FILE"), help="write one mutant and end"
    )
    return parser.parse_args(words)


def main() -> int:
    """Runs; returns the exit code."""
    words = options()
    seed = random.SystemRandom().randrange(1_000_000) if words.seed is None else words.seed
    if words.write:
        number, target = words.write
        Path(target).write_bytes(mutant(files_of(words.files), seed, int(number)))
        return 0
    print(f"seed {seed}: {words.count} mutants", flush=True)
    seen: list[Outcome] = []
    for outcome in outcomes(seed, words.count, folder=words.files):
        seen.append(outcome)
        if not outcome.is_allowed or outcome.wall_s > words.slow:
            print(f"mutant {outcome.number}: {outcome.outcome}, {outcome.wall_s:.1f} s", flush=True)
            if words.keep:
                _keep(words, seed, outcome.number)
        if len(seen) % _TELL_EVERY == 0:
            print(f"{len(seen)} done", flush=True)
    print(summary(seen))
    return int(not all(outcome.is_allowed for outcome in seen))


def _keep(words: argparse.Namespace, seed: int, number: int) -> None:
    words.keep.mkdir(parents=True, exist_ok=True)
    content = mutant(files_of(words.files), seed, number)
    (words.keep / f"{seed}-{number}").write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
