"""`clipsaver simulate`: serve a Discord to try things against."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import TYPE_CHECKING

from clipsaver.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from clipsaver.simulator import Limits, SearchSettings, Simulator, World

_COUNTED_MESSAGES = 200_000
"""Up to so many messages are looked at to say how many clips they hold."""
_SHOWN_CHANNELS = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Serve a Discord to try things against, on this machine only."
    parser.epilog = (
        "The same seed and options give the same guilds, channels and messages, dated back from "
        "the start: a simulator that is started again has other ids."
    )
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (%(default)s)")
    parser.add_argument("--port", type=_port, default=8765, help="0 takes a free one (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="what all follows from (%(default)s)")
    parser.add_argument("--guilds", type=_positive, default=1, help="how many (%(default)s)")
    parser.add_argument(
        "--channels", type=_positive, default=8, help="channels per guild (%(default)s)"
    )
    parser.add_argument(
        "--messages", type=_count, default=500, help="messages per channel (%(default)s)"
    )
    parser.add_argument(
        "--clip-share", type=_share, default=0.2, help="messages with clips, 0 to 1 (%(default)s)"
    )
    parser.add_argument(
        "--simple",
        action="store_true",
        help="text channels with talk and plain attachments only, no threads",
    )
    parser.add_argument(
        "--limits",
        choices=("none", "visible", "hidden"),
        default="visible",
        help="rate limits: as the headers say, or known only from 429s (%(default)s); those of "
        "search, 20 a second, are a guess",
    )
    parser.add_argument(
        "--search",
        choices=("well", "odd", "off"),
        default="well",
        help="guild search: finds all, is late and misses some, or is refused (%(default)s)",
    )
    parser.add_argument(
        "--latency-ms", type=_count, default=0, help="added to every answer (%(default)s)"
    )
    parser.add_argument(
        "--jitter-ms", type=_count, default=0, help="up to this much more (%(default)s)"
    )
    parser.add_argument(
        "--link-lifetime-s", type=_positive, default=86_400, help="of signed links (%(default)s)"
    )
    parser.add_argument("--compress", action="store_true", help="gzip for who accepts it")


def run(arguments: argparse.Namespace) -> int:
    import trio

    from clipsaver.simulator import World

    world = World.generate(
        arguments.seed,
        guilds=arguments.guilds,
        channels=arguments.channels,
        messages=arguments.messages,
        clip_share=arguments.clip_share,
        simple=arguments.simple,
        link_lifetime_s=arguments.link_lifetime_s,
    )
    world.search = _search(arguments.search)
    try:
        trio.run(_serve, world, arguments)
    except (OSError, ValueError) as error:
        address = f"{arguments.host}:{arguments.port}"
        raise UsageError(f"the simulator cannot listen on {address}: {error}") from error
    return ExitCode.INTERRUPTED


async def _serve(world: World, arguments: argparse.Namespace) -> None:
    import trio

    from clipsaver.simulator import Fault, Faults, open_simulator

    faults = Faults(arguments.seed)
    if arguments.latency_ms or arguments.jitter_ms:
        latency = Fault.latency(arguments.latency_ms / 1000, arguments.jitter_ms / 1000)
        faults.always("*", latency)
    async with open_simulator(
        world,
        host=arguments.host,
        port=arguments.port,
        limits=_limits(arguments.limits),
        faults=faults,
        compress=arguments.compress,
    ) as simulator:
        sys.stdout.write(_greeting(simulator))
        sys.stdout.flush()
        # A receiver of our own: a shell's background jobs start with SIGINT ignored.
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                return


def _limits(name: str) -> Limits | None:
    from clipsaver.simulator import Limits

    return {"none": None, "visible": Limits.visible(), "hidden": Limits.concealed()}[name]


def _search(name: str) -> SearchSettings:
    from clipsaver.simulator import SearchSettings

    if name == "off":
        return SearchSettings(refusal=50001)
    return SearchSettings.odd() if name == "odd" else SearchSettings()


def _greeting(simulator: Simulator) -> str:
    world = simulator.world
    channels = world.readable_channels()
    lines = [
        f"api_url  {simulator.api_url}",
        f"token    {simulator.token}",
    ]
    for guild in world.guilds.values():
        lines.append(f"guild    {guild.guild_id}  {guild.name}")
        lines += [
            f"channel  {channel.channel_id}  {channel.name}"
            for channel in channels
            if channel.guild_id == guild.guild_id
        ][:_SHOWN_CHANNELS]
    messages = sum(len(world.histories[channel.channel_id]) for channel in channels)
    lines += [
        f"channels {len(channels)}, {messages:,} messages, {_clips(world, messages)}",
        f"truth    {simulator.base_url}/simulator/planted?channel_id=...",
        f'a post   curl {simulator.base_url}/simulator/messages -d \'{{"channel_id": "..."}}\'',
        "",
        "To put into config.toml:",
        "",
        "[discord]",
        f'token = "{simulator.token}"',
        f'api_url = "{simulator.api_url}"',
        f'media_hosts = ["{simulator.media_host}"]',
        "",
        "ctrl-c stops it.",
    ]
    return "".join(f"{line}\n" for line in lines)


def _clips(world: World, messages: int) -> str:
    if messages > _COUNTED_MESSAGES:
        return "too many to count their clips here"
    by_default = embedded = 0
    for channel in world.readable_channels():
        for planted in world.iter_planted(channel.channel_id):
            by_default += planted.by_default
            embedded += not planted.by_default
    more = f" (and {embedded:,} in embeds, which are off by default)" if embedded else ""
    return f"{by_default:,} clips{more}"


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return value


def _positive(text: str) -> int:
    value = _count(text)
    if value == 0:
        raise argparse.ArgumentTypeError("0 is too few")
    return value


def _port(text: str) -> int:
    value = _count(text)
    if value > 65_535:
        raise argparse.ArgumentTypeError(f"{text} is above 65535")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value
