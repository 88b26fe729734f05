"""Dead letters and what was done to them, for programs. Pure.

Written with the escapes of JSON for all that is not ASCII, so that a terminal obeys none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from clipsaver.queue.operating.dead_letters.advice import advice
from clipsaver.queue.operating.dead_letters.dead import Group, Selection
from clipsaver.queue.operating.dead_letters.dead_actions import Fate, Handled
from clipsaver.queue.operating.dead_letters.letter import DeadLetter
from clipsaver.queue.operating.dead_letters.wanted import utc


def letter_json(letter: DeadLetter) -> dict[str, Any]:
    """All of a letter. `job` is its object, or its text where it is no JSON."""
    death = letter.death
    return {
        "id": letter.letter_id,
        "died_at": _time(letter.died_at_ms),
        "reason": death.reason,
        "cause": death.cause,
        "error": death.error,
        "path": death.path,
        "fingerprint": letter.group,
        "type": letter.type or None,
        "guild_id": letter.guild_id or None,
        "channel_id": letter.channel_id or None,
        "job_id": letter.job_id or None,
        "run": letter.run_id or None,
        "retry_of": letter.carried.retry_of or None,
        "retries": letter.carried.retries,
        "attempts": death.attempts,
        "deliveries": death.deliveries,
        "waits": death.waits,
        "hosts": list(death.hosts),
        "worker": death.worker,
        "stage": death.stage,
        "first_at": _time(death.first_at) if death.first_at else None,
        "advice": advice(letter).prospect.value,
        "is_cut": letter.is_cut,
        "job_bytes": death.job_bytes,
        "job_sha256": death.job_sha256 or None,
        "job": _job(letter.job),
        "fields": dict(letter.fields),
    }


def group_json(group: Group) -> dict[str, Any]:
    """One cause."""
    return {
        "fingerprint": group.fingerprint,
        "count": group.count,
        "reason": group.example.death.reason,
        "cause": group.example.death.cause,
        "error": group.example.death.error,
        "first_at": _time(group.first_at_ms),
        "last_at": _time(group.last_at_ms),
        "types": dict(group.types),
        "channels": len(group.channels),
        "advice": advice(group.example).prospect.value,
        "example": group.example.letter_id,
    }


def selection_json(action: str, selection: Selection, missing: Sequence[str]) -> dict[str, Any]:
    """What an action would do."""
    return {
        "action": action,
        "dry_run": True,
        "matched": len(selection.ids),
        "cut": selection.cut,
        "reasons": dict(selection.reasons),
        "types": dict(selection.types),
        "ids": selection.ids,
        "missing": list(missing),
    }


def action_json(
    action: str, request: str, handled: Sequence[Handled], missing: Sequence[str]
) -> dict[str, Any]:
    """What an action did; `request` is its name in the audit."""
    counts = {fate.value: sum(one.fate is fate for one in handled) for fate in Fate}
    return {
        "action": action,
        "dry_run": False,
        "request": request or None,
        "matched": len(handled),
        **counts,
        "letters": [
            {"id": one.letter_id, "fate": one.fate.value, "run": one.run_id} for one in handled
        ],
        "missing": list(missing),
    }


def _time(at_ms: int) -> str:
    try:
        return utc(at_ms)
    except (ValueError, OverflowError, OSError):  # an id that a person made up
        return str(at_ms)


def _job(raw: bytes | None) -> Any:
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw.decode("utf-8", "replace")
