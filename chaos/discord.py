"""The simulated Discord of a run, without limits, in a process of its own.

    python -m chaos.discord SEED GUILDS NOW

Prints one line of JSON, serves, and ends when standard input is closed.
"""

from __future__ import annotations

import json
import sys

import trio

from chaos.work import Recipe
from clipsaver.simulator import Fault, open_simulator

_LATENCY_S, _JITTER_S = 0.01, 0.1
"""So that many jobs are in the middle of something at any moment."""


async def serve(recipe: Recipe) -> None:
    """Serves until the parent ends."""
    async with open_simulator(recipe.world()) as simulator:
        simulator.faults.always("*", Fault.latency(_LATENCY_S, _JITTER_S))
        facts = {"api_url": simulator.api_url, "token": simulator.token}
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()
        await trio.to_thread.run_sync(sys.stdin.read)


if __name__ == "__main__":
    trio.run(serve, Recipe(*map(int, sys.argv[1:4])))
