"""A Discord to try clipsaver against: REST, limits, faults, and a CDN with small real videos.

    world = World.generate(seed=1, channels=4, messages=500)
    async with open_simulator(world) as simulator:
        ...  # talk to simulator.api_url with simulator.token

The rooms, from the top; each knows only what stands below it:

    serving   the only one with sockets: HTTP/1.1 on a loopback address
    api       decides the answer to every request
    world     what the answers are about: guilds, channels, what was posted
    traffic   limits, faults and counts; neither it nor the world knows the other
    writing   how a message comes to be, of each kind, and the truth about its clips
    files     the CDN's files and its signed links
    timeline, dice   ids as a function of time, and repeatable randomness

It imports nothing else of clipsaver, so what it got wrong cannot agree with what clipsaver got
wrong. Source: Discord's documentation and OpenAPI description.
"""

from clipsaver.simulator.serving.server import Simulator, open_simulator, serve_simulator
from clipsaver.simulator.traffic.faults import Fault, Faults
from clipsaver.simulator.traffic.limits import Limits, Rate
from clipsaver.simulator.traffic.statistics import Statistics
from clipsaver.simulator.world.channels import Access, Channel, ChannelType
from clipsaver.simulator.world.search import SearchSettings
from clipsaver.simulator.world.world import TOKEN, World
from clipsaver.simulator.writing.planted import Planted

__all__ = [
    "TOKEN",
    "Access",
    "Channel",
    "ChannelType",
    "Fault",
    "Faults",
    "Limits",
    "Planted",
    "Rate",
    "SearchSettings",
    "Simulator",
    "Statistics",
    "World",
    "open_simulator",
    "serve_simulator",
]
