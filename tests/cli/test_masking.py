"""What a log or a person must not get to see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.masking import MASK, mask, passwords_in

# The shape of a bot token; in pieces, so that no scanner takes it for a real one.
TOKEN = ".".join(("MTk4NjIyNDgzNDcxOTI1MjQ4", "Cl2FMQ", "ZnCjm1XVW7vRze4b7Cq4se7kKWs"))
CDN = "https://cdn.discordapp.com/attachments/1/2/clip.mp4"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Authorization: Bot {TOKEN}", "Authorization: Bot ••••"),
        (f"{{'token': '{TOKEN}'}}", "{'token': '••••'}"),
        ("Bot is the word", "Bot is the word"),
        ("redis://:pass@h:6379/0", "redis://:••••@h:6379/0"),
        (
            "redis+sentinel://u:pa@h:1,i:2/x?sentinel_password=abc&ssl_ca_certs=c",
            "redis+sentinel://u:••••@h:1,i:2/x?sentinel_password=••••&ssl_ca_certs=c",
        ),
        ("redis+sentinel://h:1,i:2/x", "redis+sentinel://h:1,i:2/x"),
        ("at postgresql://u:p@ss@h/d now", "at postgresql://u:••••@h/d now"),
        ("https://h:8080/a@b", "https://h:8080/a@b"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("host=h password=abc dbname=d", "host=h password=•••• dbname=d"),
        ("password = 'a b\\' c' x=1", "password = •••• x=1"),
        ("postgresql:///d?user=u&password=abc&x=1", "postgresql:///d?user=u&password=••••&x=1"),
        (f"{CDN}?ex=6a&is=6b&hm=0f&=&w=1", f"{CDN}?ex=••••&is=••••&hm=••••&=&w=1"),
        (f'"{CDN}?hm=0f"', f'"{CDN}?hm=••••"'),
        ("exam=1 this=2", "exam=1 this=2"),
    ],
)
def test_what_looks_like_a_secret(text: str, shown: str) -> None:
    assert mask(text) == shown
    assert mask(shown) == shown


def test_known_secrets_whole_before_their_parts() -> None:
    assert mask("abcdef and abcd", ["abcd", "abcdef"]) == f"{MASK} and {MASK}"


def test_a_very_short_secret_does_not_garble_the_text() -> None:
    assert mask("a cat", ["a"]) == "a cat"


@given(st.text(), st.text(min_size=4).filter(lambda text: text not in MASK * 3), st.text())
def test_a_known_secret_is_never_left(before: str, secret: str, after: str) -> None:
    assert secret not in mask(f"{before}{secret}{after}", [secret]).replace(MASK, "\0")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("embedded", ()),
        ("redis://h", ()),
        ("redis://:a%40b@h", ("a%40b", "a@b")),
        ("postgresql://u:pw@h/d", ("pw",)),
        ("host=h password='a b'", ("a b",)),
        ("postgresql:///d?password=pw&x=1", ("pw",)),
    ],
)
def test_passwords_of_urls(url: str, found: tuple[str, ...]) -> None:
    assert passwords_in(url) == found
