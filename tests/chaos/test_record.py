"""The table of runs in docs/reliability.md."""

from __future__ import annotations

from collections import Counter

from chaos.plan import Kind
from chaos.play import Outcome
from chaos.record import HEAD, Asked, row, rows_of, with_row
from chaos.stage import Settings
from chaos.watch import Recovery, Watched

ASKED = Asked(7, 10_000, 4, "always")


def test_a_run_replaces_its_own_row_and_no_other() -> None:
    others = [
        Asked(1, 500, 4, "always"),
        Asked(7, 500, 4, "always"),
        Asked(7, 10_000, 4, "everysec"),
    ]
    page = "# Reliability\n\nWords.\n"
    for asked in (*others, ASKED):
        page = with_row(page, asked, f"| {asked.seed} | {asked.jobs:,} | 4 | {asked.fsync} | old |")
    again = with_row(page + "\n## After\n", ASKED, "| 7 | 10,000 | 4 | always | new |")
    assert list(rows_of(again)) == [*others, ASKED]
    assert again.count("old") == 3
    assert again.count(HEAD) == 1
    assert again.startswith("# Reliability\n\nWords.\n\nRun on ")
    assert again.endswith("| new |\n\n## After\n")


def test_a_row_tells_how_to_run_it_again_and_how_it_went() -> None:
    watched = Watched(faults=Counter({Kind.KILL: 3, Kind.CUT: 2}), kills=3)
    watched.recoveries = [Recovery(10.0, 13.25), Recovery(10.0, 12.0)]
    outcome = Outcome(7, 10_000, watched, duration_s=100.0, server_kills=2, cuts=9)
    line = row(ASKED, outcome, Settings(4, 3.0, 16, "always"))
    assert line == (
        "| 7 | 10,000 | 4 | always | 5 | 3 | 2 | 9 | 0 | 2 | 3.25 s | 100 | all checks hold |"
    )
    assert list(rows_of(line)) == [ASKED]
    outcome.violations = ["lost"]
    assert "| 1 violated |" in row(ASKED, outcome, Settings(4, 3.0, 16, "always"))
