"""A stream that was lost under the workers: said, and what is in hand put back on it."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
import trio

from clipsaver.outage import tell
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.restore import Delivery, restore

_log = structlog.get_logger()

_QUIET_S = 10.0
"""Several tasks notice the same loss, each at its next command."""


class StreamLoss:
    """Says once for each loss that the stream is gone."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._said_at = float("-inf")

    def noticed(self) -> None:
        """Some command found the stream, its group or an entry in hand missing."""
        now = trio.current_time()
        if now - self._said_at >= _QUIET_S:
            tell(
                _log.error,
                "stream_lost",
                stream=self._link.names.stream,
                server=self._link.server,
                hint="the stream or its group was deleted, flushed or evicted; jobs that no "
                "worker had taken are gone with it: push them again, and see that Redis has "
                "maxmemory-policy noeviction and appendonly yes",
            )
        self._said_at = now


async def restore_lost(me: Consumer, deliveries: Sequence[Delivery]) -> Sequence[str]:
    """Puts back on the stream what is nowhere any more, of deliveries that were lost.

    Returns the ids of entries that somebody deleted from it: `tell_deleted` says so.
    """
    restored = await restore(me, deliveries)
    if restored.is_made_anew:
        me.on_stream_lost()
    if runs := [one.run_id for one in restored.entries]:
        _log.warning("jobs_restored", jobs=len(runs), runs=runs)
    return restored.deleted


def tell_deleted(entry_ids: Sequence[str]) -> None:
    """Says which entries in hand or pending somebody deleted."""
    for entry_id in entry_ids:
        _log.error(
            "entry_deleted",
            entry=entry_id,
            hint="somebody deleted it from the stream while it was pending: its work is lost",
        )
