"""What entries and dead letters can be chosen by alike. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A thing is meant if it has one of the values of each field that names any."""

    type: frozenset[str] = frozenset()
    guild: frozenset[str] = frozenset()
    channel: frozenset[str] = frozenset()
    job_id: frozenset[str] = frozenset()

    @property
    def is_all(self) -> bool:
        """Whether it leaves none out."""
        return self == type(self)()

    def words(self) -> str:
        """As the options of the command line, for the audit and for who wants to do it again."""
        return shlex.join(f"--{name}={value}" for name, value in self.options())

    def options(self) -> Iterator[tuple[str, str]]:
        """Names of options, without their dashes, and values."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, frozenset):
                yield from ((field.name.replace("_", "-"), one) for one in sorted(value))

    def fits(self, has: Mapping[str, Iterable[str | None]]) -> bool:
        """Whether what a thing has, by the names of fields, is what they ask for."""
        for name, values in has.items():
            asked: frozenset[str] = getattr(self, name)
            if asked and asked.isdisjoint(values):
                return False
        return True
