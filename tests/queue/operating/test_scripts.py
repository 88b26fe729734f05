"""The rules of the stream's scripts hold for those of its operators."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from clipsaver.queue.operating import lua

FOLDER = resources.files("clipsaver.queue.operating") / "scripts"
SHARED = ("audit", "closing")
NAMES = sorted(
    name for path in FOLDER.iterdir() if (name := path.name.removesuffix(".lua")) not in SHARED
)


@pytest.mark.parametrize("name", NAMES)
def test_each_begins_with_its_contract(name):
    text = (FOLDER / f"{name}.lua").read_text()
    assert text.startswith(f"-- {name}: ")
    header = re.match(r"(?:--[^\n]*\n)+", text).group()
    assert "-- KEYS  " in header
    assert "-- Returns " in header


@pytest.mark.parametrize("name", [*SHARED, *NAMES])
def test_no_script_puts_a_key_together(name):
    code = re.sub(r"--[^\n]*", "", (FOLDER / f"{name}.lua").read_text())
    assert not re.findall(r"""['"][^'"\n]*:(?:job|worker|dead|delayed|events|audit)\b""", code)


async def test_the_server_accepts_each(link):
    for name in NAMES:
        digest = await link.command("SCRIPT LOAD", lua.script(name).source)
        assert digest == lua.script(name).digest
