"""A page with many small pictures, to look at in a browser. Pure.

All is in the one file, pictures included: it can be moved, and opened without a server. What
strangers wrote is escaped.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass

from clipsaver.terminal_text import printable

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>
body {{ margin: 2rem; font: 14px/1.4 system-ui, sans-serif; background: #18191c; color: #dcddde }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 1rem }}
figure {{ margin: 0; background: #232428; border-radius: 6px; overflow: hidden }}
.still {{ height: 180px; display: flex; align-items: center; justify-content: center;
  background: #000 }}
.still img {{ max-width: 100%; max-height: 100% }}
figcaption {{ padding: .5rem .75rem }}
figcaption b {{ display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }}
small {{ color: #949ba4 }}
</style></head><body><h1>{title}</h1><main>
{figures}
</main></body></html>
"""  # noqa: E501 -- one line of HTML
_FIGURE = """<figure><div class="still">{still}</div>
<figcaption><b title="{name}">{name}</b><small>{words}</small></figcaption></figure>"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One clip on the sheet."""

    name: str
    words: Sequence[str]
    """What is said of it, in short pieces."""
    webp: bytes | None
    """The picture; None = there is none, and the words say why."""


def contact_sheet(title: str, cells: Sequence[Cell]) -> str:
    """The page as HTML."""
    figures = "\n".join(map(_figure, cells))
    return _PAGE.format(title=_text(title), figures=figures)


def _figure(cell: Cell) -> str:
    still = "<small>no picture</small>"
    if cell.webp is not None:
        data = base64.b64encode(cell.webp).decode("ascii")
        still = f'<img alt="" loading="lazy" src="data:image/webp;base64,{data}">'
    words = " · ".join(_text(one) for one in cell.words)
    return _FIGURE.format(still=still, name=_text(cell.name), words=words)


def _text(text: str) -> str:
    return html.escape(printable(text), quote=True)
