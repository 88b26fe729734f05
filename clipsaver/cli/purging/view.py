"""How far a purge is: one line on a terminal, a line now and then elsewhere.

The line is gone afterwards, since what came of it says all that it said.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import trio
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from clipsaver.cli.pace import Pace, in_words
from clipsaver.cli.purging.words import stage_in_words
from clipsaver.database import Database
from clipsaver.database.purging.counting import count_target
from clipsaver.records.purges import Purge, PurgeCounts, PurgeStage, PurgeTarget

_LINE_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of its stage a purge has done."""

    done: int = 0
    total: int | None = None
    """None where the stage has no number to count up to."""

    @property
    def share(self) -> float | None:
        """From 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else None


def standing_of(purge: Purge) -> Standing:
    """Rows while rows are deleted, then files. Pure."""
    match purge.stage:
        case PurgeStage.ROWS if purge.found is not None:
            return Standing(_rows(purge.deleted), _rows(purge.found))
        case PurgeStage.FILES:
            return Standing(purge.deleted.files, purge.deleted.files + purge.files_left)
        case _:
            return Standing()


def line_of(purge: Purge, pace: Pace) -> str:
    """`deleting rows: 45,000 of 100,000 (45%), 3,200/s, 20 s left`. Pure."""
    standing, words = standing_of(purge), stage_in_words(purge)
    if standing.total is None:
        return words
    words += f": {standing.done:,} of {standing.total:,}"
    if standing.share is not None:
        words += f" ({standing.share:.0%})"
    if rate := pace.messages_per_s:
        words += f", {rate:,.0f}/s"
    left_s = pace.left_s(max(0, standing.total - standing.done))
    return words if not left_s else f"{words}, {in_words(left_s)} left"


def _rows(counts: PurgeCounts) -> int:
    return counts.clips + counts.messages + counts.pictures


class PurgeView:
    """Shows the steps of one purge; made by `watching`."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._line = bar.add_task("", total=None, facts="")
        self._stage: PurgeStage | None = None
        self._pace = Pace()
        self._told_at = 0.0

    async def step(self, purge: Purge) -> bool:
        """Shows it; the answer of one who has it carried out to its end."""
        now, is_news = trio.current_time(), purge.stage is not self._stage
        if is_news:
            self._stage, self._pace = purge.stage, Pace()
        standing = standing_of(purge)
        self._pace.note(now, standing.done)
        line = line_of(purge, self._pace)
        self._bar.update(
            self._line, completed=standing.done, total=standing.total or None, facts=line
        )
        if self._bar.disable and (is_news or now >= self._told_at + _LINE_EVERY_S):
            self._told_at = now
            if purge.stage is not PurgeStage.DONE:
                sys.stderr.write(f"{line}\n")
                sys.stderr.flush()
        return False


@contextmanager
def watching() -> Iterator[PurgeView]:
    """The line, for as long as it is carried out."""
    with _line() as bar:
        yield PurgeView(bar)


async def counted(database: Database, target: PurgeTarget) -> PurgeCounts:
    """What there is now; a million clips take a while, and a terminal shows how many so far."""
    with _line() as bar:
        line = bar.add_task("", total=None, facts="counting")

        def tell(so_far: PurgeCounts) -> None:
            bar.update(line, facts=f"counting: {so_far.clips:,} clips")

        return await count_target(database, target, tell=tell)


@contextmanager
def _line() -> Iterator[Progress]:
    console = Console(stderr=True)
    columns = (BarColumn(bar_width=24), TextColumn("{task.fields[facts]}", markup=False))
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        yield bar
