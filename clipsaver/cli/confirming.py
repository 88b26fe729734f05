"""Asks a person to confirm what changes many things: by their number, never by a mere yes."""

from __future__ import annotations

import sys

from clipsaver.errors import UsageError


def confirm(count: int, what: str, *, is_confirmed: bool) -> None:
    """Returns where `count` things may be changed: one needs no question.

    `what` is such as `retry them`. Raises UsageError where the person thinks better of it, or where
    nobody is there to ask and `--yes` was not given.
    """
    if count <= 1 or is_confirmed:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            f"nothing was changed: there are {count:,}, and nobody to ask; give --yes to {what}, "
            "or --dry-run to look at them first"
        )
    sys.stderr.write(f"type {count} to {what}: ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip()
    if answer.replace(",", "") != str(count):
        raise UsageError(f"nothing was changed: that was not {count}")
