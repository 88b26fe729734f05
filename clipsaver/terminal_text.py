"""Makes strangers' text safe to print: names, filenames and messages are anybody's."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
# What has no cell of its own and of which terminals do not agree what it does to its neighbours:
# joiners, variation selectors, skin tones, tags and invisible signs. A family of four is one sign
# in two cells here and four signs in eight there, and all that follows on the line has moved.
_WITHOUT_CELL = (
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200d\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\uffa0\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)
_NO_TWO_AGREE = re.compile(_WITHOUT_CELL)
# Marks above and below a letter. No language has more than a few; with hundreds, one letter covers
# the lines around it, also where something without a cell is between them.
_MARKS = (
    "[\u0300-\u036f\u0483-\u0489\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20ff\ufe20-\ufe2f]"
)
_MARK = f"(?:{_MARKS}(?:{_WITHOUT_CELL}|\u200c)*+)"
FLOOD = re.compile(f"({_MARK}{{4}}){_MARK}+")
"""More marks on one letter than any language has; its group 1 are those that do no harm."""
_LINE_BREAK = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029]+")


def printable(text: str) -> str:
    """The text on one line, without anything that a terminal would obey."""
    if text.isascii() and text.isprintable():  # nearly all of it, in a fifth of the time
        return text
    if not text.isprintable():
        text = _ESCAPE_SEQUENCE.sub("", text)
        text = _NOT_TEXT.sub("", _LINE_BREAK.sub(" ", text))
    return FLOOD.sub(r"\1", text)


def in_cells(text: str) -> str:
    """`printable`, of which every terminal makes the same number of cells.

    For what stands in columns or in a box: `rich.cells.cell_len` counts what is really there, and
    a text may be cut anywhere. Signs that are joined out of several come apart.
    """
    if text.isascii() and text.isprintable():
        return text
    return _NO_TWO_AGREE.sub("", printable(text))


def shows_blocks(environ: Mapping[str, str], encoding: str) -> bool:
    """Whether the terminal can be expected to show more than ASCII."""
    is_console = environ.get("TERM") in ("linux", "vt100", "vt220", "dumb")
    return not is_console and encoding.lower().replace("-", "") == "utf8"
