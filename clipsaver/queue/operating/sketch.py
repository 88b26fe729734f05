"""What a job says of itself, as far as it can be read: one that no worker would take is shown too.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from clipsaver.errors import BadJob
from clipsaver.jobs import MAX_JOB_BYTES

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Sketch:
    """A job in a row of a table; None for what it does not say."""

    type: str = BadJob.reason
    """`bad_job` where it cannot be read."""
    guild_id: str | None = None
    channel_id: str | None = None
    job_id: str | None = None


class _Said(msgspec.Struct, frozen=True):
    type: Any = None
    guild_id: Any = None
    channel_id: Any = None
    job_id: Any = None


_decoder = msgspec.json.Decoder(_Said)


def sketch(job: bytes | str | None) -> Sketch:
    """The sketch of a job's JSON; None = the entry has none."""
    if job is None or len(job) > MAX_JOB_BYTES:
        return Sketch()
    try:
        said = _decoder.decode(job)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Sketch()
    return Sketch(
        type=_text(said.type) or BadJob.reason,
        guild_id=_text(said.guild_id),
        channel_id=_text(said.channel_id),
        job_id=_text(said.job_id),
    )


def _text(value: Any) -> str | None:
    return value[:_LONGEST] if isinstance(value, str) and value else None
