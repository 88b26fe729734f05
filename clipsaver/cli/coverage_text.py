"""Coverage as a picture for a person. Pure; strangers' text is made printable here."""

from __future__ import annotations

import itertools
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from clipsaver.cli.coverage_bars import Pen, dates_of, scale
from clipsaver.cli.tables import table
from clipsaver.operating.coverage_looks import Look
from clipsaver.operating.coverage_picture import Life, Standing, cells_of, whole_of
from clipsaver.queue.operating.words import span
from clipsaver.ranges import Range
from clipsaver.terminal_text import in_cells, printable

_LONGEST_NAME = 28
_NARROWEST_NAME = 6
_NARROWEST_BAR = 10
_SHORTEST_TAIL = 19
"""What share and gaps take; reasons are cut to that, or to a quarter of the width."""

_CLOSED = (Standing.DENIED, Standing.GONE)
"""Their gaps cannot be filled."""

_COUNTED = {
    Standing.READ: ("is read", "are read"),
    Standing.GAPS: ("has gaps", "have gaps"),
    Standing.UNREAD: ("was never read", "were never read"),
    Standing.EMPTY: ("is empty", "are empty"),
    Standing.DENIED: ("may not be read", "may not be read"),
    Standing.GONE: ("is gone at Discord", "are gone at Discord"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """How it is to be shown."""

    pen: Pen
    width: int
    most: int | None
    """Channels of each guild; None = all."""
    gaps: bool
    """Each gap with its dates."""
    others: bool
    """Other settings, too."""
    names: Mapping[str, str]
    """What is known of settings, by their hash."""


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    life: Life
    tail: str
    look: Look | None
    """None: a channel by other settings than those in question."""


def picture(looks: Sequence[Look], shown: Shown) -> Iterator[str]:
    """A part for each guild, in which all bars share one scale."""
    if not looks:
        yield "no channel is on record: clipsaver scan finds them"
        return
    for _, of_guild in itertools.groupby(looks, key=lambda look: look.channel.guild_id):
        yield from _guild(list(of_guild), shown)
        yield ""
    yield from shown.pen.legend(shown.width)


def _guild(looks: Sequence[Look], shown: Shown) -> Iterator[str]:
    channel = looks[0].channel
    yield f"{printable(channel.guild_name or 'guild')} ({channel.guild_id})"
    counts = Counter(look.standing for look in looks)
    summary = ", ".join(
        f"{counts[one]:,} {words[counts[one] != 1]}"
        for one, words in _COUNTED.items()
        if counts[one]
    )
    yield from textwrap.wrap(summary, shown.width, initial_indent="  ", subsequent_indent="  ")
    seen = looks if shown.most is None else looks[: shown.most]
    rows = [row for look in seen for row in _rows(look, shown)]
    of_names = max(cell_len(row.name) for row in rows)
    of_tails = max(cell_len(row.tail) for row in rows)
    of_names, bar, of_tails = _columns(shown.width, of_names, of_tails)
    whole = whole_of([row.life for row in rows])
    if whole is not None:
        yield ""
        yield from (f"  {' ' * of_names}  {line}" for line in scale(whole, bar))
    for row in rows:
        drawn = " " * bar if whole is None else shown.pen.bar(cells_of(row.life, whole, bar))
        tail = row.tail if cell_len(row.tail) <= of_tails else set_cell_size(row.tail, of_tails)
        yield f"  {set_cell_size(row.name, of_names)}  {drawn}  {tail}".rstrip()
        if shown.gaps and row.look is not None and row.look.standing not in _CLOSED:
            yield from _gaps(row.look)
    if left := len(looks) - len(seen):
        yield f"  and {left:,} more (--limit 0 shows all)"


def _columns(width: int, names: int, tails: int) -> tuple[int, int, int]:
    """How wide name, bar and words are: the bar has what the others leave."""
    tails = min(tails, max(_SHORTEST_TAIL, width // 4))
    names = min(names, _LONGEST_NAME, max(_NARROWEST_NAME, width // 4))
    bar = width - names - tails - 6
    if bar < _NARROWEST_BAR:
        tails = max(0, tails - (_NARROWEST_BAR - bar))
        bar = max(1, min(_NARROWEST_BAR, width - names - tails - 6))
    return names, bar, tails


def _rows(look: Look, shown: Shown) -> Iterator[_Row]:
    yield _Row(_name(look), look.life, _tail(look), look)
    if shown.others:
        for way in look.others:
            name = shown.names.get(way.settings_hash, f"settings {way.settings_hash}")
            yield _Row(f"  {in_cells(name)}", way.life, _share_and_gaps(way.life), None)


def _name(look: Look) -> str:
    channel = look.channel
    name = f"#{in_cells(channel.name)}" if channel.name else str(channel.channel_id)
    return f"  {name}" if channel.type in (10, 11, 12) else name


def _tail(look: Look) -> str:
    why = in_cells((look.channel.access_error or "").replace("_", " "))
    match look.standing:
        case Standing.EMPTY:
            return "empty"
        case Standing.UNREAD:
            return "never read"
        case Standing.DENIED:
            return f"denied: {why}" if why else "denied"
        case Standing.GONE:
            return "gone at Discord"
        case _:
            return _share_and_gaps(look.life)


def _share_and_gaps(life: Life) -> str:
    count = len(life.gaps)
    gaps = "1 gap" if count == 1 else f"{count:,} gaps"
    whole = "settling" if life.unsettled else "whole"
    return f"{percent(life)}  {gaps if count else whole}"


def percent(life: Life) -> str:
    """Neither all nor nothing unless it is."""
    tenths = round(life.share * 1000)
    if life.gaps:
        tenths = min(tenths, 999)
    if life.read:
        tenths = max(tenths, 1)
    return f"{tenths / 10:5.1f} %"


def _gaps(look: Look) -> Iterator[str]:
    rows = [(*dates_of(gap), lasting(gap), _about(look.messages_in(gap))) for gap in look.life.gaps]
    if rows:
        head = ("not read from (UTC)", "to", "lasts", "messages")
        yield from (f"    {line}" for line in table(head, rows, None, right=(2,)))
    for young in look.life.unsettled:
        yield f"      not settled yet: from {next(dates_of(young))} on"


def lasting(gap: Range) -> str:
    """How long a gap lasts."""
    return span(((gap.upper or gap.lower) - gap.lower) / (1 << 22))


def _about(messages: int | None) -> str:
    if messages is None:
        return "?"
    return f"about {messages:,}" if messages else "few"


def filling(looks: Sequence[Look], named: frozenset[int]) -> Iterator[str]:
    """The commands that read what is not read yet, one for each guild that has something."""
    todo = [look.channel for look in looks if look.standing in (Standing.GAPS, Standing.UNREAD)]
    for guild_id, some in itertools.groupby(todo, key=lambda channel: channel.guild_id):
        meant = {one.channel_id for one in some} if named else set()
        parents = {
            one.parent_id for one in todo if one.channel_id in meant and one.parent_id in named
        }
        ids = sorted((meant & named) | {one for one in parents if one is not None})
        yield " ".join(["clipsaver scan", str(guild_id), *(f"--channel {one}" for one in ids)])


def ending(looks: Sequence[Look], named: frozenset[int]) -> Iterator[str]:
    """What may be done about it."""
    commands = list(filling(looks, named))
    yield from (f"to read what is not read: {command}" for command in commands)
    if not commands and any(look.life.ids for look in looks):
        yield "nothing is left to read of what is on record; what was posted since: clipsaver scan"
    if any(look.standing is Standing.DENIED for look in looks):
        yield "what the bot may not read, and what to do about it: clipsaver doctor"
    if others := sum(bool(look.others) and not look.life.read for look in looks):
        was = "channel was" if others == 1 else "channels were"
        yield f"{others:,} {was} read by other settings only: --all-settings shows them"
