"""What is in hand when the stream is lost: evicted, flushed or deleted under the workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clipsaver.queue.entries import Entry, encode_carried
from clipsaver.queue.link import Consumer
from clipsaver.redis_calls.scripts import Value

Delivery = tuple[Entry, int | None]
"""An entry and its fence; None where its delivery has not begun."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What there was to restore."""

    entries: tuple[Entry, ...] = ()
    """Those that were put back."""
    deleted: tuple[str, ...] = ()
    """Ids of entries whose body somebody deleted from the stream: they stay so."""
    is_made_anew: bool = False
    """The stream or its group was missing."""


async def restore(me: Consumer, deliveries: Sequence[Delivery]) -> Restored:
    """Put back those whose entry is nowhere any more, under their run ids.

    Call it for deliveries that were lost: mostly another worker has them, and nothing is changed.
    A run that is on the stream twice after all is done once: its fence and its row see to that.
    Makes the stream and its group where they are missing. May be repeated.
    """
    if not deliveries:
        return Restored()
    names = me.names
    keys: list[Value] = [names.stream, names.events]
    arguments: list[Value] = [names.group, me.name]
    for entry, fence in deliveries:
        keys.append(names.job(entry.run_id))
        arguments += [entry.entry_id, "" if fence is None else fence, entry.run_id]
        arguments += [encode_carried(entry.carried), entry.job or b""]
    positions, deleted, made = await me.link.run("restore", keys, arguments)
    entries = [entry for entry, _ in deliveries]
    return Restored(
        tuple(entries[int(position) - 1] for position in positions),
        tuple(entries[int(position) - 1].entry_id for position in deleted),
        made == b"1",
    )
