"""What a handler knows: the world, the request, who asks and when."""

from __future__ import annotations

from dataclasses import dataclass

from clipsaver.simulator.api import answers
from clipsaver.simulator.api.answers import Request
from clipsaver.simulator.api.pages import PageShelf
from clipsaver.simulator.traffic.faults import Fault
from clipsaver.simulator.world.channels import Access, Channel, Guild
from clipsaver.simulator.world.world import Token, World


@dataclass(frozen=True, slots=True)
class Call:
    """One authorized request to the API."""

    world: World
    shelf: PageShelf
    request: Request
    ids: tuple[str, ...]
    token: Token
    now: float
    """Unix seconds."""
    gzip: bool = False
    """Whether the answer may be compressed."""
    fault: Fault | None = None
    """What goes wrong with the content of the answer."""

    def channel(self) -> Channel:
        """The channel of the path, if the bot can see it."""
        channel = self.world.channels.get(_id(self.ids[0], "channel_id"))
        if channel is None:
            raise answers.unknown_channel()
        access = self.world.access(channel)
        if access is Access.DELETED:
            raise answers.unknown_channel()
        if access is Access.NO_VIEW:
            raise answers.missing_access()
        return channel

    def guild(self) -> Guild:
        """The guild of the path, if the bot is in it."""
        guild = self.world.guilds.get(_id(self.ids[0], "guild_id"))
        if guild is None:
            raise answers.unknown_guild()
        return guild

    def message_id(self) -> int:
        """The second id of the path."""
        return self.second_id("message_id")

    def second_id(self, name: str) -> int:
        """The second id of the path, by the name that its refusal gives it."""
        return _id(self.ids[1], name)


def _id(text: str, name: str) -> int:
    value = answers.snowflake_parameter({name: text}, name)
    assert value is not None
    return value
