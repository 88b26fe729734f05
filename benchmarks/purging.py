"""A purge of a guild while four workers scan it: `make bench ARGS=purging`.

On record are the guild's clips, with two files each, and a tenth as many of a neighbour. Four
workers scan both guilds, which are simulated, and make pictures of what they find. Once they are
well under way the guild is purged by `clipsaver purge guild`. All is counted at the end of that,
and again when the workers have ended all jobs that were on the stream: nothing may have come back,
and nothing of the neighbour may be missing. Then the guild is scanned anew, which has to work.

The same with commands of which one after the other is killed with SIGKILL at a random moment, and
workers that are killed now and then. Every other one asks anew, the others are `clipsaver purge
resume`; workers would go on as well, but leave it to who held it within the last minute. The keys
of pictures that a killed worker had announced are due in 15 minutes; in all acts they are made due
at the end, and deleted as a worker does it.

The plain way beside it deletes all rows in one transaction, by foreign keys that cascade, and the
files after that, on the same stage beside the same workers.

Workers delete files that are given up beside the purge, so that few are left when its rows are
gone. Times of statements are the server's own, from its log: waiting for locks and the disk
included.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from benchmarks.purging_acts import (
    Course,
    Outcome,
    act,
    ask,
    end,
    purge_under_fire,
    scan_again,
)
from benchmarks.purging_counts import Strays
from benchmarks.purging_fleet import PURGE, WORKERS, Fleet
from benchmarks.purging_plain import PLAIN, Plain, let_cascade, purge_plainly
from benchmarks.purging_stage import Stage, stage
from benchmarks.record import add_option, recorded
from benchmarks.statement_log import slowest
from clipsaver.log import configure_logging

SLOWEST_MS = 200.0


def purged(stage: Stage, rate: float) -> Outcome:
    """By a process that is left alone."""
    return act(stage, rate, lambda _, course: end(stage, course, ask(stage)))


def under_fire(stage: Stage, rate: float, *, like: Course, kills: int, seed: int) -> Outcome:
    """Killed again and again."""

    def purging(workers: Fleet, course: Course) -> None:
        purge_under_fire(stage, workers, course, like=like, kills=kills, seed=seed)

    return act(stage, rate, purging)


def plainly(stage: Stage, rate: float) -> tuple[Plain, Outcome]:
    """The plain way."""
    done: list[Plain] = []
    outcome = act(stage, rate, lambda *_: done.append(purge_plainly(stage)), before=let_cascade)
    return done[0], outcome


def slowest_ms(outcome: Outcome, who: str = PURGE) -> float:
    """Of what deletes."""
    return slowest(outcome.told.of(who)).ms


def print_outcome(stage: Stage, outcome: Outcome) -> None:
    """What is left, and of whom."""
    before, after = outcome.neighbour
    print(f"    before:              {outcome.before}")
    print(f"    at its end:          {outcome.at_end}")
    print(f"    after the last job:  {outcome.settled}")
    strays = outcome.strays
    print(f"    files of nobody: {strays.orphans}, pictures without a file: {strays.missing}")
    print(f"    its runs ended: {_in_words(outcome.fates)}")
    print(
        f"    its neighbour: {before.clips:,} clips and {before.pictures:,} pictures, then "
        f"{after.clips:,} and {after.pictures:,}, "
        f"{'the same' if after.has_all_of(before) else 'NOT THE SAME'}; "
        f"{after.found:,} of {stage.planted(stage.neighbour):,} clips found by its scan"
    )
    print(
        f"    a page was committed within {outcome.told.held_up_ms:,.0f} ms at most; what nobody "
        f"but the machine held up took up to {outcome.told.bystander_ms:.0f} ms"
    )
    if outcome.told.cut_short:
        print(f"    looks that were cut short, and repeated over less: {outcome.told.cut_short}")
    for what, lines in (("server", outcome.told.errors), ("workers", outcome.complaints)):
        if lines:
            print(f"    errors of the {what}: {len(lines)}, such as {lines[0][:150]}")


def print_ours(stage: Stage, what: str, done: Outcome) -> None:
    """The figures of a purge of ours."""
    before, course = done.before, done.course
    statements = done.told.of(PURGE)
    worst = slowest(statements)
    rows = sum(before.rows.values())
    print(f"  {what}: {course.whole_s:.1f} s")
    if course.killed_at:
        print(
            f"    killed {len(course.killed_at)} times, at {_in_words(Counter(course.killed_at))}"
        )
    print(
        f"    {rows:,} rows in {course.rows_s:.1f} s, {rows / course.rows_s:,.0f} a second, "
        f"what was left of {before.files:,} files in {course.files_s:.1f} s; "
        f"{(rows + before.files) / course.busy_s:,.0f} of both a second"
    )
    print(
        f"    {len(statements):,} statements, median "
        f"{statistics.median(one.ms for one in statements):.1f} ms, slowest {worst.ms:.0f} ms: "
        f"{worst.text[:60]}"
    )
    if course.late_files:
        print(
            f"    of the files, {course.late_files} were still being made when the rows were gone"
        )
    print_outcome(stage, done)


def print_plain(stage: Stage, done: Plain, outcome: Outcome) -> None:
    """The figures of the plain way."""
    worst = slowest(outcome.told.of(PLAIN))
    print(f"  the plain way: {done.rows_s + done.files_s:.1f} s")
    print(
        f"    one transaction of {done.rows_s:.1f} s, at try {done.tries}; files in "
        f"{done.files_s:.1f} s more"
    )
    print(f"    slowest statement {worst.ms:,.0f} ms: {worst.text[:60]}")
    print_outcome(stage, outcome)


def compare(mine: Outcome, other: Plain, outcome: Outcome) -> None:
    """Ours to the plain way."""
    plain_ms = slowest(outcome.told.of(PLAIN)).ms
    print("  ours to the plain way")
    print(f"    time               {mine.course.whole_s / (other.rows_s + other.files_s):.2f}")
    print(f"    slowest statement  1/{plain_ms / slowest_ms(mine):.0f}")
    held = outcome.told.held_up_ms / mine.told.held_up_ms
    print(f"    slowest page       1/{held:.1f}")
    print(
        f"    came back          {mine.settled.rows['clips']:,} clips to "
        f"{outcome.settled.rows['clips']:,}",
        flush=True,
    )


def problems(stage: Stage, what: str, done: Outcome, kills: int = 0) -> list[str]:
    """What is not as it has to be."""
    before, after = done.neighbour
    checks = {
        f"a statement took {slowest_ms(done):.0f} ms": slowest_ms(done) <= SLOWEST_MS,
        "no scan was under way any more": "CANCELLED purged" in done.fates,
        f"it was over after {len(done.course.killed_at)} kills; try another seed": (
            len(done.course.killed_at) == kills
        ),
        f"{done.at_end} were left": done.at_end.is_nothing,
        f"{done.settled} came back": done.settled.is_nothing,
        f"there are {done.strays}": done.strays == Strays(0, 0),
        "the neighbour lost something": after.has_all_of(before),
        "its scan missed clips": after.found == stage.planted(stage.neighbour),
        f"the server refused: {done.told.errors[:1]}": not done.told.errors,
        f"workers complained: {done.complaints[:1]}": not done.complaints,
    }
    return [f"{what}: {problem}" for problem, is_fine in checks.items() if not is_fine]


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def main() -> int:
    """Returns 1 where something is not as it has to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=100_000, help="of the guild")
    parser.add_argument("--others", type=int, default=0, help="clips of other guilds, on record")
    parser.add_argument("--channels", type=int, default=40, help="of each guild that are scanned")
    parser.add_argument("--messages", type=int, default=6_000, help="in each of them")
    parser.add_argument("--rate", type=float, default=45.0, help="requests a second")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")
    parser.add_argument("--log", type=Path, help="a file to keep the server's log in")
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging("warning")
    found: list[str] = []
    with (
        recorded("purging", __doc__, wanted=arguments.record),
        stage(
            clips=arguments.clips,
            others=arguments.others,
            channels=arguments.channels,
            messages=arguments.messages,
            log=arguments.log,
        ) as place,
    ):
        mine = purged(place, arguments.rate)
        print_ours(place, f"purged while {WORKERS} workers scan", mine)
        again = scan_again(place, arguments.rate)
        print(f"    scanned anew: {again:,} clips found so far", flush=True)
        found += problems(place, "purged", mine)
        if arguments.kills:
            shot = under_fire(
                place,
                arguments.rate,
                like=mine.course,
                kills=arguments.kills,
                seed=arguments.seed,
            )
            print_ours(place, "the same under fire", shot)
            found += problems(place, "under fire", shot, arguments.kills)
        done, outcome = plainly(place, arguments.rate)
        print_plain(place, done, outcome)
        compare(mine, done, outcome)
        for problem in found:
            print(f"  {problem}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
