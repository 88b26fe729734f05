"""JSON as Discord sends it, lone surrogates included."""

from __future__ import annotations

import json
from typing import TypeVar

import msgspec

_T = TypeVar("_T")


def decode(decoder: msgspec.json.Decoder[_T], body: bytes) -> _T:
    """What the decoder makes of the body.

    A stranger's text may be cut in the middle of a UTF-16 pair, which JSON can write (`\\ud83d`)
    and strict decoders refuse. One such text must not cost a page, so that body is read the slow
    way, which keeps the half as it is. Raises msgspec's errors for anything else.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        if b"\\u" not in body:
            raise
        try:
            loose = json.loads(body)
        except (ValueError, RecursionError):
            loose = None
        if loose is None:
            raise
        return msgspec.convert(loose, decoder.type)
