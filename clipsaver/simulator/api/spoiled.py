"""Answers with the right status and the wrong content.

What a real Discord is not known to send, and a client has to survive all the same. All of it
follows from the fault's seed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from clipsaver.simulator.api.answers import Answer, encode
from clipsaver.simulator.dice import Dice, seed_of
from clipsaver.simulator.traffic.faults import Fault, FaultKind
from clipsaver.simulator.traffic.field_path import steps_of

Steps = tuple[str | int, ...]
_LEFT = object()


def wanted(limit: int, fault: Fault) -> int:
    """How many messages a page takes from the history where `limit` were asked for."""
    return limit + max(0, fault.more) if fault.kind is FaultKind.LONGER else limit


def misplaced(
    places: Sequence[int], fault: Fault, *, is_full: bool, forward: bool
) -> Sequence[int]:
    """The places of a page's messages, newest first, after the fault; `forward` is by `after`."""
    dice = _dice(fault)
    if fault.kind is FaultKind.REPEATED and places:
        twice = list(places)
        if is_full and not fault.extra and len(twice) > 1:
            twice.pop(0 if forward else -1)
        at = dice.below(len(twice))
        return [*twice[:at], twice[at], *twice[at:]]
    if fault.kind is FaultKind.OUT_OF_ORDER and len(places) > 1:
        mixed = sorted(places, key=lambda _: dice.bits())
        return mixed if mixed != list(places) else mixed[::-1]
    return places


def spoiled(answer: Answer, fault: Fault | None) -> Answer:
    """The answer with the field that the fault is about made null or of another type."""
    if fault is None or fault.kind not in (FaultKind.NULL_FIELD, FaultKind.OTHER_TYPE):
        return answer
    content = json.loads(answer.body)
    steps = _any_field(content, fault) if fault.field is None else steps_of(fault.field)
    if not _spoil(content, steps, fault.kind):
        return answer
    return replace(answer, body=encode(content))


def _any_field(content: Any, fault: Fault) -> Steps:
    """A field that says something, of any message of a page."""
    dice = _dice(fault)
    if isinstance(content, list) and content:
        at = dice.below(len(content))
        return (at, *dice.pick(list(_fields(content[at]))))
    fields = list(_fields(content))
    return dice.pick(fields) if fields else ()


def _fields(value: Any) -> Iterator[Steps]:
    """The path of everything within that has a name and is not null already."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for step, below in inside:
        if isinstance(step, str) and below is not None:
            yield (step,)
        if isinstance(below, dict | list):
            yield from ((step, *rest) for rest in _fields(below))


def _spoil(content: Any, steps: Steps, kind: FaultKind) -> bool:
    """Changes the content; False where there is no place for such a field."""
    if not steps:
        return False
    *way, last = steps
    for step in way:
        content = _at(content, step)
    old = _at(content, last)
    if old is _LEFT and not (isinstance(content, dict) and isinstance(last, str)):
        return False
    old = None if old is _LEFT else old
    content[last] = None if kind is FaultKind.NULL_FIELD else _of_another_type(old)
    return True


def _at(value: Any, step: str | int) -> Any:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step, _LEFT)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return _LEFT


def _of_another_type(value: Any) -> Any:
    """What stands where something else is expected, as a careless change of an API does it."""
    match value:
        case str():
            return len(value)
        case dict():
            return list(value)
        case list():
            return {str(at): one for at, one in enumerate(value)}
        case None:
            return {}
        case _:
            return f"{value}"


def _dice(fault: Fault) -> Dice:
    return Dice(seed_of(fault.seed or 0))
