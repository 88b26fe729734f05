"""What holds for the package as a whole: light help, small files, and names that say something.

Which room may import which is in the import contracts of pyproject.toml.
"""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

import clipsaver

PACKAGE = Path(clipsaver.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

LONGEST_FILE = 300
LONGEST_FUNCTION = 60
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "manager", "common", "base", "misc"}
# Each costs from 37 to 240 ms to import, which a person would feel on every `--help`.
HEAVY = {
    "PIL",
    "asyncio",
    "av",
    "httpx",
    "importlib.metadata",
    "msgspec",
    "platformdirs",
    "prometheus_client",
    "psycopg",
    "redis",
    "rich",
    "structlog",
    "textual",
    "trio",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE.parent))


def imported_by(*argv: str) -> set[str]:
    """The modules that a new interpreter holds after `clipsaver ARGV`."""
    script = (
        "import sys; from clipsaver.cli.main import main; main(sys.argv[1:]); "
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *argv], capture_output=True, text=True, check=True
    )
    return set(ended.stderr.splitlines())


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_imports_nothing_heavy_and_no_command(option: str) -> None:
    imported = imported_by(option)
    assert "clipsaver.cli.main" in imported
    assert not imported & HEAVY
    ours = {name for name in imported if name.startswith("clipsaver.")}
    assert ours == {"clipsaver.cli", "clipsaver.cli.main"}


def test_a_commands_help_imports_no_other_command() -> None:
    imported = imported_by("config", "--help")
    assert not imported & HEAVY
    ours = {name for name in imported if name.startswith("clipsaver.cli.")}
    assert ours == {"clipsaver.cli.main", "clipsaver.cli.options", "clipsaver.cli.config"}


def test_the_schema_of_jobs_needs_no_store_and_no_loop() -> None:
    imported = imported_by("push", "--schema")
    assert "clipsaver.job_schema" in imported
    assert not imported & (HEAVY - {"msgspec"})


def test_a_file_is_one_room() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_a_function_fits_on_a_screen_and_a_module_says_what_it_is_for() -> None:
    long, silent = {}, []
    for path in MODULES:
        module = ast.parse(path.read_text())
        if module.body and not ast.get_docstring(module):
            silent.append(name_of(path))
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{name_of(path)}: {node.name}"] = lines
    assert (long, silent) == ({}, [])


def test_names_of_modules_say_something() -> None:
    words = {word for path in MODULES for word in re.split(r"_+", path.stem)}
    folders = {path.parent.name for path in MODULES}
    assert not (words | folders) & NAMES_THAT_SAY_NOTHING


def test_the_version_is_that_of_the_installed_package() -> None:
    assert importlib.metadata.version("clipsaver") == clipsaver.__version__
