"""The table of metrics on its page, from their declaration.

Where the two differ, `python -m scripts.metrics_page` writes the table anew.
"""

from __future__ import annotations

from pathlib import Path

from clipsaver.worker.exposing.figures import ALL
from scripts.database_page import with_part

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"


def table() -> str:
    """Every metric with its type, its labels and what it means, in Markdown."""
    rows = [
        f"| `{figure.name}` | {figure.kind.value} | "
        f"{', '.join(f'`{label}`' for label in figure.labels)} | {figure.help} |"
        for figure in ALL
    ]
    return "\n".join(["| metric | type | labels | what it means |", "|---|---|---|---|", *rows, ""])


def renewed(page: str) -> str:
    """The page with the table as it has to be."""
    return with_part(page, "metrics", table())


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
