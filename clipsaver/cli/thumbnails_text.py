"""Thumbnails as lines for a person and as JSON. Pure; strangers' text is made printable here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from clipsaver.cli.json_text import json_text
from clipsaver.cli.tables import table
from clipsaver.database.thumbnails.looking import ShownClip
from clipsaver.database.thumbnails.states import NamedAgain
from clipsaver.operating.thumbnail_advice import advice
from clipsaver.operating.thumbnails import Standing
from clipsaver.records import ThumbnailState
from clipsaver.terminal_text import printable
from clipsaver.utc import minute

_BY_ITSELF = "wait"
"""Instead of a prospect: it is tried again without being asked for."""
_MOST_NAMED = 10


def standing_lines(now: Standing, width: int | None, *, is_enabled: bool) -> Iterator[str]:
    """How far they are, and why some are missing."""
    yield "1 clip" if now.clips == 1 else f"{now.clips:,} clips"
    counts = Counter[ThumbnailState]()
    for one in now.counts:
        counts[one.state] += one.clips
    longest = max(map(len, ThumbnailState))
    yield from (f"  {state:<{longest}}  {count:>12,}" for state, count in counts.most_common())
    yield ""
    yield f"to do      {_backlog(now)}"
    yield f"to delete  {_outbox(now)}"
    if not is_enabled:
        yield "this configuration makes none: thumbnails.enabled = false"
    missing = [one for one in now.counts if one.error is not None]
    if not missing:
        return
    yield ""
    rows = [
        (
            f"{one.clips:,}",
            one.state.value,
            one.error or "",
            _prospect(one.state, one.error),
            advice(one.error).words,
        )
        for one in sorted(missing, key=lambda one: -one.clips)
    ]
    head = ("clips", "state", "error", "to do", "what it is, and what may be done")
    yield from table(head, rows, width, right=(0,))
    yield ""
    yield "which clips, in whose words: clipsaver thumbnails retry --error ERROR --dry-run"


def standing_json(now: Standing, *, is_enabled: bool) -> str:
    """The same for a program."""
    told = {
        "enabled": is_enabled,
        "clips": now.clips,
        "counts": [
            {
                "state": one.state.value,
                "error": one.error,
                "clips": one.clips,
                "to_do": one.error and _prospect(one.state, one.error),
                "advice": one.error and advice(one.error).words,
            }
            for one in now.counts
        ],
        "backlog": {
            "due_now": now.backlog.due_now,
            "under_way": now.backlog.under_way,
            "later": now.backlog.later,
            "next_due_at": now.backlog.next_due_at,
        },
        "outbox": {"files": now.outbox.files, "failing": now.outbox.failing},
    }
    return json_text(told)


def clips_lines(
    action: str, count: int, shown: Sequence[ShownClip], named: NamedAgain, width: int | None
) -> Iterator[str]:
    """What is about to be done, before it is."""
    yield f"{_counted(count)} to {action}"
    rows = [
        (
            one.clip_id,
            one.state.value,
            str(one.attempts),
            "-" if one.due_at is None else minute(_ms(one.due_at)),
            one.error or "-",
            one.message or one.filename,
        )
        for one in shown
    ]
    if rows:
        head = ("clip", "state", "tries", "due (UTC)", "error", "in words, or its file")
        yield from table(head, rows, width, right=(2,))
    if (more := count - len(rows)) > 0 and rows:
        yield f"  and {more:,} more"
    yield from _left_alone(named)


def done_lines(action: str, count: int, named: NamedAgain, *, is_enabled: bool) -> Iterator[str]:
    """What was done."""
    if count:
        what = "tried again" if action == "retry" else "made anew"
        yield f"{_counted(count)} to be {what}, from now on"
        yield "how far they are: clipsaver thumbnails status"
        if not is_enabled:
            yield "by other workers: this configuration has thumbnails.enabled = false"
    elif named == NamedAgain():
        yield "no clip is one of these, or they are due already"
    yield from _left_alone(named)


def action_json(action: str, count: int, named: NamedAgain, **more: Any) -> str:
    """What was done, or would be."""
    told = {
        "action": action,
        **more,
        "clips": count,
        "ready": named.ready,
        "deleted": named.deleted,
        "unknown": named.unknown,
    }
    return json_text(told)


def _left_alone(named: NamedAgain) -> Iterator[str]:
    for clips, why in (
        (named.ready, "left alone, since they have a thumbnail (remake makes another one)"),
        (named.deleted, "deleted"),
        (named.unknown, "not known"),
    ):
        if clips:
            more = len(clips) - _MOST_NAMED
            names = ", ".join(map(printable, clips[:_MOST_NAMED]))
            yield f"{why}: {names}{f' and {more:,} more' if more > 0 else ''}"


def _backlog(now: Standing) -> str:
    queue = now.backlog
    told = f"{queue.due_now:,} due now, {queue.under_way:,} under way, {queue.later:,} later"
    if queue.next_due_at is None:
        return told
    return f"{told} (the next at {minute(_ms(queue.next_due_at))} UTC)"


def _outbox(now: Standing) -> str:
    files = "1 file" if now.outbox.files == 1 else f"{now.outbox.files:,} files"
    failing = now.outbox.failing
    return files + (f", of which {failing:,} could not be deleted so far" if failing else "")


def _prospect(state: ThumbnailState, error: str | None) -> str:
    return _BY_ITSELF if state is ThumbnailState.PENDING else advice(error).prospect.value


def _counted(count: int) -> str:
    return "1 clip" if count == 1 else f"{count:,} clips"


def _ms(at: datetime) -> int:
    return round(at.astimezone(UTC).timestamp() * 1000)
