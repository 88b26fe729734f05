"""What is in hand when the stream is lost: evicted, flushed or deleted under the workers."""

from __future__ import annotations

from collections.abc import Sequence

from clipsaver.queue.entries import Entry, encode_carried
from clipsaver.queue.link import Consumer
from clipsaver.redis_calls.scripts import Value

Delivery = tuple[Entry, int | None]
"""An entry and its fence; None where its delivery has not begun."""


async def restore(me: Consumer, deliveries: Sequence[Delivery]) -> list[Entry]:
    """Put back those whose entry is nowhere any more, under their run ids; returns which.

    Call it for deliveries that were lost: mostly another worker has them, and nothing is changed.
    A run that is on the stream twice after all is done once: its fence and its row see to that.
    Makes the stream and its group where they are missing. May be repeated.
    """
    if not deliveries:
        return []
    names = me.names
    keys: list[Value] = [names.stream, names.events]
    arguments: list[Value] = [names.group, me.name]
    for entry, fence in deliveries:
        keys.append(names.job(entry.run_id))
        arguments += [entry.entry_id, "" if fence is None else fence, entry.run_id]
        arguments += [encode_carried(entry.carried), entry.job or b""]
    restored = await me.link.run("restore", keys, arguments)
    return [deliveries[int(position) - 1][0] for position in restored]
