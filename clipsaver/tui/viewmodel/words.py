"""Lengths of time, sizes, ids and names as a person reads them in little room. Pure.

Whoever looks from a command line has more room: its words are in `queue.operating.words`.
"""

from __future__ import annotations

import functools
import math

from clipsaver.masking import mask
from clipsaver.terminal_text import in_cells
from clipsaver.tui.viewmodel.signs import Signs

NOTHING = "-"
_LONGEST = 4000
"""Of a stranger's text no more is looked at: no pane shows as much."""
_KINDS = {
    "thumbnail_retry": "thumbs",
    "message_deletion": "deletion",
    "purge_channel": "purge",
    "purge_guild": "purge guild",
    "purge_author": "purge author",
}


def length(ms: float | None) -> str:
    """`<1s`, `3.2s`, `42s`, `14m 02s`, `2h 11m`, `3d 04h`; what is below nothing is nothing."""
    if ms is None or not math.isfinite(ms):
        return NOTHING
    seconds = max(0.0, ms / 1000)
    if seconds < 1:
        return "<1s"
    return f"{seconds:.1f}s" if seconds < 9.95 else _whole(round(seconds))


def left(ms: float | None) -> str:
    """How much longer, to a tenth of a second: `0.4s`, `3.2s`, `42s`; then as `length`."""
    if ms is None or not 0 <= ms < 1000:
        return length(ms)
    return f"{ms / 1000:.1f}s"


def age(ms: float | None) -> str:
    """How long ago, to the second: `3s`, `14m 02s`; less than one is `<1s`."""
    if ms is None or not math.isfinite(ms):
        return NOTHING
    seconds = int(max(0.0, ms / 1000))
    return _whole(seconds) if seconds else "<1s"


def clip_length(seconds: float | None) -> str:
    """`0:42`, `1:02:03`."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return NOTHING
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count(number: int | None) -> str:
    """`2,310`."""
    return NOTHING if number is None else f"{number:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 worker`, `2 workers`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def compact(number: float) -> str:
    """`999`, `1.2k`, `31k`, `100k`, `1.2M`: five cells at most, up to a quadrillion."""
    if round(number) < 1000:
        return f"{number:.0f}"
    steps = ((1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"))
    step, unit = next((one for one in steps if round(number / one[0]) < 1000), steps[-1])
    shown = number / step
    return f"{shown:.1f}{unit}" if shown < 9.95 else f"{shown:.0f}{unit}"


def size(count_of_bytes: int | None) -> str:
    """`512 B`, `870 kB`, `1.2 MB`."""
    if count_of_bytes is None:
        return NOTHING
    if count_of_bytes < 1000:
        return f"{count_of_bytes} B"
    written = compact(count_of_bytes)
    return f"{written[:-1]} {written[-1]}B"


def percent(share: float | None) -> str:
    """`62%`; it is 100 only when it is all."""
    if share is None or not math.isfinite(share):
        return f"{NOTHING}%"
    return f"{int(max(0.0, min(1.0, share)) * 100)}%"


def per_second(rate: float | None) -> str:
    """`98/s`, `1.3/s`."""
    if rate is None or not math.isfinite(rate):
        return NOTHING
    return f"{rate:.1f}/s" if 0 < rate < 9.95 else f"{rate:,.0f}/s"


def safe(text: str) -> str:
    """A stranger's text on one line, without what a terminal would obey; long ones are cut."""
    return in_cells(text[:_LONGEST])


@functools.lru_cache(maxsize=1024)  # the same few are shown again and again
def error(text: str) -> str:
    """The same of an error, in which there may be a secret."""
    return in_cells(mask(text[:_LONGEST]))


def kind(of_type: str) -> str:
    """A type of job in twelve cells."""
    return _KINDS.get(of_type) or safe(of_type) or NOTHING


def tail(text: str, cells: int, signs: Signs) -> str:
    """The end of an id: `…8198123-0`."""
    return text if len(text) <= cells else f"{signs.ellipsis}{text[len(text) - cells + 1 :]}"


def short_run(run_id: str) -> str:
    """A run by the id of its first entry: `1769428198123-0`."""
    return safe(run_id.rpartition("/")[2]) or NOTHING


def _whole(seconds: int) -> str:
    """Two units at most."""
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m {seconds % 60:02}s"
    if seconds < 86_400:
        return f"{seconds // 3600}h {seconds // 60 % 60:02}m"
    days = seconds // 86_400
    if days < 100:
        return f"{days}d {seconds // 3600 % 24:02}h"
    return f"{days:,}d" if days < 10_000 else ">9,999d"  # a clock that is wrong
