"""The filter line's language: what it finds, what it says where it cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.tui.filters import NO_FILTER, Filter, FilterError, parse
from clipsaver.tui.viewmodel.listings import DEAD_EACH, LISTINGS
from clipsaver.tui.viewmodel.rows import Listing, Measure, Value

FIELDS = {
    "id": "of the entry",
    "kind": "of the job",
    "worker": "who holds it",
    "idle": "how long it was left alone",
    "tries": "deliveries",
    "size": "of the file",
    "died": "when it died",
    "min idle": "the least of it",
}
MEASURES = {
    "kind": Measure.TEXT,
    "idle": Measure.LENGTH,
    "tries": Measure.NUMBER,
    "size": Measure.SIZE,
    "died": Measure.MOMENT,
}
NOW_MS = 1_769_428_800_000
ROW: dict[str, Value] = {
    "id": "1769428198123-0",
    "kind": "batch",
    "worker": "w-9",
    "idle": 14 * 60_000 + 2_000.0,
    "tries": 4,
    "size": 12_500_000,
    "died": NOW_MS - 3_600_000,
    "min idle": 5.0,
    "holder": None,
}
TEXTS = ("…8198123-0", "guild-a #Clips", "reclaim due, no slot", "e\u0301te\u0301 日本")


def read(text: str) -> Filter:
    found = parse(text, FIELDS, MEASURES)
    assert isinstance(found, Filter), found
    return found


def refused(text: str) -> FilterError:
    found = parse(text, FIELDS, MEASURES)
    assert isinstance(found, FilterError), found
    return found


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("", True),
        ("reclaim", True),
        ("RECLAIM #clips", True),
        ("reclaim nowhere", False),
        ('"due, no"', True),
        ('"due no"', False),
        ("!nowhere", True),
        ("!slot", False),
        ("w-9", True),
        ("\u00e9t\u00e9", True),
        ("日本", True),
        ("kind:batch", True),
        ("kind:BAT", True),
        ("kind=bat", False),
        ("kind=Batch", True),
        ("!kind:batch", False),
        ("!kind:guild", True),
        ("worker:w-", True),
        ("worker=w-", False),
        ('worker:""', False),
        ('!worker:""', True),
        ("idle>30s", True),
        ("idle>14m02s", False),
        ("idle>=14m02s", True),
        ("idle<=14m02s", True),
        ('idle>"14m 01s"', True),
        ("idle<1h", True),
        ("idle:>30s", True),
        ("!idle>30s", False),
        ("idle:14m", True),
        ("idle:13m", False),
        ("idle:842s", True),
        ("min_idle<6", True),
        ("tries:4", True),
        ("tries=4", True),
        ("tries<5", True),
        ("tries>4.5", False),
        ("tries<2,310", True),
        ("size>10M", True),
        ("size>10MB", True),
        ("size:12M", True),
        ("size<12500k", False),
        ("died<2h", True),
        ("died>2h", False),
        ("died:1h", True),
        ("/8198\\d+-0$/", True),
        ("/^RECLAIM/", True),
        ("/(?-i:RECLAIM)/", False),
        ("/due, no/", True),
        ("worker:/^w-[0-9]$/", True),
        ("!worker:/^w-[0-9]$/", False),
        ("tries:/4/", False),
        ("12:04", False),
        ("kind:batch worker:w-9 idle>30s slot", True),
    ],
)
def test_what_a_filter_finds(text: str, is_found: bool) -> None:
    assert read(text).matches(ROW, TEXTS, NOW_MS) is is_found


@pytest.mark.parametrize(
    ("text", "said", "at", "suggestion"),
    [
        ("idel>30s", "no field idel: did you mean idle?", 0, "idle>30s"),
        ("a kidn:x", "did you mean kind? There are id, kind,", 2, "a kind:x"),
        ("https://a.b", 'for the text itself "https://a.b"', 0, None),
        ("idle>30", "idle is a time, which needs ms, s, m, h or d: idle>30s", 5, "idle>30s"),
        ("died<2", "died is a time", 5, "died<2s"),
        ("idle>", "idle> needs a number: write idle>30s", 0, None),
        ("size>", "size> needs a number: write size>10M", 0, None),
        ("kind:", 'kind:"" is where there is none', 0, None),
        ("idle>soon", "soon is no number: write idle>30s", 5, None),
        ("idle>5M", "idle is a time", 5, "idle>5Ms"),
        ("tries>5s", "tries is a number: write tries>5", 6, None),
        ("size>5m", "size is a size: write size>10M", 5, None),
        ("kind>5", "kind is a text: write kind:5", 5, None),
        ("kind!=batch", "write the ! first: !kind=", 0, "!kind=batch"),
        ("x !", "! means not", 2, None),
        ('"ab', 'it needs a second " at its end', 0, None),
        ("/ab", "it needs a second / at its end", 0, None),
        ("/var/lib", 'for the text itself "/var/lib"', 0, None),
        (
            "/a(?=b)/",
            "no lookaround, no backreferences) refuses it: invalid perl operator",
            0,
            None,
        ),
        ("kind:/(/", "refuses it: missing )", 5, None),
    ],
)
def test_an_error_says_what_to_write(text: str, said: str, at: int, suggestion: str | None) -> None:
    error = refused(text)
    assert said in error.words
    assert (error.at, error.suggestion) == (at, suggestion)


def test_what_an_error_suggests_is_understood() -> None:
    for text in ("idel>30s", "idle>30", "died<2", "kind!=batch", "a kidn:x"):
        suggestion = refused(text).suggestion
        assert suggestion is not None
        read(suggestion)


def test_bounds_are_those_that_every_row_keeps() -> None:
    asked = read("idle>30s idle>=1m idle<2h worker=w-9 kind:bat !tries>5 died>2h")
    assert asked.least("idle") == 60_000
    assert asked.least("tries") is None
    assert asked.least("died") is None
    assert asked.equals("worker") == "w-9"
    assert asked.equals("kind") is None
    assert read("!worker=w-9").equals("worker") is None


def test_an_empty_text_filters_nothing() -> None:
    assert read("  ").terms == ()
    assert NO_FILTER.matches({}, ())


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), max_size=6)
ANY_TEXT = st.one_of(
    st.text(max_size=30),
    st.text("abkindle:=<>!/\\\"' 05smh.,()", max_size=30),
    st.lists(
        st.sampled_from(
            ["kind:", "idle>", "30s", '"', "/", "!", " ", "a", "\\", "worker=", "(", "w-9", "é"]
        ),
        max_size=8,
    ).map("".join),
)
VALUES = st.one_of(st.none(), st.text(max_size=10), st.floats(), st.integers(0, 2**60).map(float))


@given(ANY_TEXT)
def test_what_is_understood_can_be_written_again(text: str) -> None:
    found = parse(text, FIELDS, MEASURES)
    if isinstance(found, Filter):
        again = read(found.words())
        assert again.terms == found.terms
        assert again.words() == found.words()
    else:
        assert 0 <= found.at <= len(text)
        assert found.words


@given(ANY_TEXT, st.dictionaries(st.sampled_from(sorted(FIELDS)), VALUES), st.lists(st.text()))
def test_a_row_either_fits_or_not(text: str, values: dict[str, Value], texts: list[str]) -> None:
    found = parse(text, FIELDS, MEASURES)
    if isinstance(found, Filter):
        assert found.matches(values, texts, NOW_MS) in {True, False}
        if len(found.terms) == 1:
            other = read(found.words()[1:] if found.terms[0].is_not else f"!{found.words()}")
            assert found.matches(values, texts, NOW_MS) is not other.matches(values, texts, NOW_MS)


@given(st.lists(WORDS.filter(bool), min_size=1, max_size=3), st.lists(st.text(), max_size=3))
def test_words_of_a_row_find_it(words: list[str], texts: list[str]) -> None:
    quoted = " ".join('"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in words)
    assert read(quoted).matches({}, [*words, *texts])


@pytest.mark.parametrize("listing", [*LISTINGS.values(), DEAD_EACH], ids=lambda one: one.title)
def test_of_each_list_texts_are_not_compared_and_numbers_are(listing: Listing) -> None:
    fields, measures = listing.all_fields(), listing.all_measures()
    assert measures.keys() == fields.keys()
    for field, measure in measures.items():
        name = field.replace(" ", "_")
        found = parse(f"{name}>0", fields, measures)
        if measure is Measure.TEXT:
            assert isinstance(found, FilterError)
            assert found.words == f"{name} is a text: write {name}:0"
        else:
            assert isinstance(found, Filter)
