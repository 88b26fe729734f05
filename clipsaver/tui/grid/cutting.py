"""A text in exactly so many cells of a terminal, where letters take none, one or two."""

from __future__ import annotations

from rich.cells import cell_len, split_graphemes


def cut(
    text: str,
    width: int,
    *,
    ellipsis: str = "…",
    keeps_tail: bool = False,
    is_right: bool = False,
) -> str:
    """The text in `width` cells: filled up with spaces, or cut with the ellipsis where it is cut.

    A letter stays with its marks, and a wide one that would stick out by half is left out.
    """
    if width <= 0:
        return ""
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        text, length = _cut(text, width, ellipsis, keeps_tail=keeps_tail)
    blank = " " * (width - length)
    return blank + text if is_right else text + blank


def _cut(text: str, width: int, ellipsis: str, *, keeps_tail: bool) -> tuple[str, int]:
    """What is shown of a text that is too long, and its cells."""
    room = width - len(ellipsis)
    spans, _ = split_graphemes(text)
    kept: list[str] = []
    used = 0
    for start, end, cells in reversed(spans) if keeps_tail else spans:
        if used + cells > room:
            break
        kept.append(text[start:end])
        used += cells
    if keeps_tail:
        return ellipsis + "".join(reversed(kept)), used + len(ellipsis)
    return "".join(kept) + ellipsis, used + len(ellipsis)
