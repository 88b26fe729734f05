"""Signed links, ranges of files, and the ids of files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.simulator.api.cdn import byte_range
from clipsaver.simulator.files.links import Signer, resigned, without_signature
from clipsaver.simulator.files.media import (
    CATALOGUE,
    attachment_id,
    by_name,
    content_of,
    media_of,
)
from clipsaver.simulator.writing.planted import attachment_clip_id, linked_clip_id

SIGNER = Signer(b"key", lifetime_s=100)
PATH = "/attachments/1/2/x.mp4"


def test_a_link_is_valid_for_its_lifetime_and_for_its_path() -> None:
    query = SIGNER.query(PATH, now_s=1000)
    assert SIGNER.is_valid(PATH, query, 1000)
    assert SIGNER.is_valid(PATH, query, 1099.9)
    assert not SIGNER.is_valid(PATH, query, 1100)
    assert not SIGNER.is_valid("/attachments/1/3/x.mp4", query, 1000)
    assert not Signer(b"other", 100).is_valid(PATH, query, 1000)


@pytest.mark.parametrize("query", ["", "ex=zz&is=1&hm=é", "ex=ffffffff&is=1", "hm=00&hm=01"])
def test_forged_links_are_refused(query: str) -> None:
    assert not SIGNER.is_valid(PATH, query, 1000)


def test_a_later_expiry_cannot_be_written_in() -> None:
    query = SIGNER.query(PATH, now_s=1000)
    assert not SIGNER.is_valid(PATH, query.replace("ex=44c", "ex=fffffff"), 1000)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a/b.mp4?ex=1&is=2&hm=3&", "https://a/b.mp4"),
        ("https://a/b.mp4?width=4&ex=1&is=2&hm=3", "https://a/b.mp4?width=4"),
        ("https://a/b.mp4?ex=1&format=webp&hm=3&quality=", "https://a/b.mp4?format=webp&quality="),
        ("https://a/b.mp4", "https://a/b.mp4"),
        ("https://a/b.mp4?next=1", "https://a/b.mp4?next=1"),
    ],
)
def test_only_the_signature_is_taken_off(url: str, expected: str) -> None:
    assert without_signature(url) == expected


def test_signing_again_keeps_other_parameters() -> None:
    url = f"http://cdn{PATH}?{SIGNER.query(PATH, 0)}width=4"
    fresh = resigned(url, SIGNER, now_s=5000)
    assert without_signature(fresh) == f"http://cdn{PATH}?width=4"
    assert SIGNER.is_valid(PATH, fresh.partition("?")[2], 5000)


def test_names_of_clips() -> None:
    # SHA-256 of `https://a/b.mp4` begins with these digits (sha256sum).
    assert attachment_clip_id(12, 34) == "12-34"
    assert linked_clip_id(12, "embed", "https://a/b.mp4") == "12-embed-95e0c166"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-9", range(10)),
        ("bytes=90-", range(90, 100)),
        ("bytes=-5", range(95, 100)),
        ("bytes=-500", range(100)),
        ("bytes=95-500", range(95, 100)),
        ("bytes=100-", range(0)),
        ("bytes=-0", range(0)),
        ("bytes=9-3", None),
        ("bytes=0-1,4-5", None),
        ("bytes=-", None),
        ("lines=1-2", None),
    ],
)
def test_ranges(header: str, expected: range | None) -> None:
    assert byte_range(header, 100) == expected


@given(st.integers(1 << 40, 2**62), st.integers(0, 15), st.sampled_from(CATALOGUE))
def test_an_attachments_id_tells_its_file(message_id: int, ordinal: int, media: object) -> None:
    attachment = attachment_id(message_id, ordinal, media)  # type: ignore[arg-type]
    assert media_of(attachment) == media
    assert attachment >> 22 == message_id >> 22


def test_a_message_has_no_more_files_than_fit() -> None:
    with pytest.raises(ValueError, match="number 16"):
        attachment_id(1 << 40, 16, CATALOGUE[0])


def test_an_unknown_id_is_no_file() -> None:
    assert media_of(0b111111) is None


def test_shipped_files_are_what_they_are_said_to_be() -> None:
    assert all(len(content_of(media)) == media.size_bytes for media in CATALOGUE)
    assert sum(media.size_bytes for media in CATALOGUE) < 400_000
    first, last = content_of(by_name("test-card.mp4")), content_of(by_name("index-last.mp4"))
    assert first.index(b"moov") < first.index(b"mdat")
    assert last.index(b"mdat") < last.index(b"moov")
    assert content_of(by_name("gradients.webm")).startswith(b"\x1aE\xdf\xa3")
    assert content_of(by_name("bars.avi")).startswith(b"RIFF")
