"""From what was written to the structs, or to every problem in it at once. Does no I/O."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from clipsaver.config import urls
from clipsaver.config.active_hours import wrong_with_hours, wrong_with_zone
from clipsaver.config.keys import (
    Key,
    all_keys,
    choices_of,
    expected,
    nearest,
    nearest_key,
    sections,
)
from clipsaver.config.metrics import wrong_with_listen
from clipsaver.config.model import Config
from clipsaver.config.privacy import wrong_with_leaving
from clipsaver.config.secret import Secret
from clipsaver.config.storage_url import is_storage_url
from clipsaver.errors import Problem

_LONGEST_SHOWN = 60
Checks = Mapping[str, Callable[[Any], Sequence[str]]]
"""By dotted key, what else is wrong with its value, in words; for what only its user can know."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value and who gave it."""

    value: Any
    where: str
    """A file or `environment`."""
    name: str
    """What it is called there: the dotted key or the variable."""


class Unusable(ValueError):
    """Why a value cannot be used; becomes a Problem where it is known who gave it."""


def flatten(table: Mapping[str, Any], where: str) -> tuple[dict[str, Given], list[Problem]]:
    """The values of a TOML document by dotted key, and what in it is not a key of ours."""
    given: dict[str, Given] = {}
    problems: list[Problem] = []

    def take(section: str, name: str, value: Any) -> None:
        dotted = f"{section}.{name}" if section else name
        if dotted in all_keys():
            given[dotted] = Given(value, where, dotted)
        else:
            problems.append(Problem(where, dotted, _unknown_key(section, name)))

    for name, value in table.items():
        if name in sections():
            if isinstance(value, dict):
                for inner, inner_value in value.items():
                    take(name, inner, inner_value)
            else:
                problems.append(Problem(where, name, f"expected a section: [{name}]"))
        elif isinstance(value, dict) and name not in all_keys():
            problems.append(Problem(where, f"[{name}]", _unknown_section(name)))
        else:
            take("", name, value)
    return given, problems


def build(
    given: Mapping[str, Given],
    *,
    default_data_dir: Path,
    resolve: Callable[[Given], str],
    locate: Callable[[Given], Path],
    checks: Checks | None = None,
) -> tuple[Config | None, list[Problem]]:
    """The configuration, or None and every reason why there is none.

    `resolve` gives the text that a secret's `env:` or `file:` stands for and `locate` the
    absolute path that a path means; both raise Unusable. `checks` are those that others have.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for dotted, key in all_keys().items():
        if dotted == "data_dir" and (dotted not in given or given[dotted].value == ""):
            values[dotted] = default_data_dir
        elif dotted not in given:
            values[dotted] = key.default
        else:
            try:
                values[dotted] = _convert(key, given[dotted], resolve, locate)
                wrong = checks[dotted](values[dotted]) if checks and dotted in checks else ()
            except Unusable as error:
                wrong = (str(error),)
            problems += [Problem(given[dotted].where, given[dotted].name, one) for one in wrong]
    problems += _contradictions(values, given)
    return (None if problems else _assemble(values)), problems


def _convert(
    key: Key, given: Given, resolve: Callable[[Given], str], locate: Callable[[Given], Path]
) -> Any:
    value = given.value
    if key.is_secret and isinstance(value, str):
        value = Secret(resolve(given))
    elif key.dotted == "data_dir" and isinstance(value, str):
        value = locate(given)
    elif key.dotted == "thumbnails.storage" and isinstance(value, str) and value:
        value = value if is_storage_url(value) else str(locate(given))
    elif key.is_table and isinstance(value, dict):
        value = _flat(value)
    try:
        value = msgspec.convert(value, key.type, dec_hook=_refuse)
    except msgspec.ValidationError:
        raise Unusable(_not_what_is_expected(key, value)) from None
    wrong_with = _WRONG_WITH.get(key.dotted)
    if wrong_with and (wrong := wrong_with(value)):
        raise Unusable(wrong)
    return value.rstrip("/") if key.dotted == "discord.api_url" else value


def _flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """`a.b = 1` without quotes is a table in a table in TOML; here it is the name `a.b`."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        inner = _flat(value) if isinstance(value, dict) else None
        flat |= {name: value} if inner is None else {f"{name}.{n}": v for n, v in inner.items()}
    return flat


def _refuse(kind: type, value: Any) -> Any:
    """msgspec asks for types of ours: `resolve` and `locate` have made them already."""
    if isinstance(value, kind):
        return value
    raise ValueError


