"""The configuration as TOML text: the example file, and what is in force."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from clipsaver.config.keys import Key, all_keys
from clipsaver.config.model import Config
from clipsaver.masking import MASK, mask

_WIDTH = 100
_HEADER = """\
# Every setting of clipsaver with its default. All of them may be left out.
#
# clipsaver reads the file that --config names, else ./config.toml, else the one in your config
# folder. `clipsaver config check` finds mistakes, `clipsaver config show` tells what is in force.
# A token, key or url may be written as "env:NAME" or "file:PATH"; paths are relative to this file.
# These variables override it, and ./.env is read below the environment: DISCORD_BOT_TOKEN,
# REDIS_URL, DATABASE_URL, or DB_TYPE=postgres with DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME;
# and for [s3] AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION,
# AWS_ENDPOINT_URL.
"""


def example() -> str:
    """The example file: every key once, with its default and one line on what it does."""

    def entry(key: Key) -> str:
        if key.is_table:
            return f"# {key.meta.description}\n[{key.dotted}]\n{_commented_out(key)}"
        return f"# {key.meta.description}\n{key.name} = {_literal(key.default)}"

    return _HEADER + "\n" + _by_section(entry, between="\n\n")


def in_force(config: Config, origins: Mapping[str, str]) -> str:
    """Every value and where it came from, with secrets masked."""
    values = {
        key.dotted: getattr(getattr(config, key.section) if key.section else config, key.name)
        for key in all_keys().values()
    }

    def entry(key: Key) -> str:
        text = f"{key.name} = {_literal(_shown(key, values[key.dotted]))}"
        first, *rest = text.split("\n")
        return "\n".join([f"{first:<50}  # {origins[key.dotted]}", *rest])

    return _by_section(entry, between="\n")


def _by_section(entry: Callable[[Key], str], *, between: str) -> str:
    blocks: dict[str, list[str]] = {}
    for key in all_keys().values():
        blocks.setdefault(key.section, []).append(entry(key))
    return "\n".join(
        (f"[{section}]\n" if section else "") + between.join(entries) + "\n"
        for section, entries in blocks.items()
    )


def _commented_out(key: Key) -> str:
    examples = (key.meta.extra or {})["examples"]
    return "\n".join(f"# {_literal(name)} = {_literal(value)}" for name, value in examples.items())


def _shown(key: Key, value: Any) -> Any:
    """A secret URL is worth showing without its password; a token is not worth showing at all."""
    if not key.is_secret:
        return value
    return mask(value) if key.name == "url" else MASK if value else value


def _literal(value: Any) -> str:
    """The value in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        items = [_literal(item) for item in value]
        line = f"[{', '.join(items)}]"
        return line if len(line) <= _WIDTH - 20 else "[\n  " + ",\n  ".join(items) + ",\n]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(n)} = {_literal(v)}" for n, v in value.items()) + "}"
    if isinstance(value, str | Path):
        # JSON's escapes are TOML's too, but for DEL, which TOML wants escaped as well.
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    raise TypeError(f"{type(value).__name__} has no place in the configuration")
