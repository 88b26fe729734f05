"""The table of runs in docs/reliability.md: a row for each seed and size, as it ran last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.record import this_machine
from chaos.play import Outcome
from chaos.report import slowest
from chaos.stage import Settings
from chaos.watch import quiet_recoveries

PAGE = Path(__file__).parent.parent / "docs" / "reliability.md"
HEAD = (
    "| seed | jobs | workers | appendfsync | faults | workers killed | servers killed | "
    "connections cut | frozen past the lease | entries recovered | slowest recovery | jobs/s | "
    "result |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n"
)
_TABLE = re.compile(r"^Run on .*\n\n\| seed \|.*\n(?:\|.*\n)+", re.MULTILINE)
_ROW = re.compile(r"^\| (\d+) \| ([\d,]+) \| (\d+) \| (always|everysec) \|.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is called in the table, and all that is needed for running it again."""

    seed: int
    jobs: int
    workers: int
    fsync: str


def rows_of(page: str) -> dict[Asked, str]:
    """The rows that are there, in their order."""
    return {
        Asked(int(seed), int(jobs.replace(",", "")), int(workers), fsync): row[0]
        for row in _ROW.finditer(page)
        for seed, jobs, workers, fsync in [row.groups()]
    }


def asked_before() -> Iterator[Asked]:
    """The runs of the page, to be run again."""
    yield from rows_of(PAGE.read_text("utf-8"))


def row(asked: Asked, outcome: Outcome, settings: Settings) -> str:
    """One run's line of the table."""
    watched = outcome.watched
    quiet = quiet_recoveries(watched, settings.lease_s)
    result = f"{len(outcome.violations)} violated" if outcome.violations else "all checks hold"
    if outcome.lost_by_redis:
        result += f"; {outcome.lost_by_redis} jobs lost by Valkey, pushed again"
    cells = (
        *(asked.seed, f"{asked.jobs:,}", asked.workers, asked.fsync, watched.faults.total()),
        *(watched.kills, outcome.server_kills, outcome.cuts, watched.freezes),
        *(len(watched.recoveries), slowest(quiet), f"{outcome.jobs / outcome.duration_s:.0f}"),
        result,
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def with_row(page: str, asked: Asked, line: str) -> str:
    """The page with this run's row in the place of its old one, or after all others."""
    rows = rows_of(page)
    rows[asked] = line
    day = datetime.now(UTC).date().isoformat()
    table = f"Run on {this_machine()}; the last on {day}.\n\n{HEAD}" + "".join(
        f"{one}\n" for one in rows.values()
    )
    if _TABLE.search(page):
        return _TABLE.sub(lambda _: table, page, count=1)
    return f"{page.rstrip()}\n\n{table}"


def keep(asked: Asked, outcome: Outcome, settings: Settings) -> None:
    """Writes the row into the page."""
    page = PAGE.read_text("utf-8")
    PAGE.write_text(with_row(page, asked, row(asked, outcome, settings)), "utf-8")
