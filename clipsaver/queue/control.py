"""What operators have ordered workers to do: take no new jobs for a while, or end when idle.

An order is for the worker of one name and stays until it is taken back or that worker leaves. The
worker keeps it from expiring, so orders to those that are gone go by themselves. A question for the
tree of its tasks stands beside it, and goes with the answer.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from clipsaver.queue.link import Consumer
from clipsaver.redis_calls.scripts import Value

EXPIRES_MS = 24 * 3_600_000
_TREE_KEPT_MS = 5 * 60_000


class Order(enum.StrEnum):
    """What a worker may be ordered to do."""

    PAUSE = "pause"
    """Take no new jobs; those that it has go on."""
    DRAIN = "drain"
    """The same, and end when they are over."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of one worker now."""

    order: Order | None
    """None where there is none, or one that this version does not know."""
    wants_tree: bool
    """Whether somebody asks what its tasks are."""


def tree_field(worker: str) -> str:
    """Of the hash of orders: the question to this worker."""
    return f"tree of {worker}"


async def read_asked(me: Consumer) -> Asked:
    """What is in force."""
    said, asked = await me.link.command("HMGET", me.names.control, me.name, tree_field(me.name))
    if said is None:
        return Asked(None, asked is not None)
    await me.link.command("PEXPIRE", me.names.control, EXPIRES_MS)
    text = said.decode("utf-8", "replace")
    return Asked(Order(text) if text in list(Order) else None, asked is not None)


async def read_order(me: Consumer) -> Order | None:
    """The order in force; None where there is none, or one that this version does not know."""
    return (await read_asked(me)).order


async def show_tree(me: Consumer, lines: Sequence[str]) -> None:
    """Answers who asked what the tasks are; the answer stays for some minutes."""
    keys = [me.names.control, me.names.tree(me.name)]
    arguments: list[Value] = [tree_field(me.name), _TREE_KEPT_MS, msgspec.json.encode(list(lines))]
    await me.link.run("tree", keys, arguments)


async def forget_order(me: Consumer) -> None:
    """At the end of a worker: the next one of its name begins without an order."""
    await me.link.command("HDEL", me.names.control, me.name, tree_field(me.name))
