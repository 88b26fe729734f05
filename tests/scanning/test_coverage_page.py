"""docs/coverage.md: its five plans are jobs and commands, and read what the page says."""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from clipsaver import jobs
from clipsaver.cli import push
from clipsaver.cli.options import CommandParser
from clipsaver.jobs import BatchJob, RescanJob
from clipsaver.ranges import Range, RangeSet
from clipsaver.scanning import plan

PAGE = (Path(__file__).parents[2] / "docs" / "coverage.md").read_text()

COVERED = RangeSet([Range(0, 100), Range(200, 300), Range(400, 500)])
PLANS = ("backward", "forward", "stop at known", "fill gaps", "read again")
UNREAD = RangeSet([Range(100, 200), Range(300, 400), Range(500, None)])
READS = {
    "backward": (UNREAD, 500, 1000),
    "forward": (UNREAD, 100, 1000),
    "stop at known": (RangeSet.of(500, None), 500, None),
    "fill gaps": (UNREAD, 500, None),
    "read again": (RangeSet.of(0, None), 0, None),
}
"""What is left to read, where the stretch begins that is read first, and the limit."""


def json_lines() -> list[str]:
    blocks = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def commands() -> list[str]:
    """In the table, and in lines of their own."""
    return re.findall(r"^(?:\|.*\| `|    )(clipsaver .*?)(?:` \||  .*)?$", PAGE, re.MULTILINE)


def asked(line: str) -> jobs.AnyJob:
    """The job that a command line pushes."""
    words = shlex.split(line)[1:]
    parser = CommandParser(prog="clipsaver push")
    push.add_arguments(parser)
    (job,) = push._jobs(parser.parse_args(words[1:]))
    return job


def test_the_page_has_five_plans_and_a_rescan() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \|", PAGE.partition("|---|")[2], re.MULTILINE)
    assert tuple(rows) == PLANS
    found = [jobs.decode(line) for line in json_lines()]
    assert [type(job) for job in found] == [BatchJob] * 5 + [RescanJob]


def test_the_commands_push_these_jobs() -> None:
    pushed = [asked(line) for line in commands() if line.startswith("clipsaver push")]
    assert pushed == [jobs.decode(line) for line in json_lines()]


def test_the_other_commands_can_be_typed() -> None:
    others = [shlex.split(line) for line in commands() if line.startswith("clipsaver coverage")]
    assert len(others) == 5
    for _, name, *words in others:
        parser = CommandParser(prog=name)
        import_module(f"clipsaver.cli.{name}").add_arguments(parser)
        parser.parse_args(words)


@pytest.mark.parametrize(("name", "line"), list(zip(PLANS, json_lines(), strict=False)))
def test_each_plan_reads_what_the_page_says(name: str, line: str) -> None:
    job = jobs.decode(line)
    assert isinstance(job, BatchJob)
    left = plan.to_read(plan.wanted(job), COVERED, known=job.known, direction=job.reads)
    step = plan.next_step(left, direction=job.reads, messages_left=job.limit)
    assert step is not None
    assert (left, step.gap.lower, job.limit) == READS[name]
