"""What a search asks for, read from its parameters.

Source: Discord's documentation, "Search Guild Messages".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clipsaver.simulator.api import answers
from clipsaver.simulator.writing.traits import EMBED_TYPES, HAS, Wanted

Form = Mapping[str, Sequence[str]]
"""The values of each parameter, which may come several times."""
_OFFSET_MAX = 9975
_PAGE_MAX = 25
_CHANNELS_MAX = 500
_OTHERS_MAX = 100
_NOT_PLAYED = (
    "author_type",
    "content",
    "embed_provider",
    "attachment_filename",
    "link_hostname",
    "mention_everyone",
    "mentions",
    "mentions_role_id",
    "pinned",
    "replied_to_message_id",
    "replied_to_user_id",
)
"""Conditions that Discord knows. To leave one out of account would be to find too much."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One page of one search."""

    wanted: Wanted
    channel_ids: frozenset[int]
    """None of them: all of the guild."""
    above: int | None
    below: int | None
    limit: int
    offset: int
    newest_first: bool
    include_nsfw: bool


def read(form: Form) -> Asked:
    """Raises Refused (400/50035) for what Discord would not read, and for what is not played."""
    for name in _NOT_PLAYED:
        if name in form:
            message = f"The simulator does not search by {name}."
            raise answers.invalid_form(name, "NOT_SIMULATED", message)
    last = {name: values[-1] for name, values in form.items()}
    has = _choices(form, "has", (*HAS, *(f"-{value}" for value in HAS)))
    sort_by = _choice(last, "sort_by", ("timestamp", "relevance"))
    sort_order = _choice(last, "sort_order", ("desc", "asc"))
    extensions = _values(form, "attachment_extension", _OTHERS_MAX)
    return Asked(
        wanted=Wanted(
            has=frozenset(value for value in has if not value.startswith("-")),
            lacks=frozenset(value[1:] for value in has if value.startswith("-")),
            extensions=frozenset(value.lower() for value in extensions),
            embed_types=frozenset(_choices(form, "embed_type", EMBED_TYPES)),
            author_ids=_ids(form, "author_id", _OTHERS_MAX),
        ),
        channel_ids=_ids(form, "channel_id", _CHANNELS_MAX),
        above=answers.snowflake_parameter(last, "min_id"),
        below=answers.snowflake_parameter(last, "max_id"),
        limit=answers.bounded_int(last, "limit", 1, _PAGE_MAX, default=_PAGE_MAX),
        offset=answers.bounded_int(last, "offset", 0, _OFFSET_MAX, default=0),
        # Of what is asked for here nothing is more relevant than the rest; then the newest is.
        newest_first=sort_order == "desc" or sort_by == "relevance",
        include_nsfw=_flag(last, "include_nsfw"),
    )


def _values(form: Form, name: str, most: int) -> Sequence[str]:
    values = form.get(name, ())
    if len(values) > most:
        message = f"Must be {most} or fewer in length."
        raise answers.invalid_form(name, "BASE_TYPE_MAX_LENGTH", message)
    return values


def _ids(form: Form, name: str, most: int) -> frozenset[int]:
    ids = (answers.snowflake_parameter({name: one}, name) for one in _values(form, name, most))
    return frozenset(one for one in ids if one is not None)


def _choices(form: Form, name: str, choices: Sequence[str]) -> Sequence[str]:
    values = _values(form, name, len(choices))
    for value in values:
        _choice({name: value}, name, choices)
    return values


def _choice(last: Mapping[str, str], name: str, choices: Sequence[str]) -> str:
    """The value that was chosen; the first if none was."""
    value = last.get(name, choices[0])
    if value not in choices:
        message = f"Value must be one of {{{', '.join(map(repr, choices))}}}."
        raise answers.invalid_form(name, "BASE_TYPE_CHOICES", message)
    return value


def _flag(last: Mapping[str, str], name: str) -> bool:
    value = last.get(name, "false").lower()
    if value not in ("true", "false"):
        raise answers.invalid_form(name, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
    return value == "true"
