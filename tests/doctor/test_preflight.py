"""What the bot may read, asked of a Discord that says so by permissions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from clipsaver.discord_rest.client import open_client
from clipsaver.discord_rest.flow import Policy
from clipsaver.discord_rest.intent import Intent
from clipsaver.doctor.facts import DiscordFacts
from clipsaver.doctor.preflight import ClockReading, Preflight
from clipsaver.errors import DiscordUnavailable, TokenRejected
from clipsaver.simulator import Access, ChannelType, Fault, Simulator, World, open_simulator
from clipsaver.trio_io.http import H11Transport
from tests.permits import AtOnce


@dataclass
class Look:
    """One preflight beside the Discord that it looks at."""

    simulator: Simulator
    preflight: Preflight
    transport: ClockReading

    async def facts(self) -> DiscordFacts:
        with trio.fail_after(20):
            await self.preflight.run()
        return self.preflight.facts


@asynccontextmanager
async def a_look(world: World, clock: Callable[[], float] | None = None) -> AsyncIterator[Look]:
    options = {} if clock is None else {"wall_clock": clock}
    transport = ClockReading(H11Transport(max_connections=4))
    async with (
        open_simulator(world, **options) as simulator,
        open_client(
            simulator.token,
            api_url=simulator.api_url,
            permits=AtOnce(),
            request_timeout_s=5,
            transport=transport,
            policy=Policy(attempts=2, backoff_s=0.01),
        ) as discord,
    ):
        facts = DiscordFacts(simulator.api_url)
        yield Look(simulator, Preflight(discord, facts, now=1.7e9), transport)


def a_world(guilds: int = 2) -> World:
    return World.generate(seed=3, guilds=guilds, channels=8, messages=1, thread_messages=2)


async def test_it_finds_just_what_can_be_read() -> None:
    """Of all that is shown: every channel of every kind, and every active thread."""
    world = a_world()
    accesses = [Access.FULL, Access.NO_HISTORY, Access.NO_VIEW, Access.FULL]
    rooms = [one for one in world.channels.values() if not one.type.is_thread]
    for number, channel in enumerate(rooms):
        world.set_access(channel.channel_id, accesses[number % 4])
    voice = next(one for one in rooms if one.type is ChannelType.VOICE)
    world.set_access(voice.channel_id, Access.NO_CONNECT)
    async with a_look(world) as look:
        facts = await look.facts()
        assert facts.error is None
        assert [guild.guild_id for guild in facts.guilds] == sorted(world.guilds)
        seen = {one.channel_id: one for guild in facts.guilds for one in guild.channels}
        for channel in world.channels.values():
            access = world.access(channel)
            is_listed = channel.type is not ChannelType.CATEGORY and channel.archived_ms is None
            assert (channel.channel_id in seen) is (is_listed and access is not Access.NO_VIEW)
            if channel.channel_id in seen:
                missing = {
                    Access.FULL: (),
                    Access.NO_HISTORY: ("Read Message History",),
                    Access.NO_CONNECT: ("Connect",),
                }[access]
                assert seen[channel.channel_id].missing == missing
        # Nothing was asked for only to be refused.
        answers = look.simulator.statistics().by_route.values()
        assert {status for route in answers for status in route} == {200}
        assert sum(sum(route.values()) for route in answers) == 3 + 4 * len(world.guilds)


async def test_who_the_bot_is_and_whether_it_has_the_intent() -> None:
    world = a_world(guilds=1)
    async with a_look(world) as look:
        bot = (await look.facts()).bot
        assert bot is not None
        assert (bot.user_id, bot.name) == (world.bot["id"], "Simulated Bot")
        assert bot.intent is Intent.LIMITED
        world.set_content_intent(granted=False)
        bot = (await look.facts()).bot
        assert bot is not None
        assert bot.intent is Intent.MISSING


async def test_without_manage_threads_some_are_hidden() -> None:
    world = a_world(guilds=1)
    for may in (True, False):
        world.manage_threads = may
        async with a_look(world) as look:
            (guild,) = (await look.facts()).guilds
            hiding = {one.type for one in guild.channels if one.hides_private_threads}
            assert hiding == (set() if may else {ChannelType.TEXT})


async def test_a_rejected_token_ends_it() -> None:
    world = a_world(guilds=1)
    world.revoke()
    async with a_look(world) as look:
        facts = await look.facts()
        assert isinstance(facts.error, TokenRejected)
        assert facts.bot is None


async def test_a_guild_that_is_refused_costs_only_itself() -> None:
    world = a_world()
    first, second = sorted(world.guilds)
    async with a_look(world) as look:
        look.simulator.faults.always(f"GET /guilds/{first}", Fault.status(403, 50001))
        facts = await look.facts()
        assert facts.error is None
        assert [(one.guild_id, bool(one.error)) for one in facts.guilds] == [
            (first, True),
            (second, False),
        ]


async def test_what_was_seen_before_discord_went_away_is_kept() -> None:
    world = a_world(guilds=6)
    last = max(world.guilds)
    async with a_look(world) as look:
        look.simulator.faults.always(f"GET /guilds/{last}/**", Fault.status(503))
        facts = await look.facts()
        assert isinstance(facts.error, DiscordUnavailable)
        assert facts.bot is not None
        assert last not in {guild.guild_id for guild in facts.guilds}
        assert len(facts.guilds) + facts.not_looked_at == 6


async def test_the_answers_tell_how_our_clock_stands() -> None:
    import time

    for ahead in (0.0, 30.0, -30.0):
        async with a_look(a_world(guilds=1), lambda: time.time() + ahead) as look:  # noqa: B023
            await look.facts()
            assert look.transport.offset is not None
            assert look.transport.offset.low <= ahead <= look.transport.offset.high
            assert abs(look.transport.offset.seconds - ahead) < 3
