"""What a letter says, whatever it holds; and which letters are meant."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipsaver.queue.operating.dead_letters.letter import UNREADABLE, parse_letter
from clipsaver.queue.operating.dead_letters.wanted import Wanted, utc

DEAD = {
    "reason": "attempts_used_up",
    "cause": "discord_unavailable",
    "error": "Discord did not answer",
    "fingerprint": "aaaaaaaaaaaa",
    "hosts": ["host-a", "host-b"],
    "worker": "w-1",
    "stage": "scan",
    "run": "clips/1-0",
    "job_bytes": 68,
}
JOB = {"type": "batch", "guild_id": "1", "channel_id": "2", "job_id": "nightly", "limit": None}


def letter(*, job=JOB, dead=DEAD, letter_id="5000-1", **fields):
    raw = {name.encode(): value.encode() for name, value in fields.items()}
    return parse_letter(
        letter_id, {b"job": json.dumps(job).encode(), b"dead": json.dumps(dead).encode(), **raw}
    )


@pytest.mark.parametrize(
    "dead",
    [None, b"", b"{", b"[]", b"null", b'"x"', b"{}", b"\xff", b'{"reason":7}', b"[" * 100_000],
)
def test_a_letter_that_is_not_ours_is_one_all_the_same(dead):
    fields = {b"job": b"{}", b"x": b"\xff"} | ({} if dead is None else {b"dead": dead})
    read = parse_letter(b"7-0", fields)
    assert (read.death.reason, read.group, read.run_id) == (UNREADABLE, UNREADABLE, "")
    assert read.death.error
    assert (read.job, read.died_at_ms, read.fields) == (b"{}", 7, {"x": "�"})


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from([b"job", b"dead", b"cs", b"other", b"job_type"]),
        st.binary(max_size=60)
        | st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["reason", "run", "hosts", "type", "guild_id", "job_bytes", "x"]
                    ),
                    inner,
                )
            ),
            max_leaves=6,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_nothing_in_a_letter_stops_who_looks(fields):
    read = parse_letter("7-0", fields)
    told = (read.type, read.guild_id, read.channel_id, read.job_id, read.run_id, read.group)
    assert all(isinstance(one, str) for one in told)
    assert isinstance(read.is_cut, bool)
    assert not Wanted(text=frozenset(["no such words"]), host=frozenset(["h"])).matches(read)


def test_what_cannot_be_read_in_a_job_is_taken_from_beside_it():
    own = {"job_type": "message", "guild_id": "8", "channel_id": "9", "job_id": "x"}
    for job in ("{", 7, {"type": 1, "guild_id": 8}):
        read = letter(job=job, **own)
        assert (read.type, read.guild_id, read.channel_id, read.job_id) == (
            "message",
            "8",
            "9",
            "x",
        )
    assert letter(**own).type == "batch"


def test_a_cut_job_is_known_by_its_size():
    size = len(json.dumps(JOB))
    assert not letter(dead=DEAD | {"job_bytes": size}).is_cut
    assert letter(dead=DEAD | {"job_bytes": size + 1}).is_cut
    assert not parse_letter("1-0", {b"dead": b'{"reason":"x","job_bytes":5}'}).is_cut


@pytest.mark.parametrize(
    ("wanted", "other"),
    [
        ({"type": "batch"}, "message"),
        ({"reason": "attempts_used_up"}, "not_found"),
        ({"reason": "discord_unavailable"}, "used_up"),
        ({"fingerprint": "aaaaaaaaaaaa"}, "aaaa"),
        ({"guild": "1"}, "2"),
        ({"channel": "2"}, "1"),
        ({"job_id": "nightly"}, "night"),
        ({"run": "clips/1-0"}, "clips/1-1"),
        ({"host": "host-a"}, "host"),
        ({"text": "DID NOT ANSWER"}, "did  not"),
        ({"text": '"limit": null'}, "limitless"),
        ({"text": "w-1"}, "w-2"),
    ],
)
def test_a_filter_finds_by_one_thing(wanted, other):
    ((name, value),) = wanted.items()
    assert Wanted(**{name: frozenset([value])}).matches(letter())
    assert Wanted(**{name: frozenset([value, other])}).matches(letter())
    assert not Wanted(**{name: frozenset([other])}).matches(letter())
    both = {name: frozenset([value]), "newer_than_ms": 5000}
    assert not Wanted(**both).matches(letter())


def test_all_that_is_asked_has_to_fit():
    fits = {"type": frozenset(["batch"]), "guild": frozenset(["1"]), "text": frozenset(["answer"])}
    assert Wanted(**fits).matches(letter())
    for name in fits:
        assert not Wanted(**fits | {name: frozenset(["other"])}).matches(letter())
    assert Wanted().is_all
    assert not Wanted(**fits).is_all


def test_the_words_of_a_filter_are_options():
    wanted = Wanted(
        type=frozenset(["b", "a"]), text=frozenset(["-x 'y'"]), older_than_ms=1_790_000_000_123
    )
    assert wanted.words() == (
        "--type=a --type=b '--text=-x '\"'\"'y'\"'\"'' --older-than=2026-09-21T14:13:20.123Z"
    )
    assert Wanted().words() == ""
    assert utc(5) == "1970-01-01T00:00:00.005Z"
