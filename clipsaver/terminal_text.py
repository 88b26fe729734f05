"""Makes strangers' text safe to print: names, filenames and messages are anybody's."""

from __future__ import annotations

import re

# What a terminal takes as a command rather than as text (ECMA-48): a control sequence, a string
# up to its end (window titles, clipboard, links), or one escaped character.
_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
# Controls; marks that turn the direction of what follows, so that `exe.4pm` can look like another
# name; and halves of a surrogate pair, which no stream can encode.
_NOT_TEXT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LINE_BREAK = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029]+")


def printable(text: str) -> str:
    """The text on one line, without anything that a terminal would obey."""
    if text.isascii() and text.isprintable():  # nearly all of it, in a fifth of the time
        return text
    if text.isprintable():  # nearly all; then neither of these finds anything
        return text
    text = _ESCAPE_SEQUENCE.sub("", text)
    return _NOT_TEXT.sub("", _LINE_BREAK.sub(" ", text))
