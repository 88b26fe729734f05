"""Which rules a picture's colours follow, and HDR made fit for a screen without it.

FFmpeg's scaler could convert HDR, but builds a table for it in three seconds each time; one of 33³
entries made here once takes a fortieth of that. Sources: SMPTE ST 2084 (PQ), ARIB STD-B67 (HLG),
ITU-R BT.2408 (203 cd/m² is white), BT.2087 (BT.2020 to BT.709), IEC 61966-2-1 (sRGB).
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from PIL import ImageFilter

if TYPE_CHECKING:
    from collections.abc import Callable

PQ, HLG = 16, 18
"""AVCOL_TRC_SMPTE2084 and AVCOL_TRC_ARIB_STD_B67."""
_UNTAGGED = 2
"""AVCOL_SPC_UNSPECIFIED."""
_KNOWN_SPACES = frozenset((0, 1, 4, 5, 6, 7, 9))
"""What swscale converts: RGB, BT.709, FCC, BT.601 twice, SMPTE 240M, BT.2020."""

_KNOWN_RANGES = frozenset((0, 1, 2))
"""Untagged, limited and full."""
_GRID = 33
_WHITE_NITS = 203.0
_HLG_PEAK_NITS = 1000.0
_KNEE = 0.6
"""Share of white above which brightness is compressed instead of cut off."""
_TO_709 = (
    (1.660491, -0.587641, -0.072850),
    (-0.124550, 1.132900, -0.008349),
    (-0.018151, -0.100579, 1.118730),
)
_WEIGHTS_2020 = (0.2627, 0.6780, 0.0593)


def space_of(tagged: int, width: int, height: int) -> str | None:
    """The colour space to read a picture's colours by; None for the tagged one.

    Untagged ones follow BT.709 from 720p on and BT.601 below, as players guess: swscale takes
    BT.601 for all, which is off by up to 14 levels.
    """
    if tagged in _KNOWN_SPACES:
        return None
    if tagged != _UNTAGGED or width >= 1280 or height > 576:
        return "itu709"
    return "itu601"


def range_of(tagged: int) -> str | None:
    """The range of a picture's levels; None for the tagged one, or what FFmpeg takes for it."""
    return None if tagged in _KNOWN_RANGES else "MPEG"


def is_hdr(transfer: int) -> bool:
    return transfer in (PQ, HLG)


@cache
def hdr_table(transfer: int) -> ImageFilter.Color3DLUT:
    """From HDR in BT.2020 to sRGB, for PQ or HLG; a quarter of a second for each, once."""
    light = [_LIGHT[transfer](step / (_GRID - 1)) for step in range(_GRID)]
    ootf = _hlg_gain if transfer == HLG else _no_gain
    curve = [_srgb(step / 1023) for step in range(1024)]
    table = [
        value
        for blue in light
        for green in light
        for red in light
        for value in _shown(red, green, blue, ootf, curve)
    ]
    return ImageFilter.Color3DLUT(_GRID, table)


def _shown(
    red: float,
    green: float,
    blue: float,
    ootf: Callable[[float, float, float], float],
    curve: list[float],
) -> tuple[float, float, float]:
    """One colour as sRGB from 0 to 1; the light is in shares of white."""
    gain = ootf(red, green, blue)
    light = [max(0.0, (row[0] * red + row[1] * green + row[2] * blue) * gain) for row in _TO_709]
    brightest = max(light)
    if brightest > _KNEE:
        squeezed = _KNEE + (1 - _KNEE) * -math.expm1((_KNEE - brightest) / (1 - _KNEE))
        light = [part * squeezed / brightest for part in light]
    r, g, b = (curve[min(1023, round(part * 1023))] for part in light)
    return r, g, b


def _pq_light(signal: float) -> float:
    """ST 2084: from a signal to light, in shares of white."""
    root = math.pow(signal, 1 / 78.84375)
    share = max(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root)
    return 10_000 * math.pow(share, 1 / 0.1593017578125) / _WHITE_NITS


def _hlg_light(signal: float) -> float:
    """STD-B67: from a signal to light of the scene, 1 at the peak."""
    if signal <= 0.5:
        return signal * signal / 3
    return (math.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12


def _hlg_gain(red: float, green: float, blue: float) -> float:
    """BT.2100: from light of the scene to light of a screen of 1,000 cd/m², in shares of white."""
    luminance = sum(w * c for w, c in zip(_WEIGHTS_2020, (red, green, blue), strict=True))
    return _HLG_PEAK_NITS / _WHITE_NITS * (luminance**0.2 if luminance > 0 else 0.0)


def _no_gain(_red: float, _green: float, _blue: float) -> float:
    return 1.0


def _srgb(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


_LIGHT: dict[int, Callable[[float], float]] = {PQ: _pq_light, HLG: _hlg_light}
