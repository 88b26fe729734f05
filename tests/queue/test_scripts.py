"""Rules that hold for every script."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from clipsaver.queue import lua

FOLDER = resources.files("clipsaver.queue") / "scripts"
SHARED = ("held", "line")
NAMES = sorted({path.name.removesuffix(".lua") for path in FOLDER.iterdir()} - set(SHARED))


@pytest.mark.parametrize("name", NAMES)
def test_each_begins_with_its_contract(name):
    text = (FOLDER / f"{name}.lua").read_text()
    assert text.startswith(f"-- {name}: ")
    header = re.match(r"(?:--[^\n]*\n)+", text).group()
    assert "-- KEYS  " in header
    assert "-- Returns " in header


@pytest.mark.parametrize("name", [*SHARED, *NAMES])
def test_no_script_puts_a_key_together(name):
    """Keys come as KEYS, or a cluster could not tell where the script has to run."""
    code = re.sub(r"--[^\n]*", "", (FOLDER / f"{name}.lua").read_text())
    assert not re.findall(
        r"""['"][^'"\n]*:(?:job|worker|series|lock|dead|delayed|events|line)\b""", code
    )


async def test_the_server_accepts_each(link):
    for name in NAMES:
        digest = await link.command("SCRIPT LOAD", lua.script(name).source)
        assert digest == lua.script(name).digest
