"""Asks a person to confirm what changes many things: by their number, never by a mere yes."""

from __future__ import annotations

import sys

from clipsaver.errors import UsageError


def confirm(count: int, what: str, *, is_confirmed: bool, asks_from: int = 2) -> None:
    """Returns where `count` things may be changed: fewer than `asks_from` need no question.

    `what` is such as `retry them`. Raises UsageError where the person thinks better of it, or where
    nobody is there to ask and `--yes` was not given.
    """
    if count < asks_from or is_confirmed:
        return
    there = "there is" if count == 1 else "there are"
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            f"nothing was changed: {there} {count:,}, and nobody to ask; give --yes to {what}, "
            "or --dry-run to look first"
        )
    sys.stderr.write(f"type {count} to {what}: ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip()
    if answer.replace(",", "") != str(count):
        raise UsageError(f"nothing was changed: that was not {count}")
