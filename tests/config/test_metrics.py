"""Where metrics may be served."""

from __future__ import annotations

import re

import pytest

from clipsaver.config import Address, parse_listen


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", None),
        ("127.0.0.1:9464", Address("127.0.0.1", 9464)),
        ("localhost:0", Address("localhost", 0)),
        ("worker-1.clips.internal:80", Address("worker-1.clips.internal", 80)),
        ("[::1]:9464", Address("::1", 9464)),
        ("[::]:65535", Address("::", 65535)),
    ],
)
def test_what_can_be_listened_on(text: str, address: Address | None) -> None:
    assert parse_listen(text) == address
    assert str(address or "") == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("9464", "for this port write 127.0.0.1:9464"),
        (":9464", "127.0.0.1:9464, or 0.0.0.0:9464 for all"),
        ("http://127.0.0.1:9464", "without scheme and path"),
        ("127.0.0.1:9464/metrics", "without scheme and path"),
        ("127.0.0.1", "expected a host and a port"),
        ("127.0.0.1:", "expected a host and a port"),
        ("127.0.0.1:http", "expected a host and a port"),
        ("127.0.0.1:65536", "up to 65535, not 65536"),
        ("::1:9464", "in brackets, as [::1]:9464"),
        ("[localhost]:9464", "[localhost] is no IPv6 address"),
        ("[]:9464", "[] is no IPv6 address"),
        ("some one:9464", "expected a host and a port"),
        ("me@host:9464", "expected a host and a port"),
        ("a..b:9464", "expected a host and a port"),
    ],
)
def test_what_cannot_says_what_to_write(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_listen(text)
