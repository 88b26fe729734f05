"""What operators have ordered workers to do: take no new jobs for a while, or end when idle.

An order is for the worker of one name and stays until it is taken back or that worker leaves. The
worker keeps it from expiring, so orders to those that are gone go by themselves.
"""

from __future__ import annotations

import enum

from clipsaver.queue.link import Consumer

EXPIRES_MS = 24 * 3_600_000


class Order(enum.StrEnum):
    """What a worker may be ordered to do."""

    PAUSE = "pause"
    """Take no new jobs; those that it has go on."""
    DRAIN = "drain"
    """The same, and end when they are over."""


async def read_order(me: Consumer) -> Order | None:
    """The order in force; None where there is none, or one that this version does not know."""
    said = await me.link.command("HGET", me.names.control, me.name)
    if said is None:
        return None
    await me.link.command("PEXPIRE", me.names.control, EXPIRES_MS)
    text = said.decode("utf-8", "replace")
    return Order(text) if text in list(Order) else None


async def forget_order(me: Consumer) -> None:
    """At the end of a worker: the next one of its name begins without an order."""
    await me.link.command("HDEL", me.names.control, me.name)
