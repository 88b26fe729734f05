"""The keys of the configuration, read off its declaration."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from clipsaver.config.model import Config
from clipsaver.config.secret import Secret


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can be set."""

    section: str
    """Empty for the keys above all sections."""
    name: str
    type: Any
    default: Any
    """As it is in the structs; `""` for a path that depends on the user."""
    meta: msgspec.Meta

    @property
    def dotted(self) -> str:
        return f"{self.section}.{self.name}" if self.section else self.name

    @property
    def is_secret(self) -> bool:
        return _bare(self.type) is Secret

    @property
    def is_table(self) -> bool:
        """Whether it is a table of its own in TOML, with names that are not declared here."""
        return get_origin(_bare(self.type)) is dict


@functools.cache
def all_keys() -> dict[str, Key]:
    """Every key by its dotted name, in the order of the declaration."""
    keys: dict[str, Key] = {}
    for field in msgspec.structs.fields(Config):
        kind = _hints(Config)[field.name]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            found = _keys_of(kind, field.name)
        else:
            found = [Key("", field.name, kind, "", _meta(kind))]
        keys |= {key.dotted: key for key in found}
    return keys


def sections() -> tuple[str, ...]:
    """The names of the sections, in the order of the declaration."""
    return tuple(dict.fromkeys(key.section for key in all_keys().values() if key.section))


def expected(key: Key) -> str:
    """What the key takes, in words: `a whole number from 1 to 64`."""
    kind = _bare(key.type)
    if key.meta.extra and "expected" in key.meta.extra:
        return str(key.meta.extra["expected"])
    if choices := choices_of(key):
        return f"one of {', '.join(choices)}"
    noun = {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, "text")
    return noun + _bounds(key.type)


def choices_of(key: Key) -> tuple[str, ...]:
    """The values that the key may have, where these can be counted."""
    kind = _bare(key.type)
    return get_args(kind) if get_origin(kind) is Literal else ()


def nearest(word: str, candidates: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The candidate that was probably meant; `cutoff` is how alike they have to be, up to 1."""
    by_plain_form = {_plain(candidate): candidate for candidate in candidates}
    close = difflib.get_close_matches(_plain(word), by_plain_form, n=1, cutoff=cutoff)
    return by_plain_form[close[0]] if close else None


def nearest_key(section: str, name: str) -> str | None:
    """The dotted key that was probably meant: of this section, else a likelier one elsewhere."""
    here = {key.name: key.dotted for key in all_keys().values() if key.section == section}
    elsewhere = {key.name: key.dotted for key in all_keys().values() if key.section != section}
    if close := nearest(name, here):
        return here[close]
    close = nearest(name, elsewhere, cutoff=0.8)
    return elsewhere[close] if close else None


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")


def _keys_of(struct: type[msgspec.Struct], section: str) -> list[Key]:
    hints = _hints(struct)
    return [
        Key(section, field.name, hints[field.name], _default(field), _meta(hints[field.name]))
        for field in msgspec.structs.fields(struct)
    ]


def _default(field: msgspec.structs.FieldInfo) -> Any:
    """msgspec makes an empty dict anew for each struct."""
    return field.default_factory() if callable(field.default_factory) else field.default


def _hints(struct: type[msgspec.Struct]) -> dict[str, Any]:
    return get_type_hints(struct, include_extras=True)


def _meta(kind: Any) -> msgspec.Meta:
    """The annotations of a key as one; the outermost describes it."""
    metas = [extra for extra in get_args(kind)[1:] if isinstance(extra, msgspec.Meta)]
    described = [meta for meta in metas if meta.description]
    if len(described) != 1:
        raise TypeError(f"{kind} needs exactly one description")
    return described[0]


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _bounds(kind: Any) -> str:
    metas = [extra for extra in get_args(kind)[1:] if isinstance(extra, msgspec.Meta)]
    least = next((meta.ge for meta in metas if meta.ge is not None), None)
    above = next((meta.gt for meta in metas if meta.gt is not None), None)
    most = next((meta.le for meta in metas if meta.le is not None), None)
    if least is not None:
        return f" from {least:,} to {most:,}" if most is not None else f" of at least {least:,}"
    if above is not None:
        return f" above {above:,}" + (f" and at most {most:,}" if most is not None else "")
    return ""
