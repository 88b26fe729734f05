"""This machine, judged: its clock beside others', its disk, and what is installed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from clipsaver.doctor.facts import Machine, Offset, StorageFacts
from clipsaver.doctor.findings import Finding, ok, problem, warning
from clipsaver.doctor.of_stores import room
from clipsaver.errors import ExitCode

CLOCK_WARNING_S = 2.0
CLOCK_PROBLEM_S = 10.0
"""Messages younger than this are not counted as read, since Discord may not show them yet; with a
clock that is ahead by more they would be."""

_DISCORD = "Discord"
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*([^;]*)(?:;(.*))?$")
_SPECIFIER = re.compile(r"^(>=|<=|~=|==|!=|>|<)\s*([0-9][0-9.]*)")
_PLATFORM = re.compile(r"""sys_platform\s*==\s*['"](\w+)['"]""")
_PYTHON = re.compile(r"""python_version\s*(<|>=)\s*['"]([0-9.]+)['"]""")


def judge_machine(machine: Machine) -> Iterator[Finding]:
    """What is installed, and where data is kept."""
    yield _versions(machine)
    if machine.storage.is_needed:
        yield _storage(machine.storage)


def _versions(machine: Machine) -> Finding:
    named = f"clipsaver {machine.clipsaver} on Python {machine.python}"
    told = tuple(f"{one.name} {one.installed or 'is missing'} ({one.wanted or 'any'})"
                 for one in machine.libraries)  # fmt: skip
    absent = [one.name for one in machine.libraries if one.installed is None]
    if absent:
        return problem(
            "versions",
            f"{named} lacks {', '.join(absent)}",
            "install clipsaver again, so that what it needs comes with it",
            ExitCode.USAGE,
            *told,
        )
    other = [one for one in machine.libraries if not is_wanted(one.installed or "", one.wanted)]
    if other:
        names = ", ".join(f"{one.name} {one.installed} instead of {one.wanted}" for one in other)
        return warning(
            "versions",
            f"{named} was not tested with {names}",
            "install clipsaver again, so that the versions that it was tested with come with it",
            *told,
        )
    return ok("versions", f"{named}, with libraries that it was tested with", *told)


def _storage(facts: StorageFacts) -> Finding:
    if facts.obstacle:
        return problem(
            "storage",
            f"data_dir {facts.folder} cannot be used: {facts.obstacle}",
            "set data_dir to a folder that can be written to",
            ExitCode.USAGE,
        )
    return room("storage", facts.free_bytes, f"data_dir is {facts.folder}")


def judge_clocks(clocks: Mapping[str, Offset | None]) -> Iterator[Finding]:
    """Ours beside each other one by its name; one that was not told says nothing."""
    told = {name: offset for name, offset in clocks.items() if offset is not None}
    if not told:
        return
    apart = {name: one.seconds for name, one in told.items()}
    worst = max(apart, key=lambda name: abs(apart[name]))
    seconds = abs(apart[worst])
    if seconds <= CLOCK_WARNING_S:
        yield ok("clock", f"it agrees with {_and(told)}")
        return
    way = "behind" if apart[worst] > 0 else "ahead of"
    found = f"this machine's clock is {seconds:,.0f} s {way} that of {worst}"
    advice = "set both by NTP: by the clock links run out, and messages are young or final"
    is_fast = worst == _DISCORD and -apart[worst] > CLOCK_PROBLEM_S
    if is_fast:
        yield problem("clock", found, advice, ExitCode.USAGE)
    else:
        yield warning("clock", found, advice)


def _and(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def needs_of(requirements: Iterable[str], python: str, platform: str) -> dict[str, str]:
    """Package -> versions, of what is needed on this Python and `sys.platform` without extras.

    `requirements` are as a package's metadata lists them.
    """
    needs = {}
    for line in requirements:
        found = _REQUIREMENT.match(line.strip())
        if found is None:
            continue
        name, wanted, marker = found[1], found[2].strip(), found[3] or ""
        condition, system = _PYTHON.search(marker), _PLATFORM.search(marker)
        if "extra" in marker or (
            condition and not is_wanted(python, f"{condition[1]}{condition[2]}")
        ):
            continue
        if system and system[1] != platform:
            continue
        needs[name] = wanted.replace(" ", "").strip("()")
    return needs


def is_wanted(version: str, wanted: str) -> bool:
    """Whether a version fits, such as `8.1.0` to `>=8,<9`; by its numbers alone.

    Source: Python's "Version specifiers", as far as our requirements go.
    """
    return all(_fits(version, one) for one in wanted.split(",") if one)


def _fits(version: str, specifier: str) -> bool:
    found = _SPECIFIER.match(specifier.strip())
    if found is None:
        return True
    operator, bound = found[1], _numbers(found[2])
    have = _numbers(version)
    length = max(len(have), len(bound))
    mine, other = (numbers + (0,) * (length - len(numbers)) for numbers in (have, bound))
    match operator:
        case ">=":
            return mine >= other
        case "<=":
            return mine <= other
        case ">":
            return mine > other
        case "<":
            return mine < other
        case "!=":
            return mine != other
        case "~=":
            return mine >= other and have[: len(bound) - 1] == bound[:-1]
        case _:
            return mine == other


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()
