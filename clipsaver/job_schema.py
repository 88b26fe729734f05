"""The JSON Schema of jobs, for those who write them in any language; read off `jobs`."""

from __future__ import annotations

from typing import Any

import msgspec

from clipsaver.jobs import JOB_TYPES, MAX_JOB_BYTES
from clipsaver.snowflake import MAX_ID

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_UNSAID = (
    f"Ids are strings of digits, at most {MAX_ID}. Whole numbers have neither point nor exponent. "
    f"A job has at most {MAX_JOB_BYTES:,} bytes. Unknown fields are ignored."
)
"""What the schema cannot say by other means, beside what single fields say of themselves."""

_PYTHONS_END = r"\Z"


def job_schema(name: str | None = None) -> dict[str, Any]:
    """JSON Schema of the jobs of one type, or of all; KeyError if there is no such type."""
    chosen = JOB_TYPES if name is None else {name: JOB_TYPES[name]}
    refs, components = msgspec.json.schema_components(
        chosen.values(), ref_template="#/$defs/{name}"
    )
    parts = {part: _portable(schema) for part, schema in components.items()}
    for type_, job in chosen.items():
        parts[job.__name__]["properties"]["type"] = {
            "const": type_,
            "description": "What kind of job this is.",
        }
    if name is None:
        top = {"title": "Job", "description": f"A job for clipsaver. {_UNSAID}", "oneOf": [*refs]}
    else:
        top = parts.pop(JOB_TYPES[name].__name__)
        top["description"] += f" {_UNSAID}"
    return {"$schema": DIALECT, **top, "$defs": parts}


def job_schema_text(name: str | None = None) -> str:
    """The schema as JSON that a person can read, with a line break at its end."""
    return msgspec.json.format(msgspec.json.encode(job_schema(name)), indent=2).decode() + "\n"


def _portable(schema: Any) -> Any:
    """The same with patterns as ECMA-262 writes them, which knows no `\\Z`: its `$` is the end."""
    if isinstance(schema, list):
        return [_portable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    portable = {key: _portable(value) for key, value in schema.items()}
    if isinstance(pattern := portable.get("pattern"), str) and pattern.endswith(_PYTHONS_END):
        portable["pattern"] = pattern.removesuffix(_PYTHONS_END) + "$"
    return portable
