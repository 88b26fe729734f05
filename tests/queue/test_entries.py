from __future__ import annotations

import pytest

from clipsaver.errors import BadJob, UsageError
from clipsaver.queue.entries import Carried, encode_carried, parse_entry, with_host
from clipsaver.queue.names import Names


def test_a_new_entry_begins_a_run_that_is_named_after_it():
    entry = parse_entry("clips", b"1700000000123-4", {b"job": b"{}"})
    assert entry.run_id == "clips/1700000000123-4"
    assert entry.carried.first_at == 1_700_000_000_123
    assert entry.carried.attempts == 0


def test_an_entry_that_moved_keeps_its_run():
    carried = Carried(run="clips/1-0", attempts=2, waits=3, first_at=1, hosts=("a",), error="no")
    entry = parse_entry("clips", b"9-0", {b"job": b"{}", b"cs": encode_carried(carried)})
    assert entry.entry_id == "9-0"
    assert entry.carried == carried


def test_a_retried_entry_begins_a_run_and_says_which_one_died():
    cs = encode_carried(Carried(retry_of="clips/1-0", retries=2, attempts=5, hosts=("a",)))
    entry = parse_entry("clips", b"9-0", {b"job": b"{}", b"cs": cs})
    assert entry.carried == Carried(run="clips/9-0", first_at=9, retry_of="clips/1-0", retries=2)
    moved = parse_entry("clips", b"11-0", {b"cs": encode_carried(entry.carried)})
    assert moved.carried == entry.carried


@pytest.mark.parametrize(
    "cs",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"attempts":1}',
        b'{"run":7}',
        b'{"run":"other/1-0"}',
        b'{"run":"clips/1-0/../x"}',
        b'{"run":"clips/"}',
        b'{"run":"clips/1-0","attempts":-1}',
    ],
)
def test_a_cs_that_is_not_ours_counts_as_none(cs):
    assert parse_entry("clips", b"9-0", {b"job": b"{}", b"cs": cs}).carried == Carried(
        run="clips/9-0", first_at=9
    )


def test_an_entry_without_a_job_is_a_bad_job():
    with pytest.raises(BadJob, match="no field named job") as caught:
        parse_entry("clips", b"9-0", {b"job_id": b"x"}).decoded()
    assert caught.value.path == "$"


def test_hosts_are_few_and_the_latest_is_last():
    carried = Carried(run="clips/1-0", hosts=tuple(f"host-{n}" for n in range(8)))
    assert with_host(carried, "host-3")[-2:] == ("host-7", "host-3")
    assert len(with_host(carried, "new")) == 8
    assert with_host(carried, "new")[-1] == "new"


def test_every_key_is_in_the_streams_slot():
    names = Names("clips", "workers")
    keys = [
        names.dead,
        names.delayed,
        names.events,
        names.audit,
        names.job("clips/1-0"),
        names.lock(5),
    ]
    assert all(key.startswith("{clips}:") for key in keys)
    assert names.job("clips/1-0") == "{clips}:job:clips/1-0"
    assert names.worker("w") == "{clips}:worker:w"


@pytest.mark.parametrize("stream", ["", "a{b", "a}b"])
def test_a_stream_that_cannot_be_a_hash_tag_is_refused(stream):
    with pytest.raises(UsageError):
        Names(stream, "workers")
