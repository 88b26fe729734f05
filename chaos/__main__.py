"""The queue under fire: `make chaos`, or `python -m chaos [OPTION...]`.

Real workers, PostgreSQL, Valkey and a simulated Discord; everything that can die is killed, again
and again, while jobs are done. Then every job, clip, page and key is accounted for. Exits with 1
where anything is not as it has to be, and says what.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from functools import partial

import trio

from chaos.plan import Kind, make_plan
from chaos.play import play
from chaos.record import Asked, asked_before, keep
from chaos.report import summary
from chaos.stage import Settings
from clipsaver.log import configure_logging

_JOBS_PER_ROUND = 1000


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m chaos", description=__doc__, formatter_class=_Formatter
    )
    parser.add_argument(
        "--seed", type=int, nargs="+", help="of the plan and the jobs; one run each"
    )
    parser.add_argument("--jobs", type=int, default=10_000, help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=4, help="processes; default: %(default)s")
    parser.add_argument(
        "--rounds", type=int, help=f"of faults; default: one for each {_JOBS_PER_ROUND} jobs"
    )
    parser.add_argument("--lease", type=float, default=3.0, help="seconds; default: %(default)s")
    parser.add_argument("--concurrency", type=int, default=16, help="jobs at once in each worker")
    parser.add_argument(
        "--fsync", choices=("always", "everysec"), default="always", help="Valkey's"
    )
    parser.add_argument(
        "--only", nargs="+", choices=[kind.name.lower() for kind in Kind], default=[],
        help="faults of these kinds alone",
    )  # fmt: skip
    parser.add_argument("--brief", action="store_true", help="each fault once a round, and sooner")
    parser.add_argument(
        "--record", action="store_true", help="keep the run in the table of docs/reliability.md"
    )
    parser.add_argument(
        "--renew", action="store_true", help="run again, and keep, each run of that table"
    )
    parser.add_argument("--show-plan", action="store_true", help="print the faults and end")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a good run as well")
    return parser.parse_args(words)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the paragraphs of the description."""


def main() -> int:
    """Runs each seed; returns the exit code."""
    words = options()
    configure_logging("warning")
    seeds = words.seed or [random.SystemRandom().randrange(1_000_000)]
    asked = [Asked(seed, words.jobs, words.workers, words.fsync) for seed in seeds]
    results = [run(one, words) for one in (asked_before() if words.renew else asked)]
    return int(not all(results))


def run(asked: Asked, words: argparse.Namespace) -> bool:
    """One run, or its plan; whether everything was as it has to be."""
    plan = make_plan(
        asked.seed,
        workers=asked.workers,
        lease_s=words.lease,
        rounds=words.rounds or max(1, round(asked.jobs / _JOBS_PER_ROUND)),
        brief=words.brief,
        only=tuple(Kind[name.upper()] for name in words.only),
    )
    if words.show_plan:
        print(*plan.faults, sep="\n")
        return True
    print(f"seed {asked.seed}: {len(plan.faults)} faults, for {plan.ends_s:.0f} s", flush=True)
    settings = Settings(asked.workers, words.lease, words.concurrency, asked.fsync)
    outcome = trio.run(partial(play, asked.seed, plan, settings, jobs=asked.jobs, keep=words.keep))
    print(summary(outcome, settings), flush=True)
    if words.record or words.renew:
        keep(asked, outcome, settings)
    return not outcome.violations


if __name__ == "__main__":
    sys.exit(main())
