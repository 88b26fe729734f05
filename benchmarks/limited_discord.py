"""A simulator that enforces limits, in a process of its own, until standard input is closed.

python -m benchmarks.limited_discord '{"channels": 60, "messages": 8000, "jitter_s": 0.02, ...}'

Prints what it is, then, for each line on standard input, what it has let through and refused since
the last one. Latency comes before the counting, as it does on the way to Discord.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import trio

from clipsaver.simulator import Fault, Limits, Rate, Simulator, World, open_simulator
from clipsaver.simulator.api.answers import Request
from clipsaver.simulator.traffic.limits import Allowed, LimitBook, Limited

PAGES = "GET /channels/{}/messages"
SEARCH = "GET /guilds/{}/messages/search"


@dataclass(frozen=True)
class Wishes:
    """What is to be served."""

    channels: int
    messages: int
    jitter_s: float = 0.0
    """Up to this much latency, evenly spread."""
    per_channel: tuple[int, float] | None = None
    """So many requests in so many seconds."""
    hidden: bool = False
    clip_share: float = 0.01
    seed: int = 7


class Recorded(LimitBook):
    """Limits that remember when they let a request through, and when not."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.is_on = False
        self.granted: list[float] = []
        self.refused: list[tuple[float, str]] = []
        self.pages: list[float] = []
        self.searches: list[float] = []

    def told(self, now: float) -> dict[str, object]:
        """What there is to tell since it was told last."""
        told = {
            "granted": self.granted,
            "refused": self.refused,
            "pages": self.pages,
            "searches": self.searches,
            "now": now,
        }
        self.granted, self.refused, self.pages, self.searches = [], [], [], []
        return told

    def admit(self, now: float, token: str, route: str, major: str) -> Allowed | Limited | None:
        """As the limits do, once they are on."""
        if not self.is_on:
            return None
        verdict = super().admit(now, token, route, major)
        if isinstance(verdict, Limited):
            self.refused.append((now, verdict.scope))
        else:
            self.granted.append(now)
            if route == PAGES:
                self.pages.append(now)
            elif route == SEARCH:
                self.searches.append(now)
        return verdict


async def main(wishes: Wishes) -> None:
    """Serves until its parent ends."""
    world = World.generate(
        seed=wishes.seed, channels=wishes.channels, messages=wishes.messages,
        clip_share=wishes.clip_share, simple=True,
    )  # fmt: skip
    channels = [channel.channel_id for channel in world.readable_channels()]
    rate = Rate(*wishes.per_channel) if wishes.per_channel else None
    book = Recorded(Limits(per_route=rate, hidden=wishes.hidden))
    async with open_simulator(world, limits=book, pages_limit_bytes=2 << 30) as simulator:
        render(simulator, channels, wishes.messages)
        book.is_on = True
        if wishes.jitter_s:
            simulator.faults.always("*", Fault.latency(0.0, wishes.jitter_s))
        say(
            api_url=simulator.api_url,
            token=simulator.token,
            guild=str(world.readable_channels()[0].guild_id),
            channels=[str(channel) for channel in channels],
        )
        while await trio.to_thread.run_sync(sys.stdin.readline):
            say(**book.told(trio.current_time()))


def render(simulator: Simulator, channels: list[int], messages: int) -> None:
    """All pages, so that no answer waits for another one's making."""
    for channel in channels:
        before = ""
        for _ in range(messages // 100):
            request = Request(
                "GET", f"/api/v10/channels/{channel}/messages", f"limit=100{before}",
                {"authorization": f"Bot {simulator.token}"}, b"",
            )  # fmt: skip
            answer = simulator.discord.answer(request, now=0.0, monotonic=0.0, fault=None)
            before = f"&before={json.loads(answer.body)[-1]['id']}"


def say(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    trio.run(main, Wishes(**json.loads(sys.argv[1])))
