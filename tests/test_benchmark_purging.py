"""The figures of the benchmark on purging: what the server's log says, and what is not right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from benchmarks.purging import problems
from benchmarks.purging_acts import Course, Neighbour, Outcome, Told
from benchmarks.purging_counts import Left, Strays
from benchmarks.purging_fleet import PURGE, WORKER
from benchmarks.purging_stage import Stage
from benchmarks.statement_log import Statement, failed, read

LOG = """\
7|| LOG:  listening on Unix socket
8|purge| LOG:  duration: 0.500 ms  parse _pg3_1: delete from clips
\twhere guild_id = $1
9|worker| LOG:  duration: 7.000 ms  execute <unnamed>: with page as materialized (
\t    select 1
\t)
8|purge| LOG:  duration: 1.250 ms  bind _pg3_1: delete from clips
\twhere guild_id = $1
8|purge| ERROR:  deadlock detected
8|purge| DETAIL:  Process 8 waits.
\tProcess 9 waits.
8|purge| LOG:  duration: 20.250 ms  execute _pg3_1: delete from clips
\twhere guild_id = $1
8|purge| LOG:  duration: 3.000 ms  statement: COMMIT
"""


def test_a_statement_takes_what_its_parts_do_and_is_its_connections(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    log.write_text("1|purge| LOG:  duration: 9.0 ms  statement: BEGIN\n" + LOG, "utf-8")
    since = log.stat().st_size - len(LOG)
    assert list(read(log, since)) == [
        Statement(WORKER, 7.0, "with page as materialized ( select 1 )"),
        Statement(PURGE, 22.0, "delete from clips where guild_id = $1"),
        Statement(PURGE, 3.0, "COMMIT"),
    ]
    assert failed(log, since) == ["purge: deadlock detected"]


class Guilds:
    """What of a stage the checks ask for."""

    neighbour = 8

    def planted(self, guild: int) -> int:
        assert guild == self.neighbour
        return 30


NOTHING = Left({"clips": 0}, files=0)
HERE = Neighbour(10, 9, 20, "digest", found=12)
FINE = Outcome(
    before=Left({"clips": 5}, files=10),
    at_end=NOTHING,
    settled=NOTHING,
    strays=Strays(0, 0),
    neighbour=(HERE, replace(HERE, found=30)),
    fates={"CANCELLED purged": 2},
    course=Course(),
    told=Told([Statement(PURGE, 200.0, "delete")], [], cut_short=1),
    complaints=[],
)


def found(outcome: Outcome, kills: int = 0) -> list[str]:
    return problems(cast("Stage", Guilds()), "purged", outcome, kills)


def test_all_is_as_it_has_to_be() -> None:
    assert found(FINE) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"told": Told([Statement(PURGE, 201.0, "delete")], [], 0)}, "a statement took 201 ms"),
        ({"told": replace(FINE.told, errors=["deadlock"])}, "the server refused"),
        ({"at_end": Left({"clips": 0}, files=1)}, "0 rows, 1 files were left"),
        ({"settled": Left({"clips": 2}, files=0)}, "2 clips, 0 files came back"),
        ({"strays": Strays(1, 0)}, "orphans=1"),
        ({"neighbour": (HERE, replace(HERE, digest="x", found=30))}, "lost something"),
        ({"neighbour": (HERE, HERE)}, "missed clips"),
        ({"fates": {"SUCCEEDED": 2}}, "no scan was under way"),
        ({"complaints": ["x"]}, "workers complained"),
    ],
)
def test_what_is_not_is_told(changes: dict[str, Any], words: str) -> None:
    (problem,) = found(replace(FINE, **changes))
    assert words in problem


def test_too_few_kills_are_told() -> None:
    (problem,) = found(FINE, kills=3)
    assert "after 0 kills" in problem


def test_stages_that_were_too_short_to_be_seen_took_no_time() -> None:
    course = Course(stages={"count": 1.0, "rows": 2.0, "done": 9.0})
    assert (course.rows_s, course.files_s, course.busy_s) == (8.0, 0.0, 8.0)
    course = Course(stages={"rows": 2.0, "files": 5.0, "late files": 6.0, "done": 9.0})
    assert (course.rows_s, course.files_s, course.whole_s) == (3.0, 1.0, 9.0)
