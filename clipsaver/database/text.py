"""Strangers' text as PostgreSQL can store it."""

from __future__ import annotations


def storable(text: str) -> str:
    """The text without NUL characters and with U+FFFD in place of lone surrogates.

    PostgreSQL's text holds neither; Discord's JSON can say both.
    """
    return storable_bytes(text).decode()


def storable_bytes(text: str) -> bytes:
    """The same as UTF-8."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        # Through UTF-16 two halves that belong together become their character again.
        mended = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        encoded = mended.encode()
    return encoded.replace(b"\0", b"") if b"\0" in encoded else encoded
