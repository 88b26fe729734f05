"""Where media may come from, and what a link is called in an error."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.config import DiscordConfig
from clipsaver.thumbnails.errors import MediaForbidden
from clipsaver.thumbnails.media.hosts import MediaHosts, shown

DISCORD = MediaHosts(DiscordConfig().media_hosts)
HERE = MediaHosts(["127.0.0.1:8765", "[::1]:8765", "localhost:8765", "cdn.example:8443"])


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.discordapp.com/attachments/1/2/x.mp4?ex=1&is=2&hm=3&",
        "https://CDN.discordapp.com/attachments/1/2/x.mp4",
        "https://cdn.discordapp.com:443/attachments/1/2/x.mp4",
        "https://media.discordapp.net/attachments/1/2/x.mp4",
        "https://images-ext-1.discordapp.net/external/abc/https/host/x.mp4",
    ],
)
def test_discords_own(url):
    assert DISCORD.checked(url) == httpx.URL(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8765/attachments/1/2/x.mp4",
        "http://[::1]:8765/x",
        "http://localhost:8765/x",
        "https://localhost:8765/x",
        "https://cdn.example:8443/x",
    ],
)
def test_what_is_named(url):
    assert HERE.checked(url) == httpx.URL(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x.mp4",
        "//cdn.discordapp.com/x",
        "https:///x",
        "ftp://cdn.discordapp.com/x",
        "file:///etc/passwd",
        "http://cdn.discordapp.com/x",
        "https://cdn.discordapp.com:8443/x",
        "https://cdn.discordapp.com./x",
        "https://evil.example/x",
        "https://cdn.discordapp.com.evil.example/x",
        "https://evil.example/cdn.discordapp.com",
        "https://cdn.discordapp.com@evil.example/x",
        "https://evil.example\\@cdn.discordapp.com/x",
        "https://user:password@cdn.discordapp.com/x",
        "https://evil.example#@cdn.discordapp.com/x",
        "https://127.0.0.1/x",
        "http://127.0.0.1:8765/x",
        "http://169.254.169.254/latest/meta-data",
        "https://cdn.discordapp.com:port/x",
        "https://[::1/x",
        "https://cdn.discordapp.com/\n",
    ],
)
def test_nothing_else(url):
    with pytest.raises(MediaForbidden):
        DISCORD.checked(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://127.0.0.1:8766/x",
        "http://127.0.0.2:8765/x",
        "http://cdn.example:8443/x",
        "http://2130706433:8765/x",
        "http://[::ffff:127.0.0.1]:8765/x",
    ],
)
def test_no_other_port_or_spelling_of_what_is_named(url):
    with pytest.raises(MediaForbidden):
        HERE.checked(url)


@given(st.text(max_size=60) | st.text(max_size=60).map("https://{}".format))
def test_any_text_is_one_of_the_hosts_or_forbidden(text):
    try:
        host = DISCORD.checked(text).host
    except MediaForbidden:
        return
    assert host in DiscordConfig().media_hosts


def test_a_link_is_shown_without_its_signature_and_on_one_line():
    url = "https://cdn.discordapp.com/attachments/1/2/x\x1b[31m\n.mp4?ex=1&is=2&hm=3#hm=4"
    assert shown(url) == "https://cdn.discordapp.com/attachments/1/2/x .mp4"
