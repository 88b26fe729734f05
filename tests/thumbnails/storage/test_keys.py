"""Keys are ours alone, whatever a clip is called, and no two attempts share one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.thumbnails.storage.keys import SIZES, checked, key_of

texts = st.text(st.characters(exclude_categories=()), max_size=300)
tokens = st.integers(0, 2**63 - 1)


def test_a_key_tells_the_clip_the_size_and_the_attempt() -> None:
    assert key_of("14-15", "small", 0x1F2E) == "c4/14-15-small-1f2e.webp"


@given(texts, st.sampled_from(SIZES), tokens)
def test_every_key_names_a_file_one_folder_below_the_root(clip: str, size: str, token: int) -> None:
    key = key_of(clip, size, token)
    assert checked(key) == key
    folder, name = key.split("/")
    assert len(folder) == 2
    assert not name.startswith(".")
    assert len(name) < 200


@given(st.sets(st.tuples(texts, st.sampled_from(SIZES), tokens), max_size=20))
def test_no_two_share_one(made: set[tuple[str, str, int]]) -> None:
    assert len({key_of(*one) for one in made}) == len(made)


def test_there_are_two_sizes() -> None:
    with pytest.raises(ValueError, match="there is no size 'huge'"):
        key_of("14-15", "huge", 1)
