"""The two lines above every screen, and the banner below them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clipsaver.queue.operating.pending import Counts
from clipsaver.queue.operating.workers import Worker, WorkerState
from clipsaver.tui.sources.seen import Common, Seen, Store
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.attention import of_common
from clipsaver.tui.viewmodel.connection import Connection, Link
from clipsaver.tui.viewmodel.layout import between, cut, cut_line, line_len
from clipsaver.tui.viewmodel.rows import Cell, Line, Look, Tone
from clipsaver.tui.viewmodel.words import compact, error, length, safe
from clipsaver.utc import of_day

_NAMES = {
    View.OVERVIEW: ("Overview", "Over"),
    View.JOBS: ("Jobs", "Jobs"),
    View.PENDING: ("Pending", "Pend"),
    View.DEAD: ("Dead", "Dead"),
    View.LIMITS: ("Limits", "Limit"),
    View.WORKERS: ("Workers", "Work"),
    View.CLIPS: ("Clips", "Clip"),
    View.LOGS: ("Logs", "Log"),
}
_NO_CLOCK: Final = "--:--:--Z "
"""The time is that of Redis: nobody knows it before Redis has told it."""
_NOTHING_SEEN = Common(redis=Store(), database=Store())


@dataclass(frozen=True, slots=True)
class TabShown:
    """One screen in the second line."""

    view: View
    number: int
    name: str
    short: str
    count: int | None
    """None where there is nothing to count."""
    needs_attention: bool


def tabs(seen: Seen | None) -> tuple[TabShown, ...]:
    """All screens with what there is on them."""
    common = seen.common if seen else _NOTHING_SEEN
    counts = common.counts
    numbers = {
        View.JOBS: running(counts) if counts else None,
        View.PENDING: counts.all if counts else None,
        View.DEAD: common.dead,
        View.LIMITS: common.limit_waits,
        View.WORKERS: len(_alive(common)),
        View.CLIPS: common.clips,
    }
    urgent = {one.goes_to for one in of_common(common, seen.at_ms)} if seen else set()
    return tuple(
        TabShown(view, number, *_NAMES[view], numbers.get(view) or None, view in urgent)
        for number, view in enumerate(View, start=1)
    )


def frame_lines(
    seen: Seen | None,
    look: Look,
    *,
    current: View,
    mode: str,
    tick_s: float,
    is_paused: bool,
    connection: Connection,
) -> tuple[Line, Line]:
    """What stands above every screen; each has exactly the width of the look.

    `mode` is `rw` or `READ ONLY`; the clock is that of the look.
    """
    pace = Cell(f"tick {tick_s:g}s")
    if is_paused:
        for_ms = look.now_ms - seen.at_ms if seen else 0
        pace = Cell(f"paused {length(for_ms)}", Tone.WARN)
    shown = Cell(mode) if mode == "rw" else Cell(mode, Tone.WARN)
    return _state(seen, look, (shown, pace), connection), _screens(seen, look, current)


def banner(connection: Connection, seen: Seen | None, look: Look) -> Line | None:
    """What a person must know of what they see; None where that is as it should be."""
    data = f"data of {of_day(seen.at_ms)}Z" if seen else "nothing was seen yet"
    if connection.mistake:
        words = f" A MISTAKE OF OURS: {error(connection.mistake)}; it goes on looking"
        return _spread(words, data, Tone.BAD, look)
    if connection.state is Link.DOWN:
        away = length(connection.down_for_s * 1000)
        tries = f"try {connection.try_number}, next in {round(connection.next_try_in_s)}s"
        words = f" REDIS DOWN {away}  {_ADDRESS.sub('', error(connection.error))}"
        now = "   ctrl+r now" if look.is_wide else ""
        return _spread(words, f"{tries}{now}   {data}", Tone.BAD, look)
    if connection.back_after_s is not None:
        return (Cell(f" back after {length(connection.back_after_s * 1000)}", Tone.GOOD),)
    database = seen.common.database if seen else None
    if seen and database and database.error:
        since = database.since_ms
        away = "" if since is None else f" {length(look.now_ms - since)}"
        words = f" POSTGRESQL DOWN{away}  {error(database.error)}"
        lost = "clips are not up to date"
        lost += ", what has ended is not shown" if look.is_wide else ""
        return _spread(words, lost, Tone.WARN, look)
    return None


def age(seen: Seen, look: Look) -> Line:
    """How old what is shown is, where Redis answers and the look that is to renew it has not come.

    It takes the place of other words: a banner would move the list for the moment that this lasts.
    """
    since = length(look.now_ms - seen.at_ms)
    return (Cell(f" data of {of_day(seen.at_ms)}Z, {since} ago", Tone.WARN),)


_ADDRESS: Final = re.compile(r"^Redis at \S+?:? (?=\S)")
"""What a message begins with: why comes behind it, where the line may end already."""


def running(counts: Counts) -> int:
    """How many jobs a living worker has in hand."""
    return max(0, counts.held - counts.of_gone)


def _spread(left: str, right: str, tone: Tone, look: Look) -> Line:
    """The right part is whole; the left one has what is left over."""
    room = look.width - len(right) - 3
    if room < 20:  # an emergency view: the words count
        return (Cell(cut(f"{left}   {right}", look.width, look.signs), tone),)
    return between(
        (Cell(cut(left, room, look.signs), tone),), (Cell(f"{right} ", tone),), look.width
    )


def _state(
    seen: Seen | None, look: Look, mode_and_pace: tuple[Cell, Cell], connection: Connection
) -> Line:
    common = seen.common if seen else _NOTHING_SEEN
    redis_is_away = connection.state is Link.DOWN
    shown = Common(redis=Store(error="away"), database=Store()) if redis_is_away else common
    mode, pace = mode_and_pace
    clock = f"{of_day(look.now_ms)}Z " if seen else _NO_CLOCK
    right: Line = (mode, Cell("   "), pace, Cell(f"   {clock}"))
    beat = Cell(pace.text.removeprefix("tick "), pace.tone)
    close: Line = (mode, Cell(" "), beat, Cell(f" {clock}"))
    version = f" {safe(common.version)}" if common.version else ""
    head = Cell(f" clipsaver{version}", Tone.STRONG)
    full = (head, *_parts(shown, common, "   ", is_long=True))
    forms: list[tuple[Line, Line]] = [(full, right), (full, close)] if look.is_wide else []
    name = Cell(" clipsaver", Tone.STRONG)
    near = tuple(_parts(shown, common, " ", is_long=False))
    forms += [
        ((name, *_parts(shown, common, "  ", is_long=False)), close),
        ((name, *near), close),
        (near, close),
    ]
    for left, end in forms:
        if line_len(left) + line_len(end) + 1 <= look.width:
            return between(left, end, look.width)
    return cut_line((*left, Cell(" "), *end), look.width, look.signs)


def _parts(shown: Common, common: Common, gap: str, *, is_long: bool) -> Iterator[Cell]:
    """The dependencies, and how many workers are alive of those that are known."""
    postgres = "postgres" if is_long else "pg"
    for name, store in (("redis", shown.redis), (postgres, shown.database)):
        yield Cell(f"{gap}{name} ")
        yield _store(store, is_long=is_long)
    yield Cell(f"{gap}discord ")
    yield _discord(common, is_long=is_long)
    alive, known = len(_alive(common)), len(common.workers)
    yield Cell(f"{gap}workers ")
    tone = Tone.BAD if not alive else Tone.PLAIN if alive == known else Tone.WARN
    yield Cell(f"{alive}/{known}", tone)


def _store(store: Store, *, is_long: bool) -> Cell:
    if store.error is not None:
        return Cell("DOWN", Tone.BAD)
    if store.latency_ms is None:
        return Cell("?", Tone.DIM)
    ms = store.latency_ms
    took = f"{ms:.1f}ms" if ms < 9.95 else f"{ms:.0f}ms" if ms < 9_950 else f"{ms / 1000:.0f}s"
    tone = Tone.GOOD if ms < 1000 else Tone.WARN
    return Cell(f"ok {took}" if is_long else "ok", tone)


def _discord(common: Common, *, is_long: bool) -> Cell:
    """As the workers say: nobody else asks it anything."""
    said = [one.statistics for one in _alive(common) if one.statistics is not None]
    if any(one.discord.token_held_for_s is not None for one in said):
        return Cell("TOKEN REFUSED" if is_long else "TOKEN", Tone.BAD)
    if any(one.away.discord_s is not None for one in said):
        return Cell("DOWN", Tone.BAD)
    if common.allowance <= 0:
        return Cell("-", Tone.DIM)
    used = f"{common.sent}/{common.allowance:g}"
    return Cell(f"ok {used} rps" if is_long else used, Tone.GOOD)


def _alive(common: Common) -> list[Worker]:
    return [one for one in common.workers if one.state is not WorkerState.GONE]


def _screens(seen: Seen | None, look: Look, current: View) -> Line:
    shown = tabs(seen)
    config = safe(seen.common.config) if seen else ""
    for is_long, gap in ((True, "  "), (False, " ")):
        cells: list[Cell] = [Cell(" ")]
        for at, tab in enumerate(shown):
            cells += [Cell(gap if at else ""), _tab(tab, is_current=tab.view is current,
                                                    is_long=is_long)]  # fmt: skip
        line = tuple(cells)
        room = look.width - line_len(line)
        if room >= 0 and (is_long <= look.is_wide):
            end = (Cell(f"{config} ", Tone.DIM),) if len(config) + 3 <= room else ()
            return between(line, end, look.width)
    return cut_line(line, look.width, look.signs)


def _tab(tab: TabShown, *, is_current: bool, is_long: bool) -> Cell:
    name = tab.name if is_long else tab.short
    count = f" {compact(tab.count)}" if tab.count and (is_long or _counts(tab)) else ""
    mark = "!" if tab.needs_attention else ""
    words = f"{tab.number} {name}{count}{mark}"
    if is_current:
        return Cell(f"[{words}]", Tone.STRONG)
    return Cell(words, Tone.BAD if tab.needs_attention else Tone.PLAIN)


def _counts(tab: TabShown) -> bool:
    """Whether its count is worth its room on 80 columns."""
    return tab.view in (View.JOBS, View.PENDING, View.DEAD)
