"""Sizes, turns and moments: what holds for all of them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clipsaver.thumbnails.picture.geometry import (
    UPRIGHT,
    Size,
    fitted,
    orientation_of_angle,
    orientation_of_matrix,
    shown,
    squared,
)
from clipsaver.thumbnails.picture.looks import looks_of
from clipsaver.thumbnails.picture.moments import moments
from clipsaver.thumbnails.picture.stills import _TURNS

sides = st.integers(1, 16_384)
sizes = st.builds(Size, sides, sides)
pixels = st.one_of(st.none(), st.fractions(-10, 1000))


@given(sizes, st.builds(Size, st.integers(1, 2000), st.integers(1, 2000)))
def test_what_is_fitted_lies_within_its_box_and_keeps_its_shape(size: Size, box: Size) -> None:
    found = fitted(size, box)
    assert 1 <= found.width <= min(size.width, box.width)
    assert 1 <= found.height <= min(size.height, box.height)
    # One side is that of the box or of the picture, but for a pixel.
    full = (size.width, box.width, size.height, box.height)
    assert found.width in full[:2] or found.height in full[2:]
    if min(found) > 1:
        assert abs(found.width * size.height - found.height * size.width) <= max(size)


@given(sizes, pixels)
def test_square_pixels_never_make_a_side_shorter(size: Size, pixel: Fraction | None) -> None:
    found = squared(size, pixel)
    assert found.width >= size.width
    assert found.height >= size.height
    assert found.width == size.width or found.height == size.height


@pytest.mark.parametrize(
    "matrix", [(a, b, c, d) for a, d in ((1, 1), (1, -1), (-1, 1), (-1, -1)) for b, c in ((0, 0),)]
    + [(0, b, c, 0) for b in (1, -1) for c in (1, -1)],
)  # fmt: skip
def test_a_turned_picture_has_each_pixel_where_its_matrix_puts_it(
    matrix: tuple[int, int, int, int],
) -> None:
    a, b, c, d = matrix
    size = Size(3, 2)
    image = Image.frombytes("L", size, bytes(range(6)))
    orientation = orientation_of_matrix(*(65536 * one for one in matrix))
    turn = _TURNS[orientation]
    turned = image if turn is None else image.transpose(turn)
    assert turned.size == shown(size, None, orientation)
    places = {(x, y): (a * x + c * y, b * x + d * y) for x in range(3) for y in range(2)}
    left = min(x for x, _ in places.values())
    top = min(y for _, y in places.values())
    for place, (x, y) in places.items():
        assert turned.getpixel((x - left, y - top)) == image.getpixel(place)


def test_angles_go_to_the_nearest_quarter() -> None:
    assert orientation_of_angle(0) == orientation_of_angle(-3) == UPRIGHT
    assert orientation_of_angle(90) == orientation_of_angle(-270) == orientation_of_angle(89)
    assert orientation_of_angle(90) == orientation_of_matrix(0, -65536, 65536, 0)
    assert orientation_of_angle(-90) == orientation_of_matrix(0, 65536, -65536, 0)
    assert orientation_of_angle(180) == orientation_of_angle(-180)
    assert orientation_of_angle(float("nan")) == UPRIGHT


@given(st.floats(0, 100), st.one_of(st.none(), st.floats(0.01, 10_000)))
def test_moments_lie_within_the_clip(first_s: float, duration_s: float | None) -> None:
    found = moments(first_s, duration_s)
    assert found[0] == (first_s if duration_s is None else min(first_s, duration_s))
    assert all(0 <= moment <= (duration_s or 100) for moment in found)


@given(st.lists(st.integers(0, 255), min_size=1))
def test_looks_are_mean_and_deviation(levels: list[int]) -> None:
    histogram = [levels.count(level) for level in range(256)]
    mean = sum(levels) / len(levels)
    found = looks_of(histogram)
    assert found.mean == pytest.approx(mean)
    assert found.spread**2 == pytest.approx(
        sum((level - mean) ** 2 for level in levels) / len(levels), abs=1e-6
    )


def test_black_white_and_one_colour_are_flat() -> None:
    def is_flat(*levels: int) -> bool:
        return looks_of([levels.count(level) for level in range(256)]).is_flat

    assert is_flat(0, 0, 0, 0)
    assert is_flat(128, 128, 128, 130)
    assert is_flat(250, 255, 250, 255)
    assert is_flat(0, 0, 0, 40), "all but black"
    assert not is_flat(100, 120, 100, 120)
