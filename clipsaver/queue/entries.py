"""Entries of the stream and what we carry with them in the field `cs`.

Producers write `job` alone. When an entry moves (delayed, sliced, buried), it gets `cs`: which
run it belongs to and what has happened to it so far. Pure: no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from clipsaver.errors import BadJob
from clipsaver.jobs import AnyJob, decode

Fields = Mapping[bytes, bytes]
Count = Annotated[int, msgspec.Meta(ge=0)]

_ENTRY_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")
_MOST_HOSTS = 8


class Carried(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an entry carries from place to place."""

    run: str = ""
    """`<stream>/<first entry id>`: names one job's life over all its deliveries.

    Empty where the entry begins a run of its own, as a retried dead letter does, or a job that
    another one added."""
    attempts: Count = 0
    """Failed attempts since the last committed page; waits, slices and hand-backs do not count."""
    left_pages: Count = 0
    """About how much it had still to read when its last slice ended; 0 = that cannot be told."""
    waits: Count = 0
    """How often it was put off for an obstacle since it last got on."""
    first_at: Count = 0
    """Unix time in ms of its first entry, by the clock of Redis."""
    wanted_at: Count = 0
    """Unix time in ms at which what added it was asked for, where that was not a producer: its
    guild job, or a look of the watch or of the background check; 0 = `first_at`."""
    hosts: tuple[str, ...] = ()
    """Where attempts failed, the latest last."""
    reason: str = ""
    """Why the last attempt failed, by its stable name."""
    error: str = ""
    """Why, in words."""
    retry_of: str = ""
    """The run that died of the same job, where a person had it tried again."""
    retries: Count = 0
    """How often that was done."""

    @property
    def wanted_at_s(self) -> float:
        """Unix time in seconds at which somebody asked for it."""
        return (self.wanted_at or self.first_at) / 1000


def is_entry_id(text: str) -> bool:
    """Whether it could be the id of an entry, such as `1769428198123-0`, or of a dead letter."""
    return _ENTRY_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivered entry."""

    entry_id: str
    job: bytes | None
    """The job as its producer wrote it; None where the field is missing."""
    carried: Carried

    @property
    def run_id(self) -> str:
        return self.carried.run

    def decoded(self) -> AnyJob:
        """The job; raises BadJob where it is none of the contract."""
        if self.job is None:
            raise BadJob("$", "the entry has no field named job")
        return decode(self.job)


_decoder = msgspec.json.Decoder(Carried)


def parse_entry(stream: str, entry_id: bytes | str, fields: Fields) -> Entry:
    """An entry as the server answered it. A `cs` that is not ours counts as none."""
    text = entry_id.decode() if isinstance(entry_id, bytes) else entry_id
    carried = _parse_carried(stream, text, fields.get(b"cs")) or _first(stream, text)
    return Entry(entry_id=text, job=fields.get(b"job"), carried=carried)


def parse_flat(stream: str, rows: Sequence[Sequence[object]]) -> list[Entry]:
    """Entries as a script returns them: `[id, [field, value, …]]`."""
    return [
        parse_entry(stream, entry_id, dict(zip(flat[::2], flat[1::2], strict=True)))  # type: ignore[arg-type,index]
        for entry_id, flat in rows
    ]


def encode_carried(carried: Carried) -> bytes:
    """The text of the field `cs`."""
    return msgspec.json.encode(carried)


def added_by(wanted_at_ms: int) -> bytes:
    """The text of the field `cs` of a job that was not pushed by a producer: see `wanted_at`."""
    return encode_carried(Carried(wanted_at=wanted_at_ms))


def with_host(carried: Carried, host: str) -> tuple[str, ...]:
    """The hosts with this one as the latest."""
    others = tuple(known for known in carried.hosts if known != host)
    return (*others, host)[-_MOST_HOSTS:]


def _first(stream: str, entry_id: str) -> Carried:
    return Carried(run=f"{stream}/{entry_id}", first_at=int(entry_id.partition("-")[0]))


def _parse_carried(stream: str, entry_id: str, raw: bytes | None) -> Carried | None:
    if raw is None:
        return None
    try:
        carried = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not carried.run:
        first = _first(stream, entry_id)
        return msgspec.structs.replace(
            first,
            retry_of=carried.retry_of,
            retries=carried.retries,
            wanted_at=carried.wanted_at,
        )
    prefix, _, first_id = carried.run.rpartition("/")
    is_ours = prefix == stream and is_entry_id(first_id)
    return carried if is_ours else None
