"""docs/benchmarks.md: each benchmark has its section, and a run replaces no other one."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

import pytest

from benchmarks import record
from benchmarks.record import Machine, Section, add_option, recorded, this_machine, with_section

MACHINE = Machine("A processor", cores=2, memory_gib=7.77, system="Linux", python="CPython 3.11.7")


def section(name: str, printed: str) -> Section:
    return Section(
        name, "What it says.\n\nMore.\n", date(2026, 11, 25), MACHINE, f"run {name}", printed
    )


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page of a benchmark that was started with `--record`."""
    path = tmp_path / "benchmarks.md"
    monkeypatch.setattr(record, "PAGE", path)
    monkeypatch.setattr(sys, "argv", ["program", "--runs", "3", "--record"])
    return path


def test_a_section_holds_day_machine_command_and_what_was_printed() -> None:
    assert str(section("pace", "\n  fast  1\nslow  2\n")) == (
        "## pace\n\nWhat it says.\n\nMore.\n\n"
        "2026-11-25: A processor, 2 cores, 7.8 GiB, Linux, CPython 3.11.7. `run pace`:\n\n"
        "      fast  1\n    slow  2\n"
    )


def test_a_first_section_comes_after_the_opening() -> None:
    one = section("one", "1")
    assert with_section("", one) == f"{record.OPENING}\n{one}"


@pytest.mark.parametrize("name", ["one", "two", "three"])
def test_a_run_replaces_its_own_section_in_its_place(name: str) -> None:
    before = {
        other: section(other, f"## {other} printed\n\n1") for other in ("one", "two", "three")
    }
    page = ""
    for each in before.values():
        page = with_section(page, each)
    after = before | {name: section(name, "2")}
    wanted = "\n".join([record.OPENING, *map(str, after.values())])
    assert with_section(page, after[name]) == wanted


def test_what_was_printed_is_kept_and_still_printed(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with recorded("pace", "About it.", wanted=True):
        sys.stdout.write("  ratio 3.1\n")
    assert capsys.readouterr().out == "  ratio 3.1\n"
    kept = page.read_text("utf-8")
    assert "## pace\n\nAbout it.\n" in kept
    assert '`make bench ARGS="pace --runs 3 --record"`:\n\n      ratio 3.1\n' in kept


def test_a_run_that_was_not_to_be_kept_leaves_the_page(page: Path) -> None:
    with recorded("pace", "About it.", wanted=False):
        sys.stdout.write("ratio 3.1\n")
    assert not page.exists()


def test_a_run_that_failed_leaves_the_page(page: Path) -> None:
    def run() -> None:
        with recorded("pace", "About it.", wanted=True):
            sys.stdout.write("ratio 3.1\n")
            raise RuntimeError("the worker ended")

    with pytest.raises(RuntimeError, match="the worker ended"):
        run()
    assert not page.exists()


def test_the_option_is_off_unless_given() -> None:
    parser = argparse.ArgumentParser()
    add_option(parser)
    assert [parser.parse_args(words).record for words in ([], ["--record"])] == [False, True]


def test_a_machine_is_told_without_its_name_and_paths() -> None:
    told = this_machine()
    assert told.cpu
    assert told.cores >= 1
    assert told.memory_gib > 0
    assert told.python.split()[1] == ".".join(map(str, sys.version_info[:3]))
    assert "/" not in str(told)
