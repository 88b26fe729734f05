"""Lines, boxes and sizes: exactly as wide and high as there is room, whatever is in them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from clipsaver.tui.painting.boxes import draw, draw_row, in_rows
from clipsaver.tui.painting.lines import fit, text_of, width_of
from clipsaver.tui.painting.sizes import Need, Size, allot, needed, size_of
from clipsaver.tui.painting.theme import PALETTES, Palette
from clipsaver.tui.viewmodel.rows import Cell, Line, Pane, Tone
from clipsaver.tui.viewmodel.signs import Signs

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Mn", "Me", "Cf")))
cells = st.builds(Cell, words, st.sampled_from(Tone))
lines = st.lists(cells, max_size=4).map(tuple)


def plain(line: Line) -> str:
    return "".join(cell.text for cell in line)


signs = st.builds(Signs, st.booleans())
panes = st.builds(
    Pane, words, st.lists(lines, max_size=8).map(tuple), words, st.booleans(),
    st.lists(words, max_size=8).map(tuple),
)  # fmt: skip


@given(lines, st.integers(0, 60), signs)
def test_a_line_is_as_wide_as_there_is_room(line, width, signs) -> None:
    assert width_of(fit(line, width, signs)) == width


@given(st.lists(panes, min_size=1, max_size=2), st.integers(20, 130), st.integers(3, 12), signs)
def test_boxes_fill_exactly_their_place(row, width, height, signs) -> None:
    drawn = draw_row(row, width, height, signs)
    assert len(drawn) == height
    assert {width_of(one.line) for one in drawn} == {width}
    for one in drawn:
        for spot in one.spots:
            assert 0 < spot.start < spot.end <= width
            assert spot.key


def test_what_does_not_fit_into_a_box_is_counted_and_cannot_be_opened() -> None:
    pane = Pane("T", tuple((Cell(f"line {n}"),) for n in range(5)), keys=tuple("abcde"))
    drawn = draw(pane, 20, 5, Signs(is_ascii=True))
    assert [plain(one.line) for one in drawn] == [
        "+- T --------------+",
        "| line 0           |",
        "| line 1           |",
        "| 3 more           |",
        "+------------------+",
    ]
    assert [spot.key for one in drawn for spot in one.spots] == ["a", "b"]


def test_halves_stand_side_by_side_only_where_there_is_the_width() -> None:
    whole, half = Pane("w", ()), Pane("h", (), is_half=True)
    row = (half, half, half, whole, half)
    assert [len(one) for one in in_rows(row, is_wide=True)] == [2, 1, 1, 1]
    assert [len(one) for one in in_rows(row, is_wide=False)] == [1] * 5


def test_strangers_text_is_never_markup() -> None:
    tones = PALETTES["dark"].styles()
    text = text_of((Cell("[red]x[/red] [link=http://a]"),), tones)
    assert text.plain == "[red]x[/red] [link=http://a]"


@given(
    st.integers(0, 60),
    st.lists(st.builds(Need, st.integers(1, 9), st.integers(1, 20), st.booleans()), max_size=6),
)
def test_lines_are_given_out_once(lines, needs) -> None:
    given_out = allot(lines, needs)
    assert sum(given_out) <= lines
    for need, got in zip(needs, given_out, strict=True):
        assert got == 0 or got >= need.least


def test_the_first_parts_come_first_and_the_rest_goes_to_who_takes_it() -> None:
    needs = [Need(3, 6), Need(3, 5), Need(3, 4, takes_rest=True)]
    assert allot(20, needs) == (6, 5, 9)
    assert allot(10, needs) == (4, 3, 3)
    assert allot(7, needs) == (4, 3, 0)


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (120, 40, Size.WIDE),
        (200, 24, Size.WIDE),
        (119, 60, Size.NARROW),
        (80, 24, Size.NARROW),
        (79, 24, Size.EMERGENCY),
        (80, 23, Size.EMERGENCY),
        (40, 10, Size.EMERGENCY),
        (39, 10, Size.NOTHING),
        (40, 9, Size.NOTHING),
    ],
)
def test_what_fits(width: int, height: int, size: Size) -> None:
    assert size_of(width, height) is size


def test_the_size_that_is_needed_is_said_in_one_line() -> None:
    assert needed(30, 8) == "needs 40x10, is 30x8"
    assert len(needed(7, 1)) <= 7


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_every_tone_can_be_read_on_its_background(palette: Palette) -> None:
    for name in ("text", "dim", "strong", "good", "note", "warn", "bad"):
        assert contrast(getattr(palette, name), palette.background) >= 4.5, name
        assert contrast(getattr(palette, name), palette.raised) >= 4.0 or name == "dim", name


def seen_without_green(colour: str) -> tuple[float, float, float]:
    """As people without green cones see it (Viénot, Brettel and Mollon 1999), linear RGB."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part**2.2 for part in (red, green, blue))
    yellow = 0.29275 * red + 0.70725 * green
    return yellow, yellow, -0.02234 * red + 0.02234 * green + blue


@pytest.mark.parametrize("name", ["dark", "light"])
def test_good_and_bad_are_not_told_apart_by_red_and_green(name: str) -> None:
    palette = PALETTES[name]
    good = seen_without_green(palette.good)
    for bad in (palette.warn, palette.bad):
        distance = sum((a - b) ** 2 for a, b in zip(good, seen_without_green(bad), strict=True))
        assert distance**0.5 > 0.25


def test_tones_differ_from_each_other_in_every_palette() -> None:
    for palette in PALETTES.values():
        styles = palette.styles()
        for one, other in itertools.combinations(Tone, 2):
            assert styles[one] != styles[other]


def test_double_width_text_is_cut_between_characters() -> None:
    line = fit((Cell("日本語テキスト"),), 6, Signs())
    assert plain(line) == "日本 …"
    assert cell_len(plain(line)) == 6
