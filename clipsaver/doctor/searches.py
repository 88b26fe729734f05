"""Asks Discord whether the bot may search its guilds: one hit of each, in one request.

Apart from the preflight and after it, since a scan works without the search as well: nothing that
is met here ends the examination.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import trio

from clipsaver.discord_rest.client import DiscordClient
from clipsaver.discord_rest.search import SearchQuery
from clipsaver.doctor.facts import Search, SearchLook
from clipsaver.errors import DiscordError, SearchDenied, SearchNotReady

AT_ONCE = 4
"""Guilds that are asked about at the same time."""
_QUERY = SearchQuery(has=("video",))


@dataclass(slots=True)
class Searches:
    """One look at the search of each guild; `found` is as far as it has come."""

    discord: DiscordClient
    """Does not wait for an index (`Policy.awaits_index`): that it is built is told."""
    found: dict[int, SearchLook] = field(default_factory=dict)

    async def run(self, guild_ids: Iterable[int]) -> None:
        """Looks at all of them; what Discord refuses of one is what is found there."""
        left = iter(guild_ids)

        async def look_at_some() -> None:
            for guild_id in left:
                self.found[guild_id] = await self._look(guild_id)

        async with trio.open_nursery() as nursery:
            for _ in range(AT_ONCE):
                nursery.start_soon(look_at_some)

    async def _look(self, guild_id: int) -> SearchLook:
        try:
            page = await self.discord.search.page(guild_id, _QUERY, limit=1)
        except SearchDenied as error:
            return SearchLook(Search.DENIED, error.words)
        except SearchNotReady as error:
            return SearchLook(Search.NOT_INDEXED, error.words)
        except DiscordError as error:
            return SearchLook(Search.UNKNOWN, str(error))
        return SearchLook(Search.WORKS if page.is_index_complete else Search.INCOMPLETE)
