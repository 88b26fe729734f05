"""What Discord allows, and how much of it is used. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from clipsaver.discord_rest.limits.permits import Why
from clipsaver.discord_rest.limits.view import Bucket, LimitsView
from clipsaver.tui.viewmodel.layout import grid, wrapped
from clipsaver.tui.viewmodel.rows import Cell, Column, Line, Look, Row, Tone
from clipsaver.tui.viewmodel.words import NOTHING, age, compact, counted, left, safe

INVALID_BAN = 10_000
"""Invalid requests in ten minutes for which Discord bans an address for a while (its
documentation, "Rate Limits")."""
_BAR = 12
_COLUMNS = (
    Column("BUDGET", 16, grows=1),
    Column("USED", 11, is_right=True),
    Column("", _BAR),
    Column("RESETS", 7, is_right=True),
)
_MOST_BUCKETS = 3


def budget_lines(view: LimitsView | None, look: Look, cells: int) -> Iterator[Line]:
    """The allowance, the fullest buckets, the invalid requests, and what waits, in seven lines."""
    if view is None or not view.known:
        yield from ((Cell(line, Tone.DIM),) for line in wrapped(unknown(view), cells))
        return
    if view.held_for_s >= 0:
        yield from (
            (Cell(line, Tone.BAD),) for line in wrapped(f"token {token_words(view)}", cells)
        )
    rows = [
        _row(f"all, {view.rate:g}/s", view.sent, view.rate, None, look),
        *(_of_bucket(one, look) for one in view.buckets[:_MOST_BUCKETS] if one.routes),
        *(
            _row("refused, 10 min", one.count, INVALID_BAN, one.held_for_s or None, look)
            for one in view.invalid[:1]
        ),
    ]
    yield from grid(_COLUMNS, rows, cells, look)
    yield (Cell(waiting_words(view), Tone.DIM if not view.waiting else Tone.WARN),)


def unknown(view: LimitsView | None) -> str:
    """Why there is nothing to tell."""
    if view is None:
        return "no token is configured here, so its limits cannot be looked up"
    return "no worker has used this token lately, so there is nothing to tell"


def token_words(view: LimitsView) -> str:
    """Of a token that Discord rejected."""
    return (
        f"REFUSED by Discord for {age(view.held_for_s * 1000)}; tried again in "
        f"{left(view.trial_in_s * 1000)}"
    )


def waiting_words(view: LimitsView) -> str:
    """How many requests wait, and how long the longest still has to."""
    if not view.waiting:
        return "no request waits"
    longest = max(one.left_s for one in view.waiting)
    return f"{counted(len(view.waiting), 'request')} waiting, longest {left(longest * 1000)} more"


def bucket_name(one: Bucket) -> str:
    """`GET /channels/{channel_id}/messages`, or nothing that is known."""
    return safe(one.routes[0]) if one.routes else NOTHING


def why_words(why: str) -> str:
    """What a `Why` says; what a later version knows is shown as it is."""
    return Why(why).words if why in list(Why) else safe(why)


def tone_of(share: float) -> Tone:
    """Of a bar."""
    return Tone.WARN if share >= 1 else Tone.PLAIN


def _of_bucket(one: Bucket, look: Look) -> Row:
    resets = one.free_in_s or None
    return _row(short_bucket(one), one.used, one.limit, resets, look)


def short_bucket(one: Bucket) -> str:
    """`GET messages 1234`: its route in short, and the end of the channel's id."""
    major = f" {safe(one.major)[-4:]}" if one.major else ""
    return f"{short_route(bucket_name(one))}{major}"


def short_route(route: str) -> str:
    """`GET messages`: the method and the last word of the path."""
    method, _, path = route.partition(" ")
    words = [part for part in path.split("/") if part and not part.startswith("{")]
    return f"{method} {'/'.join(words[-1:])}".strip()


def _row(name: str, used: float, limit: float, resets_s: float | None, look: Look) -> Row:
    share = used / limit if limit else 0.0
    known = f"{compact(used)} / {compact(limit)}" if limit else compact(used)
    return Row(
        name,
        {
            "BUDGET": Cell(name),
            "USED": Cell(known),
            "": Cell(look.signs.bar(share, _BAR) if limit else ""),
            "RESETS": Cell(NOTHING if resets_s is None else left(resets_s * 1000)),
        },
        {},
        tone=tone_of(share),
    )
