"""The search over a guild's messages: what Discord has indexed, without reading all of it.

    async for page in discord.search.pages(guild_id, SearchQuery(has=("video",))):
        for channel_id, messages in page.by_channel().items(): ...

It finds what there is, but does not prove that there is no more: Discord indexes late and not all.
Source: Discord's documentation, resource "Message", "Search Guild Messages".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlencode

from clipsaver.discord_rest import models, routes
from clipsaver.discord_rest.guild_listing import Run
from clipsaver.discord_rest.outcomes import ITS_WORDS
from clipsaver.discord_rest.search_paging import LAST_OFFSET, MOST_PER_PAGE, Place
from clipsaver.discord_rest.search_reading import read_search
from clipsaver.discord_rest.spared import OF_CHANNELS, OF_MESSAGES, tell_spared
from clipsaver.errors import AccessDenied, SearchDenied

MOST_CHANNELS = 500

_READ_ALL_THE_SAME = "its history can be read all the same, page by page"
_DENIED = {
    20001: "Discord does not let this bot search, and nobody here can change that",
    50001: "the bot may not search here: let an admin of the server give its role View Channel and "
    "Read Message History",
    50013: "the bot may not search here: let an admin of the server give its role Read Message "
    "History",
}
_DENIED_ELSE = (
    "Discord does not let the bot search here: let an admin of the server see to Read Message "
    "History, and the bot's owner to Message Content Intent"
)


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """One question. Of several values of one field, Discord does not say whether all must hold."""

    has: tuple[str, ...] = ()
    """`video`, `snapshot` (forwards) and others; `-video` is without."""
    extensions: tuple[str, ...] = ()
    """Of attachments: `mp4`."""
    embed_types: tuple[str, ...] = ()
    channel_ids: tuple[int, ...] = ()
    """Empty = the whole guild; at most 500."""
    min_id: int | None = None
    """Messages after it."""
    max_id: int | None = None
    """Messages before it."""
    include_nsfw: bool = True
    """Without it, Discord leaves out age-restricted channels and does not say so."""

    def text(self, *, offset: int = 0, limit: int = MOST_PER_PAGE) -> str:
        """As it is sent, newest first. Raises ValueError for what Discord would refuse."""
        if not 1 <= limit <= MOST_PER_PAGE:
            raise ValueError(f"a page of a search has 1 to {MOST_PER_PAGE} messages, not {limit}")
        if not 0 <= offset <= LAST_OFFSET:
            raise ValueError(f"a search is paged from 0 to {LAST_OFFSET}, not from {offset}")
        if len(self.channel_ids) > MOST_CHANNELS:
            raise ValueError(f"a search names up to {MOST_CHANNELS} channels")
        return urlencode(list(self._fields(offset, limit)))

    def _fields(self, offset: int, limit: int) -> Iterator[tuple[str, str | int]]:
        """Lists as repeated names, which is how Discord reads them."""
        for name, values in (
            ("has", self.has),
            ("attachment_extension", self.extensions),
            ("embed_type", self.embed_types),
            ("channel_id", self.channel_ids),
        ):
            yield from ((name, value) for value in values)
        if self.min_id is not None:
            yield "min_id", self.min_id
        if self.max_id is not None:
            yield "max_id", self.max_id
        yield "include_nsfw", "true" if self.include_nsfw else "false"
        yield from (("sort_by", "timestamp"), ("sort_order", "desc"))
        yield "limit", limit
        if offset:
            yield "offset", offset


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What one request found."""

    messages: list[models.FoundMessage]
    """Newest first, each once. Fewer than were asked for do not mean that no more follow."""
    total: int
    """All hits of the question, inexactly, whatever the offset."""
    threads: list[models.Channel]
    """Those of the threads that hits are in that Discord tells, each with its parent."""
    is_index_complete: bool
    """False while Discord still indexes old messages, so that hits are missing."""
    requests: int
    """Requests that it took, those that failed included."""
    route: str
    """Method, path and query, as errors name the page."""

    def by_channel(self) -> dict[int, list[models.Message]]:
        """The messages of each channel or thread, newest first."""
        found: dict[int, list[models.Message]] = {}
        for message in self.messages:
            found.setdefault(int(message.channel_id), []).append(message)
        return found


class GuildSearch:
    """Searches in guilds. Part of a `DiscordClient`.

    Beside the client's errors it raises SearchDenied where Discord does not let the bot search, and
    SearchNotReady where it has not indexed the guild in the time that a request may take.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    async def page(
        self, guild_id: int, query: SearchQuery, *, offset: int = 0, limit: int = MOST_PER_PAGE
    ) -> SearchPage:
        """The hits from `offset` on, as one request. Several may be asked for at the same time.

        Raises ValueError for a question that Discord would refuse.
        """
        request = routes.SEARCH.to(guild=guild_id, query=query.text(offset=offset, limit=limit))
        read = partial(read_search, guild_id, min_id=query.min_id, max_id=query.max_id)
        try:
            done = await self._run(request, read)
        except AccessDenied as error:
            raise _denied(error) from None
        found = done.value
        tell_spared(request, found.spared, OF_MESSAGES)
        tell_spared(request, found.spared_of_threads, OF_CHANNELS)
        return SearchPage(
            found.messages,
            found.total,
            found.threads,
            found.is_index_complete,
            done.requests,
            str(request),
        )

    def pages(self, guild_id: int, query: SearchQuery) -> SearchPages:
        """All pages, one after the other, however many hits there are."""
        return SearchPages(self, guild_id, query)


class SearchPages:
    """All pages of a question, empty ones too; see `search_paging` for where they end.

    A message can be on two of them, where some were deleted or posted meanwhile.
    """

    def __init__(self, search: GuildSearch, guild_id: int, query: SearchQuery) -> None:
        self._search = search
        self._guild_id = guild_id
        self._query = query
        self._place: Place | None = Place(query.max_id)

    def __aiter__(self) -> SearchPages:
        return self

    async def __anext__(self) -> SearchPage:
        place = self._place
        if place is None:
            raise StopAsyncIteration
        query = replace(self._query, max_id=place.max_id)
        page = await self._search.page(self._guild_id, query, offset=place.offset)
        self._place = place.following([int(one.id) for one in page.messages], page.total)
        return page


def _denied(error: AccessDenied) -> SearchDenied:
    _, before, its_words = error.words.rpartition(ITS_WORDS)  # ours would say it twice
    words = f"{_DENIED.get(error.code or 0, _DENIED_ELSE)}; {_READ_ALL_THE_SAME}"
    words += f"{before}{its_words}" if before else ""
    return SearchDenied(words, route=error.route, status=error.status, code=error.code)
