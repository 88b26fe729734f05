"""Names lead to addresses, which are looked at before they are connected to."""

from __future__ import annotations

import socket

import pytest
import trio

from clipsaver.thumbnails.errors import MediaForbidden, MediaUnavailable
from clipsaver.thumbnails.media.budget import Budget
from clipsaver.thumbnails.media.client import open_media
from clipsaver.thumbnails.media.connecting import Connector, resolve
from clipsaver.thumbnails.media.limits import Limits
from tests.thumbnails.media.cdn import TLS
from tests.trio_io.http_server import echo_path, http_server


def leading_to(*found):
    """A resolver that is asked once for each connection, and notes it."""

    async def resolve(host, port):
        asked.append((host, port))
        return found

    asked = resolve.asked = []
    return resolve


@pytest.fixture
def connected(monkeypatch):
    """Every address that a socket is opened to; none of them is reached."""
    opened = []

    async def open_tcp_stream(host, port, **_):
        opened.append(host)
        raise ConnectionRefusedError(f"nobody at {host}")

    monkeypatch.setattr(trio, "open_tcp_stream", open_tcp_stream)
    return opened


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.1.2.3", "169.254.169.254", "fd00::1", "::ffff:127.0.0.1"]
)
async def test_a_name_that_leads_inside_is_not_followed(connected, address):
    async with open_media(["cdn.discordapp.com"], tls=TLS, resolve=leading_to(address)) as media:
        file = media.ranges("https://cdn.discordapp.com/attachments/1/2/x", budget=Budget())
        with pytest.raises(
            MediaForbidden, match=f"does not lead to a public address but to {address}"
        ):
            await file.read(0, 10)
    assert not connected


async def test_of_several_addresses_only_the_public_ones_are_tried_in_order(connected):
    resolver = leading_to("10.0.0.1", "2606:4700::1", "127.0.0.1", "8.8.8.8")
    with pytest.raises(OSError, match=r"nobody at 8\.8\.8\.8"):
        await Connector(resolver).open_stream("cdn.discordapp.com", 443)
    assert connected == ["2606:4700::1", "8.8.8.8"]
    assert resolver.asked == [("cdn.discordapp.com", 443)]


async def test_a_host_that_does_not_answer_is_away(connected):
    limits = Limits(retry_pause_s=0)
    async with open_media(
        ["cdn.discordapp.com"], tls=TLS, resolve=leading_to("8.8.8.8"), limits=limits
    ) as media:
        file = media.ranges("https://cdn.discordapp.com/attachments/1/2/x", budget=Budget())
        with pytest.raises(MediaUnavailable, match=r"nobody at 8\.8\.8\.8"):
            await file.read(0, 10)
    assert connected == ["8.8.8.8"] * 2


async def test_a_name_that_nobody_knows_is_away():
    async def unknown(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    limits = Limits(retry_pause_s=0)
    async with open_media(["cdn.discordapp.com"], tls=TLS, resolve=unknown, limits=limits) as media:
        file = media.ranges("https://cdn.discordapp.com/attachments/1/2/x", budget=Budget())
        with pytest.raises(MediaUnavailable, match="not known"):
            await file.read(0, 10)


async def test_localhost_is_this_machine_and_nothing_else(connected):
    with pytest.raises(MediaForbidden, match="does not lead to this machine but to 8"):
        await Connector(leading_to("8.8.8.8")).open_stream("localhost", 80)
    assert not connected


async def test_a_name_without_an_address(connected):
    with pytest.raises(MediaForbidden, match="none at all"):
        await Connector(leading_to()).open_stream("cdn.discordapp.com", 443)


async def test_an_address_that_leads_nowhere_is_left_for_the_next(monkeypatch, autojump_clock):
    async def open_tcp_stream(host, port, **_):
        if host == "2606:4700::1":
            await trio.sleep_forever()
        return host

    monkeypatch.setattr(trio, "open_tcp_stream", open_tcp_stream)
    resolver = leading_to("2606:4700::1", "8.8.8.8")
    assert await Connector(resolver).open_stream("cdn.discordapp.com", 443) == "8.8.8.8"
    assert trio.current_time() < 10


async def test_the_systems_resolver_gives_addresses():
    assert await resolve("127.0.0.1", 80) == ["127.0.0.1"]
    assert set(await resolve("localhost", 80)) & {"127.0.0.1", "::1"}


async def test_https_asks_for_the_certificate_of_the_name():
    async with http_server(echo_path, tls=True) as server:
        hosts = [f"localhost:{server.port}"]
        async with open_media(hosts, tls=TLS, resolve=leading_to("127.0.0.1")) as media:
            file = media.ranges(f"https://localhost:{server.port}/x", budget=Budget())
            assert await file.read(0, 7) == b"GET /x "
        async with open_media(
            hosts, resolve=leading_to("127.0.0.1"), limits=Limits(retry_pause_s=0)
        ) as media:
            file = media.ranges(f"https://localhost:{server.port}/x", budget=Budget())
            with pytest.raises(MediaUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
                await file.read(0, 7)
