"""What runs say of themselves, of many at once.

One script for all of them: a client that parses a reply of its own for each hash takes five times
as long for it, which who looks each second would feel.
"""

from __future__ import annotations

from collections.abc import Sequence

from clipsaver.queue.link import Link
from clipsaver.queue.operating.lua import run
from clipsaver.queue.produce import STATUS_FIELDS, JobStatus, status_of

_CHUNK = 500
"""Runs of one script: some milliseconds of the server's time."""
_FIELDS = (*STATUS_FIELDS, "crashes")

Told = dict[str, str]
"""A hash as far as `status_of` and `deliveries` need it; without what it does not say."""


async def told_of(link: Link, run_ids: Sequence[str]) -> list[Told]:
    """What the hash of each run says, in order; empty where it is not there."""
    told: list[Told] = []
    for start in range(0, len(run_ids), _CHUNK):
        keys = [link.names.job(run_id) for run_id in run_ids[start : start + _CHUNK]]
        told += [
            {
                name: value.decode("utf-8", "replace")
                for name, value in zip(_FIELDS, values, strict=bool(values))
                if value is not None
            }
            for values in await run(link, "reports", keys, _FIELDS)
        ]
    return told


async def statuses(link: Link, run_ids: Sequence[str]) -> dict[str, JobStatus]:
    """How far these runs are; those that say nothing are left out. Raises RedisUnavailable."""
    told = await told_of(link, run_ids)
    return {one: status_of(said) for one, said in zip(run_ids, told, strict=True) if said}
