"""The page's tables say what the schema says, and its patterns are the same to JavaScript."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

from clipsaver.job_schema import job_schema
from clipsaver.job_settings import MimeType
from clipsaver.jobs import JOB_TYPES, KEPT_OF_LARGE_JOB, MAX_JOB_BYTES, ClipId, JobId, SnowflakeText
from tests.producers.conftest import node
from tests.producers.page import (
    PAGE,
    accepted_types,
    rows_of_fields,
    rows_of_settings,
    rows_of_types,
    table,
)


def test_the_table_of_types_is_the_schemas() -> None:
    assert [
        row.rpartition(" |")[0].rpartition(" |")[0] + " |" for row in table("Types of job")
    ] == [*rows_of_types()]
    assert list(accepted_types()) == list(JOB_TYPES)


def test_the_table_of_fields_is_the_schemas() -> None:
    assert table("Fields") == [*rows_of_fields()]


def test_the_table_of_settings_is_the_schemas() -> None:
    assert table("Settings") == [*rows_of_settings()]


def test_the_sizes_are_those_in_force() -> None:
    sizes = set(re.findall(r"\d+,\d+ bytes|\d+,\d+ are kept", PAGE.read_text()))
    assert sizes == {f"{MAX_JOB_BYTES:,} bytes", f"{KEPT_OF_LARGE_JOB:,} are kept"}


def patterns_in(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(patterns_in, schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["pattern"]} if "pattern" in schema else set()
    return own.union(*map(patterns_in, schema.values()))


_MATCHES = """
const { patterns, texts } = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const found = patterns.map((pattern) => {
  const regex = new RegExp(pattern, "u");
  return texts.map((text) => regex.test(text));
});
console.log(JSON.stringify(found));
"""


def test_the_patterns_match_the_same_in_javascript() -> None:
    """Which is what JSON Schema asks for; over every character, and at each end of a text."""
    of_python = {
        meta.pattern.replace(r"\Z", "$"): meta.pattern
        for kind in (SnowflakeText, ClipId, JobId, MimeType)
        for meta in kind.__metadata__
    }
    assert set(of_python) == patterns_in(job_schema())
    every = [chr(code) for code in range(0x3100) if not 0xD800 <= code <= 0xDFFF]
    every += ["\ufeff", "\ufffd", "\U0001f3ac", chr(sys.maxunicode)]
    texts = [text for one in every for text in (one, f"a/{one}", f"{one}/b", f"1{one}", f"{one}1")]
    texts += ["", "1" * 19, "1" * 20, "x" * 200, "x" * 201, f"{'x' * 60}/{'y' * 100}", "a/b/c"]
    ended = subprocess.run(
        [node(), "-e", _MATCHES],
        input=json.dumps({"patterns": list(of_python), "texts": texts}),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(ended.stdout)
    for (ecma, python), matched in zip(of_python.items(), found, strict=True):
        expected = [re.search(python, text) is not None for text in texts]
        differ = [
            text for text, one, other in zip(texts, expected, matched, strict=True) if one != other
        ]
        assert differ == [], ecma
