"""Any record of the terminal UI as JSON that may be passed on. Pure.

Discord's signature is taken out of links: who has it has the file, and a file or a pasted record
is passed on more easily than one thinks. The link still names the file, and Discord signs it anew
for who may see it. What looks like a token or a password is masked, as in the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from clipsaver.masking import mask
from clipsaver.signed_links import without_signature
from clipsaver.tui.viewmodel.rows import Row

_LARGEST_EXACT = 2**53
"""Most programs round numbers in JSON that are beyond it, as Discord's ids are: those are text."""
_LINK = re.compile(r"https?://[^\s\"'<>]+")


def lines_of(rows: Iterable[Row]) -> str:
    """The rows, one JSON object to a line: its key, what is shown by column, and the record."""
    encode = msgspec.json.Encoder().encode
    return "".join(encode(_told(row)).decode() + "\n" for row in rows)


def record_of(rows: Iterable[Row]) -> str:
    """The records themselves as JSON with line breaks: one, or a list of several."""
    records = [plain(row.raw) for row in rows]
    told = records[0] if len(records) == 1 else records
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def plain(value: object) -> Any:
    """The value in what JSON has."""
    return _passed_on(
        msgspec.to_builtins(
            value, str_keys=True, builtin_types=(bytes,), enc_hook=_known, order="deterministic"
        )
    )


def _known(value: object) -> object:
    """What msgspec does not know, as what it does."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, Iterable) else str(value)


def _passed_on(value: Any) -> Any:
    """The value as it may leave this machine, and as every program reads it."""
    if isinstance(value, dict):
        return {_passed_on(key): _passed_on(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_passed_on(one) for one in value]
    if isinstance(value, bytes):
        return _of_bytes(value)
    if isinstance(value, str):
        return mask(_LINK.sub(lambda link: without_signature(link[0]), value))
    if isinstance(value, int) and abs(value) > _LARGEST_EXACT:
        return str(value)
    return value


def _told(row: Row) -> dict[str, Any]:
    shown = {name.lower(): cell.text for name, cell in row.cells.items()}
    return {"key": row.key, "shown": plain(shown), "record": plain(row.raw)}


def _of_bytes(value: bytes) -> Any:
    """A job is JSON in bytes; what is not, or is cut, is text."""
    try:
        return _passed_on(msgspec.json.decode(value))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _passed_on(value.decode("utf-8", "backslashreplace"))
