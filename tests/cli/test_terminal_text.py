"""Strangers' text before a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from clipsaver.terminal_text import in_cells, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("clip.mp4", "clip.mp4"),
        ("ünï çødé 日本語 👩‍👩‍👧 🏳️‍🌈", "ünï çødé 日本語 👩‍👩‍👧 🏳️‍🌈"),
        ("a\nb\r\nc\td", "a b c d"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("a\0\x07\x08\x7fb", "ab"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hgone", "gone"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;aGVsbG8=\x07text", "text"),
        ("\x1bPq#0\x1b\\text", "text"),
        ("\x1b]unfinished", "unfinished"),
        ("\x1bctext", "text"),
        ("\x1b(0text", "text"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\u2066b\u2069\u200fc", "abc"),
        ("half \ud83d pair", "half  pair"),
        ("[31m is only text", "[31m is only text"),
        ("", ""),
    ],
)
def test_what_is_left(text: str, shown: str) -> None:
    assert printable(text) == shown


characters = st.one_of(
    st.characters(),
    st.sampled_from("\x1b[]();mPX^_\\\x07\x9b\x9c\x9d\r\n\u202e0"),
    st.just("\x1b]"),
)


@given(st.lists(characters).map("".join))
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    shown = printable(text)
    assert not any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in shown)
    assert not any(unicodedata.bidirectional(each) in BIDI_CONTROLS for each in shown)
    assert printable(shown) == shown
    shown.encode()


BIDI_CONTROLS = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("clip.mp4", "clip.mp4"),
        (
            "family \U0001f468\u200d\U0001f469\u200d\U0001f467",
            "family \U0001f468\U0001f469\U0001f467",
        ),
        ("\u2764\ufe0f", "\u2764"),
        ("\U0001f44d\U0001f3fd", "\U0001f44d"),
        ("cut off \U0001f469\u200d", "cut off \U0001f469"),
        ("soft\u00adhyphen", "softhyphen"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\x1b[2Jtwo\nlines", "two lines"),
    ],
)
def test_what_is_left_in_a_grid(text: str, shown: str) -> None:
    assert in_cells(text) == shown


joined = st.one_of(
    characters, st.sampled_from("\u200d\ufe0f\ufe0e\U0001f468\U0001f469\U0001f3fd\u2764")
)


@given(st.lists(joined).map("".join), st.integers(0, 40))
def test_a_text_in_a_grid_may_be_cut_anywhere(text: str, at: int) -> None:
    shown = in_cells(text)
    assert in_cells(shown) == shown
    assert cell_len(shown[:at]) + cell_len(shown[at:]) == cell_len(shown)


def test_a_text_that_python_calls_printable_is_left_as_it_is() -> None:
    everything = " ".join(filter(str.isprintable, map(chr, range(0x110000))))
    assert printable(everything) == everything
    assert printable(f"{everything}\0") == everything, "whichever way it is looked at"


def test_of_a_flood_of_marks_a_letter_keeps_a_few() -> None:
    vietnamese = "tie\u0302\u0301ng"
    assert printable(vietnamese) == vietnamese
    assert printable("Z" + "\u0300\u0316\u0489" * 200 + "b") == "Z\u0300\u0316\u0489\u0300b"


@pytest.mark.parametrize("unseen", ["\u200d", "\u200c", "\ufe0f", "\u034f\u200b"])
def test_a_flood_of_marks_is_one_whatever_is_between_them(unseen: str) -> None:
    flood = "Z" + f"\u0300\u0316{unseen}" * 200 + "b"
    for shown in (printable(flood), in_cells(flood)):
        assert (shown[0], shown[-1]) == ("Z", "b")
        assert sum(map(bool, map(unicodedata.combining, shown))) == 4
