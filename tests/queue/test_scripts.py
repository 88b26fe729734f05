"""Rules that hold for every script, the stream's and its operators'."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from types import ModuleType

import pytest

from clipsaver.queue import lua
from clipsaver.queue.operating import lua as operating

WORDS = r"job|worker|series|lock|dead|delayed|events|line|audit|cancel|control"
"""What names of keys end with, or go on with."""


@dataclass(frozen=True)
class Room:
    """A folder of scripts."""

    lua: ModuleType
    package: str
    shared: frozenset[str]
    """Prepended to others; no scripts of their own."""

    def text(self, name):
        return (resources.files(self.package) / "scripts" / f"{name}.lua").read_text()

    def names(self):
        files = (resources.files(self.package) / "scripts").iterdir()
        return sorted({path.name.removesuffix(".lua") for path in files} - self.shared)


ROOMS = (
    Room(lua, "clipsaver.queue", frozenset({"held", "line", "restoring"})),
    Room(operating, "clipsaver.queue.operating", frozenset({"audit", "closing"})),
)


def every(*, shared):
    return [
        pytest.param(room, name, id=f"{room.package.removeprefix('clipsaver.')}-{name}")
        for room in ROOMS
        for name in [*room.names(), *(sorted(room.shared) if shared else ())]
    ]


def without_comments(text):
    return re.sub(r"--[^\n]*", "", text)


def locals_of(text):
    """The names that a text declares, at whatever depth."""
    declared = re.findall(r"\blocal (?:function )?([\w, ]+)", without_comments(text))
    return {name.strip() for names in declared for name in names.split(",")}


SHARED_FUNCTIONS = {
    name
    for room in ROOMS
    for part in room.shared
    for name in re.findall(r"^local function (\w+)", room.text(part), re.MULTILINE)
}


@pytest.mark.parametrize(("room", "name"), every(shared=False))
def test_each_begins_with_its_contract(room, name):
    text = room.text(name)
    assert text.startswith(f"-- {name}: ")
    header = re.match(r"(?:--[^\n]*\n)+", text).group()
    assert "-- KEYS  " in header
    assert "-- Returns " in header


@pytest.mark.parametrize(("room", "name"), every(shared=True))
def test_no_script_puts_a_key_together(room, name):
    """Keys come as KEYS, or a cluster could not tell where the script has to run."""
    assert not re.findall(rf"""['"][^'"\n]*:(?:{WORDS})\b""", without_comments(room.text(name)))


@pytest.mark.parametrize(("room", "name"), every(shared=False))
def test_no_script_hides_a_function_that_all_share(room, name):
    assert "free" in SHARED_FUNCTIONS
    assert not locals_of(room.text(name)) & SHARED_FUNCTIONS


async def test_the_server_accepts_each(link):
    for room in ROOMS:
        for name in room.names():
            script = room.lua.script(name)
            assert await link.command("SCRIPT LOAD", script.source) == script.digest
