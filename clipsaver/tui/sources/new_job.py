"""From the form of a new job, as a person filled it in, to the job. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from clipsaver.errors import BadJob
from clipsaver.job_settings import Settings
from clipsaver.jobs import JOB_TYPES, AnyJob, decode

_LISTS = frozenset({"message_ids", "clip_ids", "allowed_mime_types"})
"""Fields of many values, which a person parts by blanks or commas."""
_SWITCHES = frozenset({"reset_scan_status", "enable_message_content_storage"})
_YES = frozenset({"yes", "y", "true", "on", "1"})
_NO = frozenset({"no", "n", "false", "off", "0"})
_SETTINGS = frozenset(field.name for field in msgspec.structs.fields(Settings))


def job_of(written: Mapping[str, str]) -> AnyJob:
    """The job that the form describes; an empty field is left out.

    `written` is by the names of the job's fields, `type` among them, and of its settings' fields.
    `limit` may be `all`. Raises BadJob, with the path of the field and what is wrong with it.
    """
    return decode(msgspec.json.encode(fields_of(written)))


def fields_of(written: Mapping[str, str]) -> dict[str, Any]:
    """The fields of the job's JSON, `type` first and `settings` last; not checked but for these:

    Raises BadJob for a type that there is not, a field that this type has not, and for a text that
    is no number and no yes or no where one is wanted.
    """
    given = {name: text.strip() for name, text in written.items() if text.strip()}
    kind = given.pop("type", "")
    if kind not in JOB_TYPES:
        raise BadJob("$.type", f"there are the job types {', '.join(JOB_TYPES)}")
    known = {field.name for field in msgspec.structs.fields(JOB_TYPES[kind])} - {"settings"}
    fields: dict[str, Any] = {"type": kind}
    settings: dict[str, Any] = {}
    for name, text in given.items():
        if name in _SETTINGS:
            settings[name] = _value(name, text)
        elif name in known:
            fields[name] = _value(name, text)
        else:
            raise BadJob(f"$.{name}", f"a {kind} job has no such field")
    return fields | ({"settings": settings} if settings else {})


def _value(name: str, text: str) -> object:
    if name in _LISTS:
        return tuple(text.replace(",", " ").split())
    if name in _SWITCHES:
        return _switch(name, text)
    if name == "limit" and text.casefold() == "all":
        return None
    if name in ("limit", "retry_count"):
        if not (text.isascii() and text.isdecimal() and len(text) < 16):
            raise BadJob(f"$.{name}", "expected a number" + (" or all" if name == "limit" else ""))
        return int(text)
    return text


def _switch(name: str, text: str) -> bool:
    said = text.casefold()
    if said not in _YES | _NO:
        raise BadJob(f"$.{name}", "expected yes or no")
    return said in _YES
