"""What is remembered of a guild survives being written down."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clipsaver.scanning.watching.memory import (
    Kind,
    Memory,
    Place,
    changed,
    from_fields,
    to_fields,
)

TIMES = st.integers(0, 2**41).map(lambda ms: ms / 1000)
IDS = st.integers(0, 2**63 - 1)
PLACES = st.dictionaries(
    IDS,
    st.one_of(
        st.builds(Place, st.just(Kind.THREAD), IDS, IDS),
        st.builds(Place, st.sampled_from([Kind.CHANNEL, Kind.PARENT, Kind.CLOSED]), IDS),
    ),
    max_size=5,
)
MEMORIES = st.builds(Memory, TIMES, TIMES, TIMES, PLACES)


@given(MEMORIES)
def test_it_comes_back(memory: Memory) -> None:
    assert from_fields(to_fields(memory)) == memory


@given(MEMORIES, MEMORIES)
def test_what_changed_makes_one_of_the_other(before: Memory, after: Memory) -> None:
    fields = to_fields(before)
    written, forgotten = changed(fields, to_fields(after))
    kept = {name: value for name, value in fields.items() if name not in forgotten}
    assert from_fields(kept | written) == after
    assert "turn_at" in written


def test_what_nobody_wrote_or_understands_is_nothing() -> None:
    assert from_fields({}) is None
    assert from_fields({"turn_at": "1.0", "looked_at": "1.0"}) is None
    fine = to_fields(Memory(1.0, 1.0, 1.0))
    assert from_fields({**fine, "star:5": "7"}) is None
    assert from_fields({**fine, "channel:5": "seven"}) is None
    assert from_fields({**fine, "of_a_later_version": "7"}) == Memory(1.0, 1.0, 1.0)
