"""The terminal UI over the running demo, as a person would start it: in a process of its own.

It has the terminal until the person leaves it. Worker, servers and simulator stay in this process,
and what they have to say meanwhile goes into a file.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

import trio

from clipsaver.config import Config
from clipsaver.config.environment import PARTS_SWITCH, WHOLE

_CONFIG = "demo.toml"


def is_installed() -> bool:
    """Whether there is a terminal UI here."""
    return importlib.util.find_spec("textual") is not None


async def run_terminal_ui(config: Config) -> int:
    """Shows it until the person leaves it; returns its exit code.

    Cancelled, it is ended as by SIGTERM, on which it gives the terminal back.
    """
    path = config.data_dir / _CONFIG
    await trio.to_thread.run_sync(_write, path, config)
    ours = {*WHOLE, PARTS_SWITCH}  # what is set for a person's own servers is not meant here
    process = await trio.run_process(
        [sys.executable, "-m", "clipsaver", "tui", "--config", str(path)],
        stdin=None,
        check=False,
        cwd=config.data_dir,
        env={name: value for name, value in os.environ.items() if name not in ours},
    )
    return process.returncode


def _write(path: Path, config: Config) -> None:
    """Its configuration: the servers of this folder, and the limits of this token."""
    discord = config.discord
    lines = (
        "[discord]",
        f"token = {json.dumps(str(discord.token))}",
        f"api_url = {json.dumps(discord.api_url)}",
        f"media_hosts = {json.dumps(list(discord.media_hosts))}",
    )
    # The top key comes before all sections.
    text = "".join(f"{line}\n" for line in (f"data_dir = {json.dumps(str(path.parent))}", *lines))
    path.touch(mode=0o600)
    path.write_text(text)
