"""Damaged videos: a seed tells what is done to them, and nothing that comes of it surprises."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fuzz.mutants import mutant
from fuzz.report import summary
from fuzz.run import Outcome, outcomes

COUNT = 200
FILES = [bytes(range(256)) * 20, b"\0" * 100]


def test_a_seed_and_a_number_are_one_mutant() -> None:
    first = [mutant(FILES, 1, number) for number in range(50)]
    assert first == [mutant(FILES, 1, number) for number in range(50)]
    assert first != [mutant(FILES, 2, number) for number in range(50)]
    assert sum(one not in FILES for one in first) > 40


def test_no_mutant_crashes_hangs_or_surprises() -> None:
    found = list(outcomes(1, COUNT))
    assert [one.number for one in found] == list(range(COUNT))
    assert {one.number: one.outcome for one in found if not one.is_allowed} == {}
    assert sum(one.outcome == "picture" for one in found) > COUNT / 4
    assert max(one.rss_mib for one in found) < 200


@pytest.fixture
def dying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that makes pictures crashes at mutant 2, hangs at 4, and is surprised by 5."""
    script = tmp_path / "child.py"
    script.write_text(
        "import json, os, sys, time\n"
        "for number in range(int(sys.argv[4]), int(sys.argv[4]) + int(sys.argv[5])):\n"
        "    print(number, flush=True)\n"
        "    number == 2 and os.abort()\n"
        "    number == 4 and time.sleep(60)\n"
        "    outcome = 'builtins.KeyError: 5' if number == 5 else 'broken'\n"
        "    print(json.dumps({'outcome': outcome}), flush=True)\n"
    )
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))


def test_a_crash_and_a_hang_are_told_and_the_rest_goes_on(dying: None) -> None:
    found = list(outcomes(1, 7, patience_s=0.5))
    said = {one.number: one.outcome for one in found}
    assert said == {
        0: "broken", 1: "broken", 2: "crash: ended with -6", 3: "broken", 4: "hang",
        5: "builtins.KeyError: 5", 6: "broken",
    }  # fmt: skip
    assert [one.number for one in found if not one.is_allowed] == [2, 4, 5]
    assert "3 not as they have to be" in summary(found)
    assert "no crash" in summary([Outcome(1, "picture")])
