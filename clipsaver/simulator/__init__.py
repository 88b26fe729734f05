"""A Discord to try clipsaver against: REST, limits, faults, and a CDN with small real videos.

    world = World.generate(seed=1, channels=4, messages=500)
    async with open_simulator(world) as simulator:
        ...  # talk to simulator.api_url with simulator.token

It imports nothing else of clipsaver, so what it got wrong cannot agree with what clipsaver got
wrong. Source: Discord's documentation and OpenAPI description.
"""

from clipsaver.simulator.channels import Access, Channel, ChannelType
from clipsaver.simulator.faults import Fault, Faults
from clipsaver.simulator.limits import Limits, Rate
from clipsaver.simulator.planted import Planted
from clipsaver.simulator.server import Simulator, open_simulator, serve_simulator
from clipsaver.simulator.statistics import Statistics
from clipsaver.simulator.world import TOKEN, World

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
    "Simulator",
    "Statistics",
    "World",
    "open_simulator",
    "serve_simulator",
]
