"""Whether Discord can be reached at all, or whether only one request of it is bad.

A request that got no usable answer puts the question. One of all jobs' questions is asked: a light
request, sent once, and again with backoff until Discord answers. A request that fails although
Discord answers is to blame itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

import trio

from clipsaver.discord_rest.client import DiscordClient
from clipsaver.errors import DiscordError, DiscordUnavailable
from clipsaver.outage import Outage, delay_s

_BACKOFF_S = (0.5, 30.0)
"""The longest pause after the first question in vain, and of all."""


def is_away(answer: DiscordError | None) -> bool:
    """What the light question tells; a refusal or a limit is an answer, too. None = all is well."""
    return isinstance(answer, DiscordUnavailable)


@dataclass(slots=True)
class _Question:
    settled: trio.Event = field(default_factory=trio.Event)
    was_away: bool = False


class DiscordReach:
    """What the worker knows of Discord's reach; `run` is the service.

    `dice` gives the jitter of waits: numbers from 0 up to 1.
    """

    def __init__(self, discord: DiscordClient, dice: Callable[[], float]) -> None:
        self._discord = discord
        self._dice = dice
        self._outage = Outage("discord")
        self._question: _Question | None = None
        self._put = trio.Event()
        self._away = trio.Event()

    @property
    def is_away(self) -> bool:
        return self._outage.is_on

    @property
    def away_since(self) -> float | None:
        """Since when (Trio's clock); None = it answers."""
        return self._outage.since

    async def was_away(self) -> bool:
        """Returns once Discord answers; False where it does at once.

        Call it after a request that got no usable answer: True means that the request may be sent
        again and has not failed.
        """
        question = self._question = self._question or _Question()
        self._put.set()
        await question.settled.wait()
        return question.was_away

    async def until_away(self) -> None:
        """Returns while Discord is away."""
        await self._away.wait()

    async def run(
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> NoReturn:
        """Asks what was put, until cancelled."""
        task_status.started()
        while True:
            await self._put.wait()
            self._put = trio.Event()
            if (question := self._question) is not None:
                await self._settle(question)

    async def _settle(self, question: _Question) -> None:
        failures, (first_s, longest_s) = 0, _BACKOFF_S
        while is_away(answer := await self._ask()):
            assert answer is not None
            question.was_away = True
            self._outage.began(answer)
            self._away.set()
            await trio.sleep(delay_s(failures, self._dice(), first_s=first_s, longest_s=longest_s))
            failures += 1
        self._question = None
        if self._away.is_set():  # whoever waits for the next outage goes on waiting for it
            self._away = trio.Event()
        self._outage.ended()
        question.settled.set()

    async def _ask(self) -> DiscordError | None:
        try:
            await self._discord.me(once=True)
        except DiscordError as error:
            return error
        return None
