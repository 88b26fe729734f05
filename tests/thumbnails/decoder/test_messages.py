"""What child and worker say to each other: it comes back as it went, and nonsense is refused."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.thumbnails.decoder import messages
from clipsaver.thumbnails.decoder.messages import (
    HEAD_BYTES,
    BadMessage,
    Data,
    Done,
    Failed,
    Incoming,
    Message,
    Read,
    encode,
    limits_to_child,
    limits_to_worker,
)
from clipsaver.thumbnails.picture.found import Cost, Facts, Picture, Still
from clipsaver.thumbnails.picture.wanted import Box, Wanted

WANTED = Wanted()
U64 = st.integers(0, 2**64 - 1)
SIDES = st.integers(1, 16_383)
NUMBERS = st.none() | st.floats(allow_nan=False)

boxes = st.builds(Box, SIDES, SIDES, st.integers(1, 100))
stills = st.builds(Still, SIDES, SIDES, st.binary(max_size=2_000))
facts = st.builds(
    Facts, st.text(max_size=50), st.text(max_size=50), SIDES, SIDES, SIDES, SIDES, NUMBERS,
    NUMBERS, st.booleans(),
)  # fmt: skip
costs = st.builds(Cost, SIDES, SIDES, SIDES)
pictures = st.builds(Picture, stills, stills, NUMBERS, st.booleans(), facts, costs)
to_worker = st.one_of(
    st.builds(Read, U64, U64),
    st.builds(Done, pictures),
    st.builds(Failed, st.text(max_size=50), st.text(max_size=200)),
)
to_child = st.one_of(
    st.builds(Wanted, boxes, boxes, st.integers(0, 6), st.floats(0, 100), SIDES),
    st.builds(Data, st.binary(max_size=2_000), st.none() | st.integers(0, 2**63 - 1)),
)


def heard(content: bytes, incoming: Incoming, cuts: list[int]) -> list[Message]:
    """All messages in the content, which comes in pieces of these sizes over and over."""
    found, at, turn = [], 0, 0
    while at < len(content):
        size = min(cuts[turn % len(cuts)], incoming.missing)
        message = incoming.feed(content[at : at + size])
        at += size
        turn += 1
        if message is not None:
            found.append(message)
    return found


@given(st.lists(to_worker, max_size=4), st.lists(st.integers(1, 700), min_size=1, max_size=5))
def test_what_a_child_says_comes_as_it_was_said(said: list[Message], cuts: list[int]) -> None:
    content = b"".join(map(encode, said))
    assert heard(content, Incoming(limits_to_worker(WANTED)), cuts) == said


@given(st.lists(to_child, max_size=4), st.lists(st.integers(1, 700), min_size=1, max_size=5))
def test_what_the_worker_says_comes_as_it_was_said(said: list[Message], cuts: list[int]) -> None:
    content = b"".join(map(encode, said))
    assert heard(content, Incoming(limits_to_child()), cuts) == said


@given(st.binary(max_size=400))
def test_nonsense_is_a_bad_message_and_nothing_else(content: bytes) -> None:
    try:
        found = heard(content, Incoming(limits_to_worker(WANTED)), [50])
    except BadMessage:
        return
    assert all(isinstance(message, Read | Done | Failed) for message in found)


@given(st.sampled_from([b"R", b"P", b"F"]), st.binary(max_size=300))
def test_a_body_of_nonsense_is_a_bad_message_and_nothing_else(kind: bytes, body: bytes) -> None:
    content = kind + len(body).to_bytes(4, "big") + body
    try:
        found = heard(content, Incoming(limits_to_worker(WANTED)), [1000])
    except BadMessage:
        return
    assert len(found) == 1


@given(st.binary(min_size=HEAD_BYTES, max_size=HEAD_BYTES))
def test_no_head_makes_the_worker_wait_for_more_than_it_allows(head: bytes) -> None:
    limits = limits_to_worker(WANTED)
    incoming = Incoming(limits)
    try:
        incoming.feed(head)
    except BadMessage:
        return
    assert incoming.missing <= limits[head[:1]]


@given(pictures, st.data())
def test_a_changed_picture_is_another_or_none(picture: Picture, data: st.DataObject) -> None:
    content = bytearray(encode(Done(picture)))
    at = data.draw(st.integers(HEAD_BYTES, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    try:
        (found,) = heard(bytes(content), Incoming(limits_to_worker(WANTED)), [10_000])
    except BadMessage:
        return
    assert isinstance(found, Done)


def test_deep_nesting_is_a_bad_message() -> None:
    body = b"\x91" * 15_000
    with pytest.raises(BadMessage, match="cannot be read"):
        messages.decode(b"P", body)


def test_the_longest_words_fit_and_longer_ones_are_cut() -> None:
    (found,) = heard(
        encode(Failed("broken", "ü" * 10_000)), Incoming(limits_to_worker(WANTED)), [10_000]
    )
    assert isinstance(found, Failed)
    assert found.words == "ü" * 500


def test_the_largest_pictures_fit_and_larger_ones_do_not() -> None:
    limits = limits_to_worker(WANTED)
    most = messages.still_limit(320, 180) + messages.still_limit(640, 360)
    assert limits[b"P"] >= most + len(msgspec.msgpack.encode(Facts("", "", *[1] * 4, 1, 1, True)))
    with pytest.raises(BadMessage, match="are allowed"):
        messages.decode_head(b"P" + (limits[b"P"] + 1).to_bytes(4, "big"), limits)


def test_a_worker_hears_nothing_that_only_it_says() -> None:
    for message in (WANTED, Data(b"", None)):
        with pytest.raises(BadMessage, match="unknown kind"):
            heard(encode(message), Incoming(limits_to_worker(WANTED)), [100])
