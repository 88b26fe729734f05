"""The JSON Schema of jobs: it takes what `decode` takes, and says what it cannot check."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from clipsaver import jobs
from clipsaver.errors import BadJob
from clipsaver.job_schema import DIALECT, job_schema, job_schema_text
from clipsaver.snowflake import MAX_ID

# What the schema takes and `decode` refuses; a description says each of them.
UNSAID = (
    "larger than any id",
    "regex engine refuses",
    "no id between",
    "got `float`",  # 1.0 is an integer to JSON Schema
    "bytes; at most",
)


def _ecma_pattern(_: object, pattern: str, value: object, schema: object) -> Iterator[Any]:
    """The keyword `pattern` as the specification wants it: `$` is the end and nothing else."""
    assert pattern.endswith("$")
    if isinstance(value, str) and re.search(pattern[:-1] + r"\Z", value) is None:
        yield ValidationError(f"{value!r} does not match {pattern!r}")


Validator = extend(Draft202012Validator, {"pattern": _ecma_pattern})
VALIDATOR = Validator(job_schema())
OF_ONE_TYPE = {name: Validator(job_schema(name)) for name in jobs.JOB_TYPES}

ids = st.integers(0, MAX_ID).map(str) | st.just("007")
texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=200)
directions = st.none() | st.sampled_from(["backward", "forward"])
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "guild_id": ids,
    "channel_id": ids,
    "author_id": ids,
    "job_id": st.none() | texts.filter(bool),
    "direction": directions,
    "limit": st.none() | st.integers(min_value=1),
    "before_message_id": st.none() | st.just(str(MAX_ID)),
    "after_message_id": st.none() | st.integers(0, 1000).map(str),
    "known": st.sampled_from(["skip", "stop", "reread"]),
    "strategy": st.sampled_from(["auto", "history", "search"]),
    "message_ids": st.lists(ids, min_size=1, max_size=5) | st.just(["1"] * 1000),
    "reason": texts,
    "reset_scan_status": st.booleans(),
    "clip_ids": st.lists(st.from_regex(r"[!-~]{1,200}", fullmatch=True), min_size=1, max_size=3),
    "retry_count": st.integers(min_value=0),
    "priority": st.sampled_from(["backfill", "live"]),
    "settings": st.fixed_dictionaries(
        {},
        optional={
            "allowed_mime_types": st.none() | st.lists(st.sampled_from(["video/mp4", "video/*"])),
            "match_regex": st.none() | st.sampled_from(["", "clip|gg", "^a+$"]),
            "scan_mode": directions,
            "enable_message_content_storage": st.booleans(),
        },
    ),
}

# Near misses, which a random value would hardly ever be.
ALMOST = [
    *("", "1\n", "\u0661", "-1", "1" * 19, "9" * 19, "1" * 20, "a\0b", "x" * 200, "x" * 201),
    *(
        "video/mp4\n",
        "video/\ufeff",
        "video/\x1c",
        "video/mp4;x",
        "(?=a)",
        "up",
        "\U0001f3ac" * 200,
    ),
    *(0, 1, -1, 1.0, 1.5, 2**64, True, None, [], ["1"] * 1001, ["1", 2], ["1\n"], {}),
    *({"match_regex": "(?=a)"}, {"match_regex": "a\0"}, {"match_regex": "x" * 10_001}),
    *({"allowed_mime_types": ["mp4"]}, {"scan_mode": "up"}, {"new": 1}),
    *({"enable_message_content_storage": None}, {"allowed_mime_types": ["video/\u00a0"]}),
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
) | st.text(max_size=8)
LEAST = {
    "guild_id": "1",
    "channel_id": "2",
    "author_id": "3",
    "message_ids": ["4"],
    "clip_ids": ["4-5"],
}


@st.composite
def good_jobs(draw: st.DrawFn) -> dict[str, Any]:
    """A job with what it has to have, and any part of what it may have."""
    name = draw(st.sampled_from(sorted(jobs.JOB_TYPES)))
    fields = msgspec.structs.fields(jobs.JOB_TYPES[name])
    optional = {field.name: GOOD[field.name] for field in fields if not field.required}
    required = {field.name: GOOD[field.name] for field in fields if field.required}
    return {"type": name, **draw(st.fixed_dictionaries(required, optional=optional))}


def refusal(job: object) -> str | None:
    """Why `decode` refuses the job, if it does."""
    try:
        jobs.decode(json.dumps(job).encode())
    except BadJob as error:
        return str(error)
    return None


def test_it_is_a_schema_of_its_draft() -> None:
    for schema in (job_schema(), *map(job_schema, jobs.JOB_TYPES)):
        assert schema["$schema"] == DIALECT == Draft202012Validator.META_SCHEMA["$id"]
        Draft202012Validator.check_schema(schema)
        assert "$id" not in schema


def test_its_text_is_the_schema() -> None:
    assert json.loads(job_schema_text()) == job_schema()
    assert json.loads(job_schema_text("rescan")) == job_schema("rescan")


def test_every_type_is_there_once() -> None:
    schema = job_schema()
    parts = [schema["$defs"][ref["$ref"].removeprefix("#/$defs/")] for ref in schema["oneOf"]]
    assert [part["properties"]["type"]["const"] for part in parts] == list(jobs.JOB_TYPES)
    assert len(schema["$defs"]) == len(parts) + len(["Settings"])


@pytest.mark.parametrize("name", jobs.JOB_TYPES)
def test_every_field_has_a_description_and_each_that_may_be_missing_its_default(name: str) -> None:
    schema = job_schema(name)
    for part in (schema, *schema["$defs"].values()):
        assert part["description"]
        assert part["title"]
        for field, said in part["properties"].items():
            assert said["description"].endswith("."), field
            assert ("default" in said) != (field in part["required"]), field


@given(good_jobs())
def test_both_take_a_good_job(job: dict[str, Any]) -> None:
    assert refusal(job) is None
    assert VALIDATOR.is_valid(job)
    assert {name for name, one in OF_ONE_TYPE.items() if one.is_valid(job)} == {job["type"]}


def check_that_both_agree(job: dict[str, Any], validator: Draft202012Validator) -> None:
    """Apart from what a description says."""
    problem = refusal(job)
    is_valid = validator.is_valid(job)
    if problem is None or not is_valid:
        assert is_valid == (problem is None), (job, problem)
    else:
        assert any(words in problem for words in UNSAID), (job, problem)


@pytest.mark.parametrize("name", jobs.JOB_TYPES)
def test_both_refuse_near_misses(name: str) -> None:
    fields = msgspec.structs.fields(jobs.JOB_TYPES[name])
    least = {field.name: LEAST[field.name] for field in fields if field.required}
    for field in fields:
        for value in ALMOST:
            job = {"type": name, **least, field.name: value}
            check_that_both_agree(job, OF_ONE_TYPE[name])
        check_that_both_agree(
            {"type": name, **{key: least[key] for key in least if key != field.name}},
            OF_ONE_TYPE[name],
        )


@given(good_jobs(), st.data())
def test_both_refuse_the_same(job: dict[str, Any], data: st.DataObject) -> None:
    for where in data.draw(st.sets(st.sampled_from([*job, "colour", *GOOD]), max_size=3)):
        job[where] = data.draw(st.sampled_from(ALMOST) | anything)
    check_that_both_agree(job, VALIDATOR)


@given(anything | st.dictionaries(st.sampled_from(["type", "guild_id"]), anything))
def test_both_refuse_what_is_no_job(job: object) -> None:
    assert refusal(job) is not None
    assert not VALIDATOR.is_valid(job)


def test_a_line_break_at_the_end_passes_where_the_validator_takes_pythons_patterns() -> None:
    job = {"type": "batch", "guild_id": "1\n", "channel_id": "2"}
    assert Draft202012Validator(job_schema()).is_valid(job)
    assert not VALIDATOR.is_valid(job)
    assert refusal(job) is not None


@pytest.mark.parametrize(
    ("fields", "words", "field"),
    [
        ({"guild_id": "9" * 19}, UNSAID[0], None),
        ({"settings": {"match_regex": "(?=a)"}}, UNSAID[1], "match_regex"),
        ({"before_message_id": "5", "after_message_id": "4"}, UNSAID[2], "before_message_id"),
        ({"limit": 1.0}, UNSAID[3], None),
        ({"x": "y" * 300_000}, UNSAID[4], None),
    ],
)
def test_what_it_cannot_check_a_description_says(
    fields: dict[str, Any], words: str, field: str | None
) -> None:
    job = {"type": "batch", "guild_id": "1", "channel_id": "2", **fields}
    assert VALIDATOR.is_valid(job)
    assert words in (refusal(job) or "")
    schema = job_schema("batch")
    properties = schema["properties"] | schema["$defs"]["Settings"]["properties"]
    said = schema["description"] if field is None else properties[field]["description"]
    expected = {
        UNSAID[0]: str(MAX_ID),
        UNSAID[1]: "RE2",
        UNSAID[2]: "between",
        UNSAID[3]: "neither point nor exponent",
        UNSAID[4]: f"{jobs.MAX_JOB_BYTES:,} bytes",
    }
    assert expected[words] in said