def _wrong_with_token(token: str) -> str | None:
    if token.startswith(("Bot ", "Bearer ")):
        return "write the token alone, without the word in front of it"
    if not (token.isascii() and token.isprintable()) or " " in token:
        return "a token has no spaces, line breaks or letters beyond ASCII"
    return None


_WRONG_WITH: dict[str, Callable[[Any], str | None]] = {
    "discord.token": _wrong_with_token,
    "discord.api_url": urls.wrong_with_api_url,
    "discord.media_hosts": urls.wrong_with_media_hosts,
    "redis.url": urls.wrong_with_redis_url,
    "database.url": urls.wrong_with_database_url,
    "thumbnails.storage": urls.wrong_with_storage,
    "s3.endpoint": urls.wrong_with_endpoint,
    "privacy.purge_left_guilds_after": wrong_with_leaving,
    "metrics.listen": wrong_with_listen,
    "watch.active_hours": wrong_with_hours,
    "watch.timezone": wrong_with_zone,
}


@dataclass(frozen=True, slots=True)
class _Order:
    """Two keys of which one has to be the greater."""

    greater: str
    less: str
    why: str


_ORDERS = (
    _Order("database.pool_size", "database.writers", "jobs need connections too"),
    _Order("worker.concurrency", "worker.reserved", "else no scan ever runs"),
)


def _contradictions(values: Mapping[str, Any], given: Mapping[str, Given]) -> list[Problem]:
    """What is wrong with values only together; one that is wrong by itself is left out here."""
    problems = []
    for order in _ORDERS:
        if not {order.greater, order.less} <= values.keys():
            continue
        greater, less = values[order.greater], values[order.less]
        if greater > less:
            continue
        if order.greater in given:
            blamed, got, must = given[order.greater], greater, f"greater than {order.less} ({less})"
        else:  # then the other one was given: the defaults agree
            blamed, got, must = given[order.less], less, f"less than {order.greater} ({greater})"
        said = f"must be {must}, got {got}: {order.why}"
        problems.append(Problem(blamed.where, blamed.name, said))
    problems += _half_a_key(values, given)
    backoff = values.get("retry.backoff")
    if backoff and backoff[0] > backoff[1]:
        blamed = given["retry.backoff"]
        said = f"the longest wait must not be shorter than the first, got {_shown(backoff)}"
        problems.append(Problem(blamed.where, blamed.name, said))
    return problems


def _half_a_key(values: Mapping[str, Any], given: Mapping[str, Given]) -> list[Problem]:
    names = ("s3.access_key_id", "s3.secret_access_key")
    there, missing = sorted(names, key=lambda name: not values.get(name))
    if not set(names) <= values.keys() or not values[there] or values[missing]:
        return []
    blamed = given[there]
    return [Problem(blamed.where, blamed.name, f"{missing} is missing: a key needs both")]


def _assemble(values: Mapping[str, Any]) -> Config:
    """The structs out of checked values."""
    parts: dict[str, Any] = {}
    for key in all_keys().values():
        if key.section:
            parts.setdefault(key.section, {})[key.name] = values[key.dotted]
        else:
            parts[key.name] = values[key.dotted]
    kinds = {field.name: type(field.default) for field in msgspec.structs.fields(Config)}
    for section in sections():
        parts[section] = kinds[section](**parts[section])
    return Config(**parts)


def _not_what_is_expected(key: Key, value: Any) -> str:
    said = f"expected {expected(key)}"
    if key.is_secret:
        return said
    said += f", got {_shown(value)}"
    choices = choices_of(key)
    if isinstance(value, str) and choices and (close := nearest(value, choices)):
        said += f"; did you mean {close}?"
    return said


def _shown(value: Any) -> str:
    """The value much as it is written in TOML."""
    if isinstance(value, float):
        return repr(value)
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def _unknown_key(section: str, name: str) -> str:
    if close := nearest_key(section, name):
        return f"there is no such key; did you mean {close}?"
    here = [key.name for key in all_keys().values() if key.section == section]
    place = f"[{section}] has" if section else "above the sections there is only"
    return f"there is no such key; {place} {', '.join(here)}"


def _unknown_section(name: str) -> str:
    if close := nearest(name, sections()):
        return f"there is no such section; did you mean [{close}]?"
    return f"there is no such section; there are {', '.join(f'[{each}]' for each in sections())}"
