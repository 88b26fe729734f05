"""Carrying out an outcome: each is one script that acknowledges, removes and moves in one step."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from clipsaver.jobs import KEPT_OF_LARGE_JOB, MAX_JOB_BYTES
from clipsaver.queue.entries import Carried, encode_carried, with_host
from clipsaver.queue.lease import Lease
from clipsaver.queue.link import Consumer
from clipsaver.queue.policy import (
    Cancelled,
    Dead,
    Done,
    Failure,
    HandBack,
    Retry,
    Settled,
    Slice,
    Wait,
)
from clipsaver.queue.progress import Report, facts
from clipsaver.redis_calls.scripts import Value
from clipsaver.redis_calls.unavailable import GroupMissing


class Verdict(enum.Enum):
    """What the server said to an outcome."""

    SETTLED = "held"
    ALREADY = "already"
    """It was settled by an earlier call of this delivery, whose answer got lost."""
    LOST = "lost"
    """Another consumer or a later delivery holds the run; nothing was changed."""
    GONE = "gone"
    """Somebody deleted the entry from the stream, so there was nothing to move."""


async def settle(
    me: Consumer,
    lease: Lease,
    outcome: Settled,
    *,
    stage: str = "",
    last: Report | None = None,
    about: Mapping[str, object] | None = None,
) -> Verdict:
    """Carry out the outcome of a delivery; may be repeated when the answer got lost.

    `stage` says how far the job had come, for dead letters. `last` is what of its progress nobody
    was told yet. `about` is what the event says of the job, beside the outcome. Raises
    RedisUnavailable: the outcome may or may not have happened.
    """
    settlement = _Settlement(me, lease, stage, [] if last is None else facts(last), about or {})
    try:
        match outcome:
            case Done(joined, note):
                reply = await settlement.finish("done", joined=joined, note=note)
            case Cancelled(note):
                reply = await settlement.finish("cancelled", note=note)
            case Retry(delay_s, failure):
                reply = await settlement.retry(delay_s, failure)
            case Wait(delay_s, why, of):
                reply = await settlement.wait(delay_s, why, of)
            case Slice(left_pages):
                reply = await settlement.slice(left_pages)
            case Dead(failure):
                reply = await settlement.bury(failure)
            case HandBack():
                reply = await settlement.hand_back()
    except GroupMissing:
        return Verdict.LOST
    return Verdict(reply.decode())


class _Settlement:
    """The scripts' keys and arguments, of which most are the same for all."""

    def __init__(
        self,
        me: Consumer,
        lease: Lease,
        stage: str,
        last: list[Value],
        about: Mapping[str, object],
    ) -> None:
        self._me = me
        self._lease = lease
        self._stage = stage
        self._last = last
        self._about = about
        self._carried = lease.entry.carried

    async def run(
        self,
        name: str,
        destination: list[Value],
        detail: Mapping[str, object],
        arguments: list[Value],
    ) -> Any:
        me, lease, names = self._me, self._lease, self._me.names
        keys: list[Value] = [names.stream, names.job(lease.run_id), names.events, *destination]
        if lease.channel_id is not None:
            keys.append(names.lock(lease.channel_id))
        held: list[Value] = [names.group, me.name, lease.entry.entry_id, lease.fence, lease.run_id]
        told = msgspec.json.encode({**self._about, **detail})
        return await me.link.run(name, keys, [*held, told, *arguments])

    async def finish(self, state: str, **facts: str | None) -> Any:
        told = {name: fact for name, fact in facts.items() if fact}
        pairs: list[Value] = [word for pair in told.items() for word in pair]
        return await self.run("finish", [], told, [state, *self._last, *pairs])

    async def retry(self, delay_s: float, failure: Failure) -> Any:
        carried = msgspec.structs.replace(
            self._after(failure), attempts=self._lease.attempts + 1, left_pages=0, waits=0
        )
        detail = {
            "reason": failure.reason,
            "error": failure.error,
            "attempts": carried.attempts,
            "delay_s": round(delay_s, 3),
        }
        return await self._delay("retry", delay_s, carried, detail, _shown(failure))

    async def wait(self, delay_s: float, why: str, of: str) -> Any:
        carried = msgspec.structs.replace(
            self._carried,
            attempts=self._lease.attempts,
            left_pages=0,
            waits=1 if self._lease.progressed else self._carried.waits + 1,
        )
        detail = {"why": why, "of": of, "delay_s": round(delay_s, 3)}
        shown: list[Value] = ["waits_for", why, "waits_of", of]
        return await self._delay("wait", delay_s, carried, detail, shown)

    async def slice(self, left_pages: int) -> Any:
        carried = msgspec.structs.replace(
            self._carried, attempts=self._lease.attempts, left_pages=left_pages, waits=0
        )
        return await self.run("requeue", [], {}, [encode_carried(carried), *self._last])

    async def hand_back(self) -> Any:
        names = self._me.names
        return await self.run("hand_back", [names.line, names.live, names.turns], {}, self._last)

    async def bury(self, failure: Failure) -> Any:
        carried = self._after(failure)
        obituary = self._obituary(failure)
        detail = {"reason": failure.reason, "error": failure.error}
        limits: list[Value] = [MAX_JOB_BYTES, KEPT_OF_LARGE_JOB]
        arguments = [encode_carried(carried), msgspec.json.encode(obituary), *limits]
        arguments += [*self._last, *_shown(failure)]
        return await self.run("bury", [self._me.names.dead], detail, arguments)

    async def _delay(
        self,
        event: str,
        delay_s: float,
        carried: Carried,
        detail: Mapping[str, object],
        shown: list[Value],
    ) -> Any:
        delay_ms = max(0, round(delay_s * 1000))
        arguments: list[Value] = [event, encode_carried(carried), delay_ms, *self._last, *shown]
        return await self.run("delay", [self._me.names.delayed], detail, arguments)

    def _after(self, failure: Failure) -> Carried:
        """What the entry carries after this failure."""
        return msgspec.structs.replace(
            self._carried,
            hosts=with_host(self._carried, self._me.host),
            reason=failure.cause or failure.reason,
            error=failure.error[:300],
        )

    def _obituary(self, failure: Failure) -> dict[str, object]:
        """All that is known of a death; a dead letter's own id is its time."""
        lease, job = self._lease, self._lease.entry.job or b""
        return {
            "reason": failure.reason,
            "cause": failure.cause,
            "error": failure.error,
            "path": failure.path,
            "fingerprint": failure.fingerprint,
            "attempts": lease.attempts + 1,
            "waits": self._carried.waits,
            "deliveries": lease.deliveries,
            "hosts": with_host(self._carried, self._me.host),
            "worker": self._me.name,
            "stage": self._stage,
            "entry": lease.entry.entry_id,
            "run": lease.run_id,
            "first_at": self._carried.first_at,
            "job_bytes": len(job),
            "job_sha256": hashlib.sha256(job).hexdigest(),
        }


def _shown(failure: Failure) -> list[Value]:
    """What of a failure the run's hash shows."""
    return ["reason", failure.reason, "error", failure.error]
