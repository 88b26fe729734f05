"""What a dead letter says. Pure.

A letter is an entry that moved: the job and the producer's fields as they were, `cs` (what it
carried) and `dead` (what is known of its death). People write to streams, too, so nothing of it is
relied on: what cannot be read is left out, and said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from clipsaver.queue.entries import Carried, Fields

UNREADABLE = "unreadable"
"""Reason of a letter whose field `dead` is missing or is not ours."""

BURIED = "buried"
"""Reason of a letter that a person took off the stream."""


class Death(msgspec.Struct, frozen=True, kw_only=True):
    """The field `dead`, as `outcomes` and the scripts write it."""

    reason: str
    """Stable name, such as `bad_job`."""
    cause: str | None = None
    """The reason of the last attempt, where `reason` is that none is left."""
    error: str = ""
    """What happened, for a person."""
    path: str | None = None
    """Where in the job, such as `$.message_ids[3]`."""
    fingerprint: str = ""
    """Equal for what is likely the same cause."""
    attempts: int = 0
    """Failed attempts since the last committed page."""
    waits: int = 0
    deliveries: int = 0
    hosts: tuple[str, ...] = ()
    """Where attempts failed, the latest last."""
    worker: str = ""
    """The consumer that gave it up."""
    stage: str = ""
    """How far the job had come."""
    entry: str = ""
    """Its last id on the stream."""
    run: str = ""
    first_at: int = 0
    """Unix time in ms of the run's first entry."""
    job_bytes: int = 0
    """Size of the whole job: of a large one only the beginning is kept."""
    job_sha256: str = ""


class _Glance(msgspec.Struct):
    """What is looked at in a job, whatever else is wrong with it."""

    type: Any = None
    guild_id: Any = None
    channel_id: Any = None
    job_id: Any = None


_death = msgspec.json.Decoder(Death)
_carried = msgspec.json.Decoder(Carried)
_glance = msgspec.json.Decoder(_Glance)


@dataclass(frozen=True)
class DeadLetter:
    """One dead letter. Its texts are strangers': make them printable before a terminal."""

    letter_id: str
    """Its id in the stream of dead letters: the time of death."""
    job: bytes | None
    """The job, or its beginning (`is_cut`); None where the entry had none."""
    death: Death
    carried: Carried
    fields: Mapping[str, str]
    """The producer's own."""

    @property
    def died_at_ms(self) -> int:
        """Unix time in ms, by the clock of Redis."""
        return int(self.letter_id.partition("-")[0])

    @property
    def run_id(self) -> str:
        """The run that died; empty where the letter does not say."""
        return self.carried.run or self.death.run

    @property
    def group(self) -> str:
        """Equal for letters of what is likely the same cause."""
        return self.death.fingerprint or self.death.reason

    @property
    def is_cut(self) -> bool:
        """Whether only the beginning of its job was kept, so that it cannot be tried again."""
        return self.job is not None and self.death.job_bytes > len(self.job)

    @property
    def type(self) -> str:
        """The job's type; empty where it cannot be told."""
        return self._fact("type", "job_type")

    @property
    def guild_id(self) -> str:
        return self._fact("guild_id")

    @property
    def channel_id(self) -> str:
        return self._fact("channel_id")

    @property
    def job_id(self) -> str:
        """The producer's name for the job, if it has one."""
        return self._fact("job_id")

    def _fact(self, name: str, field: str | None = None) -> str:
        """From the job, else from what the producer wrote beside it for its own use."""
        value = getattr(self._job, name)
        return value if isinstance(value, str) else self.fields.get(field or name, "")

    @cached_property
    def _job(self) -> _Glance:
        try:
            return _glance.decode(self.job or b"null")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _Glance()


def parse_letter(letter_id: bytes | str, fields: Fields) -> DeadLetter:
    """A letter as the server answered it."""
    own = {
        name.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for name, value in fields.items()
        if name not in (b"job", b"cs", b"dead")
    }
    return DeadLetter(
        letter_id=letter_id.decode() if isinstance(letter_id, bytes) else letter_id,
        job=fields.get(b"job"),
        death=_parse_death(fields.get(b"dead")),
        carried=_parse_carried(fields.get(b"cs")),
        fields=own,
    )


def _parse_death(raw: bytes | None) -> Death:
    if raw is None:
        return Death(reason=UNREADABLE, error="the letter has no field named dead")
    try:
        return _death.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Death(reason=UNREADABLE, error=f"its field dead is not ours: {error}")


def _parse_carried(raw: bytes | None) -> Carried:
    try:
        return _carried.decode(raw or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Carried()
