"""From a host's name to a socket, by way of its addresses.

What the resolver gives is looked at and then connected to; the name is not asked a second time,
so it cannot mean one address to the check and another to the socket.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence

import trio

from clipsaver.thumbnails.errors import MediaForbidden
from clipsaver.thumbnails.media import addresses
from clipsaver.thumbnails.media.hosts import is_local

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, best first. Raises OSError."""

_NEXT_AFTER_S = 2.0
"""So long one address is tried while there is another (IPv6 that leads nowhere)."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver has for a name, or the literal itself."""
    found = await trio.socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class Connector:
    """Connects to public addresses, and to this machine where the host's name says just that."""

    def __init__(self, resolve: Resolve = resolve) -> None:
        self._resolve = resolve

    async def open_stream(self, host: str, port: int) -> trio.SocketStream:
        """A connection to one of the host's addresses.

        Raises MediaForbidden where none of them may be reached, OSError where none answers.
        """
        found = await self._resolve(host, port)
        allowed = [address for address in found if _may_reach(host, address)]
        if not allowed:
            wanted = "this machine" if is_local(host) else "a public address"
            raise MediaForbidden(
                f"{host} does not lead to {wanted} but to {', '.join(found) or 'none at all'}, "
                "where nothing is fetched from"
            )
        *early, last = allowed
        for address in early:
            with trio.move_on_after(_NEXT_AFTER_S):
                try:
                    return await trio.open_tcp_stream(address, port)
                except OSError:
                    continue
        return await trio.open_tcp_stream(last, port)


def _may_reach(host: str, text: str) -> bool:
    address = addresses.parse(text)
    if address is None:
        return False
    return address.is_loopback if is_local(host) else addresses.is_public(address)
