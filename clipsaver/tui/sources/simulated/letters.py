"""Dead letters of a made-up fleet, written as workers do and read as operators do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from clipsaver.jobs import KEPT_OF_LARGE_JOB, MAX_JOB_BYTES
from clipsaver.queue.entries import Carried, encode_carried
from clipsaver.queue.operating.dead_letters.letter import DeadLetter, Death, parse_letter
from clipsaver.queue.policy import Failure
from clipsaver.tui.sources.simulated.state import Run


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter, and what the database knows of its run."""

    letter: DeadLetter
    run: Run
    is_superseded: bool = False
    """A later run has read its channel to the end."""


def letter_of(
    run: Run,
    failure: Failure,
    letter_id: str,
    *,
    stage: str,
    is_superseded: bool = False,
    fields: Mapping[bytes, bytes] | None = None,
) -> Letter:
    """The letter of a run that dies of the failure. `fields` are the producer's own."""
    cut = run.job[:KEPT_OF_LARGE_JOB] if len(run.job) > MAX_JOB_BYTES else run.job
    said = {
        b"dead": msgspec.json.encode(_death(run, failure, stage)),
        b"cs": encode_carried(carried_of(run)),
        b"job": cut,
    }
    letter = parse_letter(letter_id, {**(fields or {}), **said})
    return Letter(letter, run, is_superseded)


def carried_of(run: Run) -> Carried:
    """What the run's entry carries with it."""
    return Carried(
        run=run.run_id,
        attempts=run.attempts,
        waits=run.waits,
        first_at=run.first_ms,
        hosts=run.hosts,
        reason=run.reason,
        error=run.error[:300],
        retry_of=run.retry_of,
        retries=run.retries,
    )


def _death(run: Run, failure: Failure, stage: str) -> Death:
    return Death(
        reason=failure.reason,
        cause=failure.cause,
        error=failure.error,
        path=failure.path,
        fingerprint=failure.fingerprint,
        attempts=run.attempts + 1,
        waits=run.waits,
        deliveries=run.deliveries,
        hosts=run.hosts,
        worker=run.holder,
        stage=stage,
        entry=run.entry_id,
        run=run.run_id,
        first_at=run.first_ms,
        job_bytes=len(run.job),
        job_sha256=hashlib.sha256(run.job).hexdigest(),
    )
