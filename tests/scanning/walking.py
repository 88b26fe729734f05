"""A simulated guild that is walked through, while things happen in it."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trio

from clipsaver.database import Database
from clipsaver.discord_rest.client import DiscordClient, open_client
from clipsaver.scanning.enumeration import Enumeration
from clipsaver.scanning.guild_map import Found
from clipsaver.simulator import Channel, ChannelType, Faults, World, open_simulator
from clipsaver.simulator.api.discord import Discord
from tests.permits import AtOnce

NOW = 1_700_000_000.0


@dataclass(eq=False)
class Guild:
    """A guild that is walked through, and what happens in it before a request is answered."""

    world: World
    client: DiscordClient
    database: Database
    faults: Faults
    asked: list[str] = field(default_factory=list)
    before: Callable[[int, str], None] = lambda number, path: None
    """Told the number of a walk's request, from 0, and its path."""
    walk: Enumeration | None = None

    @property
    def guild_id(self) -> int:
        return next(iter(self.world.guilds))

    @property
    def threads(self) -> list[Channel]:
        return [one for one in self.world.channels.values() if one.type.is_thread]

    def one(self, kind: ChannelType, *, archived: bool | None = None) -> Channel:
        return next(
            one
            for one in self.world.channels.values()
            if one.type is kind and archived in (None, one.archived_ms is not None)
        )

    async def list(self, *, stop_after: int | None = None, now: float = NOW) -> Counter[int]:
        """Walks through it; how often each channel and thread was found."""
        found: Counter[int] = Counter()
        lists = itertools.count(1)

        async def take(some: Sequence[Found]) -> bool:
            found.update(one.channel.channel_id for one in some)
            return next(lists) == stop_after

        self.asked.clear()
        self.walk = await Enumeration.begin(
            self.client, self.database, self.guild_id, take, now=now
        )
        await self.walk.run()
        return found

    @property
    def everything(self) -> Counter[int]:
        """Each place that may be read, once."""
        return Counter(one.channel_id for one in self.world.readable_channels())

    @property
    def unreadable(self) -> set[str]:
        return {str(one) for one in self.walk.map.unreadable}

    async def rows(self, query: str) -> list[tuple]:
        async with self.database.connection() as connection:
            return await (await connection.execute(query)).fetchall()


@asynccontextmanager
async def open_guild(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Guild]:
    """The guild for the time of the block, which is bounded."""
    world = World.generate(seed=11, channels=7, messages=30, thread_messages=4)
    answer = Discord.answer

    def watched(self, request, **options):
        guild.asked.append(request.path.removeprefix("/api/v10"))
        guild.before(len(guild.asked) - 1, guild.asked[-1])
        return answer(self, request, **options)

    monkeypatch.setattr(Discord, "answer", watched)
    with trio.fail_after(30):
        async with (
            open_simulator(world) as simulator,
            open_client(
                simulator.token,
                api_url=simulator.api_url,
                permits=AtOnce(),
                request_timeout_s=5,
                dice=lambda: 0.0,
            ) as client,
        ):
            guild = Guild(world, client, database, simulator.faults)
            yield guild
