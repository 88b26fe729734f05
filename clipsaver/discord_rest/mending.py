"""A page of messages that does not decode: which message and field, and whether it can be spared.

A field of another type costs a hundred messages for ever, since the page comes the same each time.
Where no file can hide in the field, it is worth less than they are: it counts as missing then, and
the page is read. Lists of channels are mended alike. Only what failed comes here, so it may be
slow.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from clipsaver.discord_rest.decoding import decode

T = TypeVar("T")

HARMLESS = frozenset(
    {
        "duration_secs",
        "edited_timestamp",
        "flags",
        "height",
        "placeholder",
        "size",
        "spoiler",
        "title",
        "width",
    }
)
"""What only describes a file or a message that is found without it, wherever it stands."""

_PLACE = re.compile(r" - at `\$((?:\[\d+\]|\.\w+)+)`$")
_STEP = re.compile(r"\[(\d+)\]|\.(\w+)")
_Shape = tuple[str, ...]
_ANY = "[]"


def mend(
    decoder: msgspec.json.Decoder[T],
    body: bytes,
    error: msgspec.ValidationError,
    *,
    harmless: frozenset[str] = HARMLESS,
    what: str = "message",
) -> tuple[T, tuple[str, ...]]:
    """The page without the harmless fields that made it unreadable, and which those were.

    `error` is what the decoder said of the body, which lists messages or what `what` names. Raises
    ValueError that names the message and the field where it is another one.
    """
    try:
        tree = json.loads(body, parse_float=_float)
    except (ValueError, RecursionError):
        raise ValueError(str(error)) from None
    spared: list[str] = []
    while True:
        steps = _steps(error)
        last = str(steps[-1]) if steps else ""
        # Whole kinds of fields at once: if a type has changed, then on the whole page.
        places = list(_alike(tree, steps)) if last in harmless else []
        if not places:
            raise ValueError(f"{where(tree, steps, what)}{error}") from None
        for at, holder, path in places:
            del holder[last]
            spared.append(f"{where(tree, (at,), what)}{path}")
        try:
            return decode(decoder, json.dumps(tree).encode()), tuple(spared)
        except msgspec.ValidationError as another:
            error = another


def where(page: Any, steps: tuple[str | int, ...], what: str = "message") -> str:
    """What these steps lead into, as `message 123: `; empty if they lead into none."""
    if not isinstance(page, list) or not steps or not isinstance(steps[0], int):
        return ""
    at = steps[0]
    own = _id(page, at)
    if own is not None:
        return f"{what} {own}: "
    before = _id(page, at - 1) if at else None
    follows = "" if before is None else f" that follows {before}"
    return f"the {what}{follows} ({at + 1} of {len(page)} on the page): "


def _id(page: list[Any], at: int) -> str | None:
    message = page[at]
    own = message.get("id") if isinstance(message, dict) else None
    told = isinstance(own, str) and own.isascii() and own.isdigit() and len(own) <= 20
    return own if told else None


def _steps(error: msgspec.ValidationError) -> tuple[str | int, ...]:
    """`… - at `$[3].author.id`` as 3, "author", "id"; empty where it tells no place."""
    place = _PLACE.search(str(error))
    if place is None:
        return ()
    return tuple(int(at) if at else name for at, name in _STEP.findall(place[1]))


def _alike(page: Any, steps: tuple[str | int, ...]) -> Iterator[tuple[int, dict[str, Any], str]]:
    """Each field that stands in its message as this one does and holds what is as wrong.

    With the message's place on the page, what holds the field, and its path in the message.
    """
    *_, last = steps
    shape = tuple(_ANY if isinstance(step, int) else step for step in steps[:-1])
    value: Any = page
    try:
        for step in steps:
            value = value[step]
    except (KeyError, IndexError, TypeError):
        return  # a name that stands twice in one object means another of the two here
    for path, holder in _holders(page, shape):
        if last in holder and type(holder[last]) is type(value):
            yield int(path[0]), holder, _written(path[1:], str(last))


def _holders(value: Any, shape: _Shape) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if not shape:
        if isinstance(value, dict):
            yield (), value
        return
    step, *rest = shape
    inside: Iterable[tuple[int | str, Any]] = ()
    if step == _ANY and isinstance(value, list):
        inside = enumerate(value)
    elif isinstance(value, dict) and step in value:
        inside = [(step, value[step])]
    for name, below in inside:
        for path, holder in _holders(below, tuple(rest)):
            yield (str(name), *path), holder


def _float(text: str) -> float | list[str]:
    """A number; one beyond all bounds cannot be written again, so it is what fits nowhere."""
    number = float(text)
    return number if math.isfinite(number) else [text]


def _written(path: tuple[str, ...], last: str) -> str:
    steps = (f"[{step}]" if step.isdigit() else f".{step}" for step in (*path, last))
    return "".join(steps).removeprefix(".")
