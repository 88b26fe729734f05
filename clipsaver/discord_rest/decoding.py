"""JSON as Discord sends it, lone surrogates included."""

from __future__ import annotations

import json
import re
from typing import TypeVar

import msgspec

_T = TypeVar("_T")
_HALF = re.compile("[\ud800-\udfff]")


def decode(decoder: msgspec.json.Decoder[_T], body: bytes) -> _T:
    """What the decoder makes of the body.

    A stranger's text may be cut in the middle of a UTF-16 pair, which JSON can write (`\\ud83d`)
    and strict decoders refuse. One such text must not cost a page, so such a body is mended first,
    the slow way: half a character becomes U+FFFD. Raises msgspec's errors for anything else, and
    ValueError for what is nested deeper than anything of Discord's.
    """
    try:
        return decoder.decode(body)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        if b"\\u" not in body:
            raise
        try:
            text = json.dumps(json.loads(body), ensure_ascii=False)
        except (ValueError, RecursionError):
            text = None
        if text is None:
            raise
        return decoder.decode(_HALF.sub("\ufffd", text))
