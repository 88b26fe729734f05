"""README.md and docs: every link leads somewhere, every page is led to, every command is there."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from clipsaver.cli.main import COMMANDS
from clipsaver.cli.options import CommandParser

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^(?:\$ )?(clipsaver [a-z].*)$", re.MULTILINE)
_INDENTED = re.compile(r"^ {4}(?:\$ )?(clipsaver [a-z].*)$", re.MULTILINE)
_PROSE = re.compile(r"`(clipsaver [a-z][^`]*)`")
_PLACES = {"TYPE": "batch", "ID": "7", "N": "5"}
"""What stands in the pages for something of the reader's, where its form matters."""


def links() -> list[tuple[Path, str]]:
    found = [(page, link) for page in PAGES for link in _LINK.findall(page.read_text("utf-8"))]
    return [(page, link) for page, link in found if "://" not in link]


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to the headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize(("page", "link"), links())
def test_a_link_leads_somewhere(page: Path, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (page.parent / path) if path else page
    assert target.exists()
    assert not anchor or anchor in anchors(target)


def test_the_readme_leads_to_every_page() -> None:
    led_to = {ROOT / link.partition("#")[0] for page, link in links() if page == README}
    assert led_to >= set(PAGES) - {README}


def commands() -> list[str]:
    """All that the pages say to type, without what a shell does with it."""
    found: list[str] = []
    for page in PAGES:
        if page.name == "benchmarks.md":  # what it shows is said by programs
            continue
        text = page.read_text("utf-8")
        found += _INDENTED.findall(text) + _PROSE.findall(text)
        found += [line for block in _FENCED.findall(text) for line in _LINE.findall(block)]
    typed = (re.split(r" {2,}| [|<>&] | 2>", f"{line} ")[0].strip() for line in found)
    return sorted({" ".join(line.split()) for line in typed if "|" not in line})


@pytest.mark.parametrize("line", commands())
def test_a_command_can_be_typed(line: str) -> None:
    words = [_PLACES.get(word, word).replace("...", "") for word in shlex.split(line)[1:]]
    assert words[0] in {command.name for command in COMMANDS}
    parser = CommandParser(prog=f"clipsaver {words[0]}")
    import_module(f"clipsaver.cli.{words[0]}").add_arguments(parser)
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parser.parse_args(words[1:])
    except SystemExit:
        # In a sentence a command may be named without what it has to be given.
        assert "required" in said.getvalue(), said.getvalue()
