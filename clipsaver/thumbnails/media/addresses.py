"""Which addresses are out in the world. Pure.

A link in a message is a stranger's text, and a name can lead anywhere: to the machine itself, its
neighbours, or the service that hands out a cloud's keys. Written down here instead of asking
`ipaddress.is_global`, whose answers differ between Python's patch releases. Source: IANA's
registries of special-purpose addresses for IPv4 and IPv6.
"""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

_V4_NOT_PUBLIC = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, and clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_V6_ASSIGNED = IPv6Network("2000::/3")
"""All that is handed out to anybody; unique local, link-local, multicast, mapped … lie outside."""
_V6_NOT_PUBLIC = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocols, and Teredo, which holds an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which holds an IPv4 address
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
"""How a network without IPv4 writes IPv4 addresses (RFC 6052): the last 32 bits."""


def parse(text: str) -> Address | None:
    """The address that a literal means, without its zone; None for what is none."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether it is an address that anybody on the internet would reach the same host by."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _V4_NOT_PUBLIC)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address not in _V6_ASSIGNED:
        return False
    return not any(address in network for network in _V6_NOT_PUBLIC)
