"""Where media may be fetched from: the hosts of `discord.media_hosts`. Pure.

A link is taken apart by the parser that the request is made with, so that nothing can be one host
to the check and another to the socket.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import httpx

from clipsaver.terminal_text import printable
from clipsaver.thumbnails.errors import MediaForbidden
from clipsaver.thumbnails.media import addresses

_PORTS = {"https": 443, "http": 80}
_LOCALHOST = "localhost"


@dataclass(frozen=True, slots=True)
class Place:
    """A host and a port, and what may stand behind them."""

    host: str
    port: int
    is_local: bool
    """Whether it is this machine itself, and nothing else: a simulator."""

    @property
    def shown(self) -> str:
        return f"{self.host}:{self.port}"


class MediaHosts:
    """The hosts that media may come from.

    Each is a host, with a port where it is not that of https. One that is this machine itself,
    `localhost` or a literal such as `127.0.0.1:8765`, may be asked without TLS; what is reached
    under any other name has to have a public address.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = frozenset(hosts)

    def checked(self, url: str) -> httpx.URL:
        """The address, taken apart. Raises MediaForbidden where nothing is fetched from."""
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError):
            raise MediaForbidden(f"this is no address of a file: {shown(url)}") from None
        place = place_of(parsed)
        if parsed.userinfo:
            raise MediaForbidden(f"an address with a user name is not fetched: {shown(url)}")
        if place is None:
            raise MediaForbidden(f"only https is fetched, and not {shown(url)}")
        if not self._names(parsed, place):
            raise MediaForbidden(
                f"{printable(place.shown)} is not one of discord.media_hosts, so nothing is "
                "fetched from it"
            )
        if parsed.scheme != "https" and not place.is_local:
            raise MediaForbidden(f"{place.host} is asked by https only, not by {parsed.scheme}")
        return parsed

    def _names(self, url: httpx.URL, place: Place) -> bool:
        host = f"[{place.host}]" if ":" in place.host else place.host
        if f"{host}:{place.port}" in self._hosts:
            return True
        return place.port == _PORTS[url.scheme] and host in self._hosts


def place_of(url: httpx.URL) -> Place | None:
    """What a request to this address connects to; None for what is no web address."""
    host = url.raw_host.decode("ascii").lower()
    if url.scheme not in _PORTS or not host:
        return None
    return Place(host, url.port or _PORTS[url.scheme], is_local(host))


def is_local(host: str) -> bool:
    """Whether a host names this machine itself, without asking anybody."""
    address = addresses.parse(host)
    return host == _LOCALHOST if address is None else address.is_loopback


def shown(url: str) -> str:
    """A link for a person: without its query, which holds the signature."""
    return printable(url.partition("?")[0].partition("#")[0])[:200]
