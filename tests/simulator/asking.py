"""Asks a simulated Discord without a socket and without a loop."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from clipsaver.simulator import Faults, World
from clipsaver.simulator.api.answers import Request
from clipsaver.simulator.api.discord import Discord
from clipsaver.simulator.api.pages import PageShelf

NOW = 1_790_000_000.0


class Asking:
    """A world and its answers, at a time that is given."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.guild_id = next(iter(world.guilds))
        self._discord = Discord(world, PageShelf(1 << 20), Faults())

    def get(self, path: str, *, now: float = NOW, **query: Any) -> tuple[int, Any]:
        """The status and the body; a parameter that is a list is given several times."""
        headers = {"authorization": f"Bot {self.world.token}"}
        request = Request("GET", f"/api/v10{path}", urlencode(query, doseq=True), headers)
        answer = self._discord.answer(request, now=now, monotonic=now)
        return answer.status, json.loads(answer.body)

    def search(self, *, now: float = NOW, **query: Any) -> tuple[int, Any]:
        """A page of the guild's search."""
        return self.get(f"/guilds/{self.guild_id}/messages/search", now=now, **query)

    def found(self, *, now: float = NOW, **query: Any) -> list[dict[str, Any]]:
        """All hits of a search, page by page."""
        hits: list[dict[str, Any]] = []
        while True:
            status, page = self.search(now=now, offset=len(hits), **query)
            assert status == 200, page
            if not page["messages"]:
                return hits
            hits += [message for (message,) in page["messages"]]

    def found_ids(self, *, now: float = NOW, **query: Any) -> list[int]:
        """Their ids."""
        return [int(message["id"]) for message in self.found(now=now, **query)]

    def written(self, *, now: float = NOW) -> list[dict[str, Any]]:
        """Every message that the bot may read, newest first."""
        links = self.world.links(now)
        messages = [
            self.world.histories[channel.channel_id].read(place, links).json
            for channel in self.world.readable_channels(self.guild_id)
            for place in self.world.histories[channel.channel_id].places()
        ]
        return sorted(messages, key=lambda message: int(message["id"]), reverse=True)
