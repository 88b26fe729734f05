"""What the benchmarks printed, kept in docs/benchmarks.md with machine and date.

A benchmark that is to be kept takes `--record` and prints inside of `recorded`:

    add_option(parser)
    arguments = parser.parse_args()
    with recorded("scanning", __doc__, wanted=arguments.record):
        ...

Each has a section of its own, and a run replaces only that. One that ends with an exception leaves
the page as it was.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import re
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
OPENING = """\
# Benchmarks

Each section is what one benchmark printed when it was last run with `--record`, with the day, the
machine and the command. Servers, simulator and clients share that machine, so that times depend on
it; ratios and shares are of things measured in the same run.
"""


@dataclass(frozen=True)
class Machine:
    """What figures depend on, without what would name a certain computer."""

    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str

    def __str__(self) -> str:
        cores = f"{self.cores} core{'s' * (self.cores != 1)}"
        return f"{self.cpu}, {cores}, {self.memory_gib:.1f} GiB, {self.system}, {self.python}"


@dataclass(frozen=True)
class Section:
    """One benchmark's part of the page."""

    name: str
    about: str
    """What is measured, and how: the benchmark's docstring."""
    day: date
    machine: Machine
    command: str
    printed: str

    def __str__(self) -> str:
        # Indented, so that nothing printed can be taken for a heading.
        figures = textwrap.indent(self.printed.strip("\n"), "    ")
        return (
            f"## {self.name}\n\n{self.about.strip()}\n\n"
            f"{self.day.isoformat()}: {self.machine}. `{self.command}`:\n\n{figures}\n"
        )


def with_section(page: str, section: Section) -> str:
    """The page with this section in the place of the old one, or after all others."""
    opening, *others = re.split(r"^(?=## )", page or OPENING, flags=re.MULTILINE)
    sections = {part.partition("\n")[0]: part.strip("\n") + "\n" for part in others}
    sections[f"## {section.name}"] = str(section)
    return "\n".join([opening.strip("\n") + "\n", *sections.values()])


def add_option(parser: argparse.ArgumentParser) -> None:
    """`--record`."""
    parser.add_argument(
        "--record", action="store_true", help="keep what is printed in docs/benchmarks.md"
    )


@contextmanager
def recorded(name: str, about: str | None, *, wanted: bool) -> Iterator[None]:
    """Keeps what the block prints as the section of this name, if that is wanted."""
    if not wanted:
        yield
        return
    both = _Both(sys.stdout)
    with redirect_stdout(both):
        yield
    command = f'make bench ARGS="{" ".join([name, *sys.argv[1:]])}"'
    today = datetime.now(UTC).date()
    section = Section(name, about or name, today, this_machine(), command, both.heard.getvalue())
    page = PAGE.read_text("utf-8") if PAGE.exists() else ""
    PAGE.write_text(with_section(page, section), "utf-8")


class _Both(io.TextIOBase):
    """Hands on what is written, and remembers it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.heard = io.StringIO()

    def write(self, text: str) -> int:
        self.heard.write(text)
        return self._out.write(text)

    def flush(self) -> None:
        self._out.flush()


def this_machine() -> Machine:
    """As the operating system tells."""
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        memory_gib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        system=platform.system(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
    )


def _cpu() -> str:
    """Linux tells the model in a file; elsewhere Python knows as much as there is."""
    told = Path("/proc/cpuinfo")
    words = told.read_text("utf-8") if told.exists() else ""
    named = re.search(r"^model name\s*:\s*(.+)$", words, re.MULTILINE)
    return named[1] if named else platform.processor() or platform.machine()
