"""Which addresses are out in the world, as written down here and as Python knows it."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipsaver.thumbnails.media.addresses import is_public, parse

v4 = st.ip_addresses(v=4)
v6 = st.ip_addresses(v=6)


@pytest.mark.parametrize(
    "text", ["162.159.133.233", "8.8.8.8", "1.1.1.1", "2606:4700::6810:84e5", "64:ff9b::808:808"]
)
def test_public(text):
    assert is_public(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.170",
        "192.168.1.1",
        "198.19.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_not_public(text):
    assert not is_public(parse(text))


@given(v4 | v6)
@example(ipaddress.ip_address("192.0.0.9"))
def test_what_is_public_is_so_to_python_as_well(address):
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
        assert getattr(address, "teredo", None) is getattr(address, "sixtofour", None) is None


@given(v4)
def test_an_address_is_judged_alike_where_a_network_writes_it_as_ipv6(address):
    assert is_public(parse(f"64:ff9b::{address}")) == is_public(address)
    assert not is_public(parse(f"::ffff:{address}"))


@pytest.mark.parametrize("text", ["", "cdn.discordapp.com", "127.1", "0x7f.0.0.1", "2130706433"])
def test_what_is_no_literal(text):
    assert parse(text) is None
