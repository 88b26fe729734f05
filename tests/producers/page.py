"""The page for producers, taken apart: its examples, and its tables as the schema has them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clipsaver.job_schema import job_schema
from clipsaver.jobs import JOB_TYPES

PAGE = Path(__file__).parents[2] / "docs" / "producers.md"

Block = tuple[str, str]
"""Heading that an example stands under, and its language."""

_NOUNS = {
    "^[0-9]{1,19}$": ("id", "ids"),
    "^[!-~]{1,200}$": ("clip's id", "clips' ids"),
}


def examples() -> dict[Block, str]:
    """Every fenced example. Two of one language under one heading would be one too many."""
    found: dict[Block, str] = {}
    heading = ""
    for title, language, text in re.findall(
        r"^#+ ([^\n]+)$|^```(\w+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL
    ):
        heading = title or heading
        if language:
            assert (heading, language) not in found
            found[heading, language] = text
    return found


def table(heading: str) -> list[str]:
    """The rows of the table under a heading, without its head."""
    after = PAGE.read_text().partition(f"# {heading}\n")[2]
    lines = re.split(r"^#", after, flags=re.MULTILINE)[0].splitlines()
    return [line for line in lines if line.startswith("|")][2:]


def accepted_types() -> dict[str, bool]:
    """Whether the page says that jobs of the type are done whatever the configuration, for each."""
    cells = [[cell.strip() for cell in row.split("|")] for row in table("Types of job")]
    words = {"always": True, "if switched on": False}
    return {cell[1].strip("`"): words[cell[4]] for cell in cells}


def rows_of_types() -> Iterator[str]:
    """The rows that the table of types has to have, up to the last column."""
    for name in JOB_TYPES:
        schema = job_schema(name)
        does = schema["description"].partition(". ")[0]
        needs = [field for field in schema["required"] if field != "type"]
        yield _row(f"`{name}`", does, ", ".join(f"`{field}`" for field in needs))


def rows_of_fields() -> Iterator[str]:
    """The rows that the table of fields has to have: one for each field that says the same."""
    types_of: dict[str, list[str]] = {}
    for name in JOB_TYPES:
        schema = job_schema(name)
        for field, said in schema["properties"].items():
            if field != "type":
                is_required = field in schema["required"]
                types_of.setdefault(json.dumps([field, is_required, said]), []).append(name)
    for key, names in types_of.items():
        field, is_required, said = json.loads(key)
        of = "all" if len(names) == len(JOB_TYPES) else ", ".join(f"`{name}`" for name in names)
        yield _row(f"`{field}`", of, *_said(said, is_required=is_required))


def rows_of_settings() -> Iterator[str]:
    """The rows that the table of settings has to have."""
    for field, said in job_schema()["$defs"]["Settings"]["properties"].items():
        yield _row(f"`{field}`", *_said(said, is_required=False))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _said(said: dict[str, Any], *, is_required: bool) -> tuple[str, str, str]:
    """Value, default and description."""
    default = "needed" if is_required else f"`{json.dumps(said['default'])}`"
    return _value(said), default, said["description"]


def _value(said: dict[str, Any]) -> str:
    """What a field takes, in words."""
    match said:
        case {"anyOf": [kind, {"type": "null"}]}:
            return f"{_value(kind)} or null"
        case {"$ref": "#/$defs/Settings"}:
            return "[settings](#settings)"
        case {"enum": choices}:
            return ", ".join(choices)
        case {"type": "boolean"}:
            return "true, false"
        case {"type": "integer", "minimum": least}:
            return f"whole number from {least}"
        case {"type": "array", "items": {"pattern": pattern}}:
            many = _NOUNS.get(pattern, ("", "MIME types"))[1]
            least, most = said.get("minItems", 0), said.get("maxItems")
            return f"{least} to {most:,} {many}" if most else f"{least} or more {many}"
        case {"type": "string", "pattern": pattern} if pattern in _NOUNS:
            return _NOUNS[pattern][0]
        case {"type": "string", "maxLength": most}:
            return f"{said.get('minLength', 0)} to {most:,} characters"
    raise AssertionError(f"the page has no words for {said}")
