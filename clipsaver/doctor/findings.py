"""What a check says: one line for a person, a mark, and what it means for a scan. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from clipsaver.errors import ExitCode


class Mark(enum.StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """A scan works, but less well, less safely or not everywhere."""
    PROBLEM = "problem"
    """A scan would not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. Its texts may hold what strangers wrote: see `report`."""

    check: str
    mark: Mark
    found: str
    advice: str = ""
    """What to do; empty where nothing is to be done."""
    code: ExitCode = ExitCode.DONE
    """Of a problem: what a command that meets it ends with."""
    details: tuple[str, ...] = ()
    """A line each; a few of them are shown, or all where that is asked for."""


def ok(check: str, found: str, *details: str) -> Finding:
    """Nothing to do."""
    return Finding(check, Mark.OK, found, details=details)


def warning(check: str, found: str, advice: str, *details: str) -> Finding:
    """Something that should be put right, though a scan works."""
    return Finding(check, Mark.WARNING, found, advice, details=details)


def problem(check: str, found: str, advice: str, code: ExitCode, *details: str) -> Finding:
    """Something without which no scan works."""
    return Finding(check, Mark.PROBLEM, found, advice, code, details)


def exit_code(findings: Iterable[Finding]) -> ExitCode:
    """0 = a scan would work; else, as of a command that meets all of it, the greatest."""
    return max((one.code for one in findings if one.mark is Mark.PROBLEM), default=ExitCode.DONE)
