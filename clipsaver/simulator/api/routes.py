"""Which handler a path belongs to.

A route's template is also the name of its rate limit bucket and of its row in the statistics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clipsaver.simulator.api import guilds, messages, search
from clipsaver.simulator.api.answers import Answer
from clipsaver.simulator.api.caller import Call

API_PREFIXES = ("/api/v10/", "/api/v9/")


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the API."""

    method: str
    template: str
    handle: Callable[[Call], Answer]

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"


@dataclass(frozen=True, slots=True)
class Match:
    """A route with the ids that the path gave."""

    route: Route
    ids: tuple[str, ...]

    @property
    def major(self) -> str:
        """The id whose limit is its own (documentation, "Rate Limits": top-level resource)."""
        own = self.route.template.startswith(("/channels/{", "/guilds/{"))
        return self.ids[0] if own else ""


ROUTES: tuple[Route, ...] = (
    Route("GET", "/channels/{}/messages", messages.list_messages),
    Route("GET", "/channels/{}/messages/{}", messages.get_message),
    Route("GET", "/channels/{}", messages.get_channel),
    Route("GET", "/channels/{}/threads/archived/public", guilds.archived_public),
    Route("GET", "/channels/{}/threads/archived/private", guilds.archived_private),
    Route("GET", "/channels/{}/users/@me/threads/archived/private", guilds.archived_joined),
    Route("GET", "/guilds/{}/channels", guilds.guild_channels),
    Route("GET", "/guilds/{}/threads/active", guilds.active_threads),
    Route("GET", "/guilds/{}/messages/search", search.search_messages),
    Route("GET", "/guilds/{}/members/{}", guilds.get_member),
    Route("GET", "/guilds/{}", guilds.get_guild),
    Route("GET", "/users/@me", guilds.current_user),
    Route("GET", "/users/@me/guilds", guilds.current_guilds),
    Route("GET", "/applications/@me", guilds.current_application),
    Route("POST", "/attachments/refresh-urls", messages.refresh_urls),
)


def find(method: str, path: str) -> Match | tuple[str, ...]:
    """The route of a path below the API's prefix, or the methods that the path does allow."""
    segments = path.split("/")
    allowed: list[str] = []
    for route, pattern in _PATTERNS.get(len(segments), ()):
        if all(want in ("{}", have) for want, have in zip(pattern, segments, strict=True)):
            if route.method == method:
                ids = tuple(
                    have for want, have in zip(pattern, segments, strict=True) if want == "{}"
                )
                return Match(route, ids)
            allowed.append(route.method)
    return tuple(allowed)


def _by_length() -> dict[int, list[tuple[Route, list[str]]]]:
    table: dict[int, list[tuple[Route, list[str]]]] = {}
    for route in ROUTES:
        pattern = route.template.removeprefix("/").split("/")
        table.setdefault(len(pattern), []).append((route, pattern))
    return table


_PATTERNS = _by_length()
