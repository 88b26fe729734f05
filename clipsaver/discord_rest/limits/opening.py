"""The limits of a token, opened: their conversation with Redis goes on while the block lasts."""

from __future__ import annotations

import random
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import trio

from clipsaver.discord_rest.limits.conversation import Conversation
from clipsaver.discord_rest.limits.lua import token_hash
from clipsaver.discord_rest.limits.shared import SharedLimits
from clipsaver.redis_calls.scripts import RedisCommands

PULSE_S = 3.0
"""How often permits on their way are renewed, and the token's state is asked for."""


@asynccontextmanager
async def open_limits(
    redis: RedisCommands,
    *,
    server: str,
    token: str,
    requests_per_second: float,
    egress: str,
    worker: str = "",
    dice: Callable[[], float] = random.random,
) -> AsyncIterator[SharedLimits]:
    """The limits of `token`, shared with all workers that use this Redis.

    `server` names Redis in errors; `egress` the address by which this process reaches Discord,
    for whose sake invalid answers are counted; `worker` a name by which people know this process.
    Nothing is said to Redis before the first request.
    """
    name = f"{worker or 'worker'}-{secrets.token_hex(3)}"
    conversation = Conversation(
        redis, server=server, token=token, rate=requests_per_second, egress=egress, worker=name,
        dice=dice,
    )  # fmt: skip
    limits = SharedLimits(conversation, name, token_hash(token))
    conversation.on_outcome = limits.heard
    alone: BaseException | None = None
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(conversation.talk)
            nursery.start_soon(conversation.listen, limits.woken)
            nursery.start_soon(_beat, limits)
            try:
                yield limits
            finally:
                nursery.cancel_scope.cancel()
                with trio.move_on_after(1, shield=True):
                    await conversation.say_the_rest()
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        alone = group.exceptions[0]
    if alone is not None:  # that there is a nursery in here is not the caller's business
        raise alone


async def _beat(limits: SharedLimits) -> None:
    while True:
        await trio.sleep(PULSE_S)
        await limits.pulse()
