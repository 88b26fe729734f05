"""Keeps secrets out of what a person or a log may see.

Two nets, one behind the other: the shapes that secrets have (bot tokens, passwords in URLs and
connection strings, the signature of a CDN link), and the values that the caller knows to be secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

MASK = "••••"

# Discord signs a CDN link with these three parameters; whoever has them has the file.
_SIGNATURE = re.compile(r"(?<=[?&;])(ex|is|hm)=[^&\s\"'<>]+")
_BOT_HEADER = re.compile(r"\b(Bot|Bearer)\s+[\w.~+/=-]{16,}")
_BOT_TOKEN = re.compile(r"\b[\w-]{23,32}\.[\w-]{6,7}\.[\w-]{27,}")
_URL_PASSWORD = re.compile(r"://([^\s/?#:@]*):([^\s/?#]+)@")
# `password=` as in a libpq connection string or the query of a URL; libpq allows quotes and spaces.
_NAMED_PASSWORD = re.compile(
    r"\b(password|passwd|sslpassword|sentinel_password)(\s*=\s*)"
    r"('(?:[^'\\]|\\.)*'|[^\s&'\"]+)",
    re.IGNORECASE,
)
_SHORTEST_KNOWN = 4
"""A shorter value is too likely to be an ordinary word: masking it would garble the text."""


def mask(text: str, known: Iterable[str] = ()) -> str:
    """The text without what looks like a secret and without the `known` ones."""
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) >= _SHORTEST_KNOWN:
            text = text.replace(secret, MASK)
    text = _URL_PASSWORD.sub(rf"://\1:{MASK}@", text)
    text = _NAMED_PASSWORD.sub(rf"\1\2{MASK}", text)
    text = _BOT_HEADER.sub(rf"\1 {MASK}", text)
    text = _BOT_TOKEN.sub(MASK, text)
    return _SIGNATURE.sub(rf"\1={MASK}", text)


def passwords_in(url: str) -> tuple[str, ...]:
    """The passwords that a URL or connection string carries, as written and as meant."""
    found = [match[2] for match in _URL_PASSWORD.finditer(url)]
    found += [match[3].strip("'") for match in _NAMED_PASSWORD.finditer(url)]
    return tuple(dict.fromkeys(found + [unquote(each) for each in found]))
