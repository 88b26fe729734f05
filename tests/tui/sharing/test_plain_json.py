"""Records as JSON that may be passed on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from clipsaver.database.clips import StoredClip
from clipsaver.queue.entries import Carried
from clipsaver.queue.operating.dead_letters.letter import DeadLetter, Death
from clipsaver.tui.sharing.plain_json import lines_of, plain, record_of
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.rows import Cell, Row

if TYPE_CHECKING:
    from collections.abc import Mapping

LINK = "https://cdn.discordapp.com/attachments/1/2/a.mp4"
SIGNED = f"{LINK}?ex=65d903de&is=65c68ede&hm=2481f30dd67f"
CLIP = StoredClip(
    clip_id="1424914917202464798-1",
    message_id=1424914917202464798,
    channel_id=1424914917202464799,
    channel_name="clips",
    guild_id=928427413694734396,
    author_id=1,
    author_name="V\u202eera",
    source="attachment",
    filename="a.mp4",
    title=None,
    content_type="video/mp4",
    size_bytes=12_500_000,
    width=1920,
    height=1080,
    duration_seconds=12.5,
    url=SIGNED,
    url_expires_at=datetime(2026, 11, 25, tzinfo=UTC),
    thumbnail_state="ready",
    posted_at=datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
)


def test_a_clip_has_its_ids_as_text_and_its_link_without_the_signature() -> None:
    told = plain(CLIP)
    assert told["message_id"] == "1424914917202464798"
    assert told["size_bytes"] == 12_500_000
    assert told["url"] == LINK
    assert told["posted_at"] == "2026-11-24T12:00:00Z"
    assert told["title"] is None


def test_a_dead_letters_job_is_there_as_json() -> None:
    letter = DeadLetter(
        letter_id="1-0",
        job=b'{"type": "batch", "limit": 100, "settings": {"match_regex": "password=hunter2"}}',
        death=Death(reason="bad_job", hosts=("a", "b")),
        carried=Carried(),
        fields=MappingProxyType({"guild_id": "1"}),
    )
    told = plain(letter)
    assert told["job"]["limit"] == 100
    assert "hunter2" not in json.dumps(told)
    assert told["death"]["hosts"] == ["a", "b"]
    assert told["fields"] == {"guild_id": "1"}


def test_a_job_that_is_cut_or_broken_is_text() -> None:
    assert plain(b'{"type": "ba') == '{"type": "ba'
    assert plain(b"\xff") == "\\xff"
    assert plain(b"[" * 5_000) == "[" * 5_000


@dataclass(frozen=True, slots=True)
class Odd:
    """Kinds of values that records have."""

    view: View = View.DEAD
    names: frozenset[str] = frozenset({"b", "a"})
    by_id: Mapping[int, tuple[int, ...]] = field(default_factory=lambda: {2**60: (1, 2)})


def test_every_kind_of_value_has_a_form() -> None:
    assert plain(Odd()) == {
        "view": "dead",
        "names": ["a", "b"],
        "by_id": {str(2**60): [1, 2]},
    }


def test_rows_are_one_object_to_a_line() -> None:
    rows = [
        Row("a", {"IDLE": Cell("14m 02s")}, {"idle": 842_000.0}, raw=Odd()),
        Row("b", {"IDLE": Cell(SIGNED)}, {}, raw=None),
    ]
    first, second = (json.loads(line) for line in lines_of(rows).splitlines())
    assert first["key"] == "a"
    assert first["shown"] == {"idle": "14m 02s"}
    assert first["record"]["view"] == "dead"
    assert second == {"key": "b", "shown": {"idle": LINK}, "record": None}


def test_one_record_is_itself_and_more_are_a_list() -> None:
    rows = [Row("a", {}, {}, raw={"x": 1}), Row("b", {}, {}, raw={"x": 2})]
    assert record_of(rows[:1]) == '{\n  "x": 1\n}'
    assert json.loads(record_of(rows)) == [{"x": 1}, {"x": 2}]


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=3), one, max_size=3),
    max_leaves=8,
)


@given(JSON_LIKE)
def test_it_is_always_one_line_of_json(value: Any) -> None:
    text = lines_of([Row("k", {}, {}, raw=value)])
    assert text.count("\n") == 1
    assert set(json.loads(text)) == {"key", "shown", "record"}
