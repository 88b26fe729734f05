"""The endpoints that clipsaver asks, and one request to one of them.

Discord limits per route and "major parameter" (the channel or guild in the path): two channels
never share a per-route bucket. Source: Discord's documentation, topic "Rate Limits".
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, such as GET and `/channels/{channel}/messages`."""

    method: str
    template: str
    major: str | None = None
    """The id in the template that Discord limits by."""
    at_once: int = 1
    """How many may be on their way for one such id, of all workers, where the limit allows it."""
    name: str = field(init=False)
    """Method and template: what limits and figures are filed under."""

    def __post_init__(self) -> None:
        # What is joined to the API's address must not be able to change its host ("@host/…").
        if not self.template.startswith("/"):
            raise ValueError(f"a route's template starts with a slash, not as {self.template!r}")
        object.__setattr__(self, "name", f"{self.method} {self.template}")

    def to(self, *, query: str = "", body: bytes = b"", **ids: int) -> Request:
        """The request for these ids; `query` is ready to send, without the question mark."""
        major = str(ids[self.major]) if self.major is not None else ""
        return Request(self, major, self.template.format(**ids), query, body)


@dataclass(frozen=True, slots=True)
class Request:
    """One request: what to send, and what it counts against."""

    route: Route
    major: str
    """The channel's or guild's id; empty for routes without one."""
    path: str
    query: str = ""
    body: bytes = b""
    """JSON; empty for requests that have none."""

    @property
    def target(self) -> str:
        """Path and query as they are sent, below the API's address."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        """Method, path and query, as errors name it: a page is told from others by its cursor."""
        return f"{self.route.method} {self.target}"


ME = Route("GET", "/users/@me")
APPLICATION = Route("GET", "/applications/@me")
CHANNEL = Route("GET", "/channels/{channel}", major="channel")
GUILD = Route("GET", "/guilds/{guild}", major="guild")
GUILDS = Route("GET", "/users/@me/guilds")
GUILD_CHANNELS = Route("GET", "/guilds/{guild}/channels", major="guild")
ACTIVE_THREADS = Route("GET", "/guilds/{guild}/threads/active", major="guild")
ARCHIVED_PUBLIC = Route("GET", "/channels/{channel}/threads/archived/public", major="channel")
ARCHIVED_PRIVATE = Route("GET", "/channels/{channel}/threads/archived/private", major="channel")
ARCHIVED_JOINED = Route(
    "GET", "/channels/{channel}/users/@me/threads/archived/private", major="channel"
)
SEARCH = Route("GET", "/guilds/{guild}/messages/search", major="guild", at_once=8)
"""Its pages do not depend on each other; one by one, round trips would be most of the time."""
GUILD_MEMBER = Route("GET", "/guilds/{guild}/members/{user}", major="guild")
MESSAGES = Route("GET", "/channels/{channel}/messages", major="channel")
MESSAGE = Route("GET", "/channels/{channel}/messages/{message}", major="channel")
REFRESH_URLS = Route("POST", "/attachments/refresh-urls")
"""Not in Discord's documentation, but open to bots. Source: Discord Userdoccers."""
