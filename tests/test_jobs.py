"""The job contract: what is taken, what is refused, and where the refusal points."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver import jobs
from clipsaver.errors import BadJob
from clipsaver.job_settings import settings_hash


def raw(**fields: Any) -> bytes:
    given = {"type": "batch", "guild_id": "1", "channel_id": "2", **fields}
    return json.dumps({k: v for k, v in given.items() if v is not ...}).encode()


EXAMPLES: dict[str, dict[str, Any]] = {
    "batch": {"direction": "forward", "limit": None, "known": "stop"},
    "message": {"message_ids": ["5", "6"]},
    "rescan": {"reason": "settings_changed", "reset_scan_status": True},
    "thumbnail_retry": {"clip_ids": ["5-6"], "retry_count": 1},
    "guild": {"channel_id": ...},
    "message_deletion": {"message_ids": ["5"]},
    "purge_channel": {},
    "purge_guild": {"channel_id": ...},
    "purge_author": {"channel_id": ..., "author_id": "9"},
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_type_of_the_contract(name: str) -> None:
    job = jobs.decode(raw(type=name, job_id="j1", **EXAMPLES[name]))
    assert type(job) is jobs.JOB_TYPES[name]
    assert jobs.job_type(job) == name
    assert jobs.decode(jobs.encode(job)) == job


def test_defaults_of_a_batch() -> None:
    job = jobs.decode(raw())
    assert isinstance(job, jobs.BatchJob)
    assert (job.reads, job.limit, job.known, job.strategy) == ("backward", 100, "skip", "history")


def test_the_scan_mode_is_the_default_direction() -> None:
    job = jobs.decode(raw(settings={"scan_mode": "forward"}))
    assert isinstance(job, jobs.BatchJob)
    assert job.reads == "forward"


def test_unknown_fields_are_ignored() -> None:
    assert jobs.decode(raw(colour="blue", settings={"new": 1})) == jobs.decode(raw())


@pytest.mark.parametrize(
    ("entry", "path", "words"),
    [
        pytest.param(b"", "$", "not JSON", id="empty"),
        pytest.param(b"{", "$", "not JSON", id="cut short"),
        pytest.param(b"\xff\xfe", "$", "not JSON", id="bytes"),
        pytest.param(b"[]", "$", "Expected `object`", id="a list"),
        pytest.param(raw(type=...), "$", "`type`", id="no type"),
        pytest.param(raw(type="bath"), "$.type", "bath", id="unknown type"),
        pytest.param(raw(guild_id=...), "$", "guild_id", id="no guild"),
        pytest.param(raw(channel_id=...), "$", "channel_id", id="no channel"),
        pytest.param(raw(guild_id=1), "$.guild_id", "JSON rounds numbers", id="number as id"),
        pytest.param(raw(channel_id="abc"), "$.channel_id", "digits", id="letters as id"),
        pytest.param(raw(channel_id="1\n"), "$.channel_id", "digits", id="line end in id"),
        pytest.param(raw(channel_id="\u0661"), "$.channel_id", "digits", id="other digits"),
        pytest.param(raw(channel_id="-1"), "$.channel_id", "digits", id="negative"),
        pytest.param(raw(channel_id="9" * 19), "$.channel_id", "larger", id="beyond 64 bits"),
        pytest.param(raw(limit=0), "$.limit", ">= 1", id="limit of 0"),
        pytest.param(raw(limit="9"), "$.limit", "int", id="limit as text"),
        pytest.param(raw(direction="up"), "$.direction", "up", id="direction"),
        pytest.param(
            raw(before_message_id="5", after_message_id="5"),
            "$.before_message_id",
            "no id between",
            id="empty stretch",
        ),
        pytest.param(
            raw(type="message", message_ids=["1", "x"]), "$.message_ids[1]", "digits", id="in list"
        ),
        pytest.param(
            raw(type="message", message_ids=["1"] * 1001), "$.message_ids", "1000", id="too many"
        ),
        pytest.param(raw(type="message", message_ids=[]), "$.message_ids", "1", id="none"),
        pytest.param(
            raw(settings={"match_regex": "(?=x)"}), "$.settings.match_regex", "refuses", id="regex"
        ),
        pytest.param(
            raw(settings={"allowed_mime_types": ["mp4"]}),
            "$.settings.allowed_mime_types[0]",
            "MIME type",
            id="no MIME type",
        ),
        pytest.param(raw(job_id="a\0b"), "$.job_id", "NUL", id="NUL"),
        pytest.param(
            raw(type="thumbnail_retry", clip_ids=["a\0"]),
            "$.clip_ids[0]",
            "clip",
            id="NUL in a list",
        ),
        pytest.param(raw(x="y" * 300_000), "$", "bytes", id="too large"),
    ],
)
def test_what_is_refused_and_where(entry: bytes, path: str, words: str) -> None:
    with pytest.raises(BadJob) as caught:
        jobs.decode(entry)
    assert caught.value.path == path
    assert words in str(caught.value)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_anything_else_is_a_bad_job_too(entry: bytes) -> None:
    with pytest.raises(BadJob):
        jobs.decode(entry)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@given(
    st.sampled_from(sorted(jobs.JOB_TYPES)),
    st.dictionaries(
        st.sampled_from(["limit", "message_ids", "settings", "job_id", "known"]), json_values
    ),
)
def test_wrong_fields_never_escape_as_other_errors(name: str, fields: dict[str, Any]) -> None:
    try:
        job = jobs.decode(msgspec.json.encode({"type": name, "guild_id": "1", **fields}))
    except BadJob:
        return
    assert jobs.decode(jobs.encode(job)) == job


def test_equal_jobs_have_one_canonical_text() -> None:
    one = jobs.decode(b'{"type":"batch","guild_id":"1","channel_id":"2","limit":100}')
    other = jobs.decode(b'{"channel_id":"2","colour":1,"guild_id":"1","type":"batch"}')
    assert jobs.canonical(one) == jobs.canonical(other)


class TestSettingsHash:
    def test_order_and_doubles_do_not_matter(self) -> None:
        one = settings_hash(["video/mp4", "video/webm"], None, ["attachment"])
        other = settings_hash(["video/webm", "video/mp4", "video/mp4"], None, ["attachment"])
        assert one == other

    def test_each_part_matters(self) -> None:
        hashes = {
            settings_hash(["video/mp4"], None, ["attachment"]),
            settings_hash(["video/webm"], None, ["attachment"]),
            settings_hash(["video/mp4"], "", ["attachment"]),
            settings_hash(["video/mp4"], None, ["embed"]),
        }
        assert len(hashes) == 4


@pytest.mark.parametrize(
    ("fields", "channel_id"),
    [
        ({}, 8),
        ({"strategy": "auto"}, 8),
        ({"strategy": "search"}, None),
        ({"priority": "live"}, None),
    ],
)
def test_which_batch_jobs_exclude_each_other(
    fields: dict[str, Any], channel_id: int | None
) -> None:
    job = jobs.BatchJob(guild_id="7", channel_id="8", **fields)
    assert jobs.exclusive_channel(job) == channel_id
