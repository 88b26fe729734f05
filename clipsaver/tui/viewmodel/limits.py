"""The screen of Discord's limits: why is it waiting?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clipsaver.discord_rest.limits.permits import Why
from clipsaver.discord_rest.limits.standing import INVALID_HOLD
from clipsaver.discord_rest.limits.view import Bucket, LimitsView, Waiter
from clipsaver.tui.sources.seen import LimitsBody, Seen
from clipsaver.tui.viewmodel import budget
from clipsaver.tui.viewmodel.bucket import answers_pane, bucket_pane
from clipsaver.tui.viewmodel.layout import boxed, cut, fact, facts, half_width
from clipsaver.tui.viewmodel.places import cells_of, where, where_in
from clipsaver.tui.viewmodel.rows import (
    Cell,
    Column,
    Later,
    Line,
    Listing,
    Look,
    Measure,
    Pane,
    Row,
    Tone,
    Value,
)
from clipsaver.tui.viewmodel.words import (
    NOTHING,
    age,
    count,
    counted,
    left,
    per_second,
    safe,
)

_BAR = 10
COLUMNS = (
    Column("BUCKET", 24, grows=1, narrow_width=21),
    Column("WHERE", 16, grows=1, narrow_width=20),
    Column("USED", 11, is_right=True, measure=Measure.NUMBER),
    Column("SHARE", _BAR, is_narrow=False, measure=Measure.NUMBER),
    Column("FREE", 8, is_right=True, measure=Measure.LENGTH),
    Column("WINDOW", 7, is_right=True, is_narrow=False, measure=Measure.LENGTH),
    Column("KNOWN", 7, is_narrow=False),
    Column("WAIT", 5, is_right=True, measure=Measure.NUMBER),
    Column("REFUSED", 14, is_right=True, is_narrow=False, measure=Measure.MOMENT),
)
_FIELDS = {
    "limit": "requests that the window allows",
    "major": "the channel's or guild's id",
    "why": "what the next request waits for, by its stable name",
    "scope": "whose limit the last 429 was: user, shared, global or cloudflare",
}
_MEASURES = {"limit": Measure.NUMBER}
_MOST_WAITERS = 200
_OF_BUCKETS = (Why.BUCKET, Why.ASKED, Why.CHANNEL)


def rows(seen: Seen, look: Look) -> tuple[Row, ...]:
    """A row for each bucket that was used within the last minute."""
    view = _view(seen)
    if view is None:
        return ()
    return tuple(_row(one, view, seen, look) for one in view.buckets)


def key_of(one: Bucket) -> str:
    """What names its row."""
    return f"{one.routes[0] if one.routes else ''} {one.major}"


def _row(one: Bucket, view: LimitsView, seen: Seen, look: Look) -> Row:
    cells = Later(lambda: _cells(one, view, seen, look))
    values = Later(lambda: _values(one, view, seen, look))
    return Row(key_of(one), cells, values, Tone.WARN if one.free_in_s > 0 else Tone.PLAIN, raw=one)


def _cells(one: Bucket, view: LimitsView, seen: Seen, look: Look) -> dict[str, Cell]:
    room = cells_of(COLUMNS, "WHERE", look.width, is_wide=look.is_wide)
    waiting = len(waiting_for(one, view.waiting))
    name = budget.bucket_name(one)
    others = f" +{len(one.routes) - 1}" if len(one.routes) > 1 else ""
    if len(name + others) > cells_of(COLUMNS, "BUCKET", look.width, is_wide=look.is_wide):
        name = budget.short_route(name)
    return {
        "BUCKET": Cell(f"{name}{others}"),
        "WHERE": Cell(where_in(seen, *_major(one), look, room)),
        "USED": Cell(f"{one.used:,} / {one.limit:,}" if one.limit else f"{one.used:,}"),
        "SHARE": Cell(look.signs.bar(_share(one), _BAR) if one.limit else ""),
        "FREE": Cell(left(one.free_in_s * 1000) if one.free_in_s > 0 else "now"),
        "WINDOW": Cell(left(one.window_s * 1000) if one.limit else NOTHING),
        "KNOWN": Cell(_known(one)),
        "WAIT": Cell(count(waiting) if waiting else NOTHING),
        "REFUSED": _refused(one, seen, look),
    }


def _values(one: Bucket, view: LimitsView, seen: Seen, look: Look) -> dict[str, Value]:
    return {
        "bucket": safe(" ".join(one.routes)),
        "where": where(seen.common.places, *_major(one), look.signs),
        "used": one.used,
        "share": _share(one),
        "free": one.free_in_s * 1000,
        "window": one.window_s * 1000,
        "known": _known(one),
        "wait": len(waiting_for(one, view.waiting)),
        "refused": seen.at_ms - one.refused.ago_s * 1000 if one.refused else None,
        "scope": safe(one.refused.scope) if one.refused else "",
        "limit": one.limit,
        "major": safe(one.major),
        "why": safe(str(one.why)),
    }


def _major(one: Bucket) -> tuple[str | None, str | None]:
    """The guild or the channel that it is of."""
    major = one.major or None
    is_guild = any("{guild" in route for route in one.routes)
    return (major, None) if is_guild else (None, major)


def _share(one: Bucket) -> float:
    return one.used / one.limit if one.limit else 0.0


def _known(one: Bucket) -> str:
    return "learnt" if one.is_learnt else "headers" if one.limit else NOTHING


def _refused(one: Bucket, seen: Seen, look: Look) -> Cell:
    if one.refused is None:
        return Cell(NOTHING)
    ago = age(one.refused.ago_s * 1000 + look.now_ms - seen.at_ms)
    return Cell(f"{safe(one.refused.scope)} {ago}")


def waiting_for(one: Bucket, waiting: Sequence[Waiter]) -> list[Waiter]:
    """Those of the requests that wait for this bucket."""
    return [
        each
        for each in waiting
        if each.why in _OF_BUCKETS
        and any(_is_of(route, one.major, each.request) for route in one.routes)
    ]


def _is_of(route: str, major: str, request: str) -> bool:
    """Whether a request such as `GET /channels/1/messages?limit=100` goes by that route."""
    ours = route.replace(" ", "/").split("/")
    theirs = request.partition("?")[0].replace(" ", "/").split("/")
    if len(ours) != len(theirs) or (major and major not in theirs):
        return False
    return all(own == other or own.startswith("{") for own, other in zip(ours, theirs, strict=True))


def panes(seen: Seen, look: Look, key: str | None) -> tuple[Pane, ...]:
    """How the token stands, the bucket under the cursor, and what waits."""
    view, body = _view(seen), seen.body
    if view is None or not isinstance(body, LimitsBody):
        return ()
    standing = boxed("Token", _standing(view, body, look), look, is_half=True)
    chosen = next((one for one in view.buckets if key_of(one) == key), None)
    passed_ms = look.now_ms - seen.at_ms
    bucket = () if chosen is None else (bucket_pane(chosen, look, passed_ms),)
    if not look.is_wide:
        return (standing,)
    return standing, *(bucket or (Pane("Bucket", (), is_half=True),)), _waiters(view, look)


def detail(seen: Seen, look: Look, key: str) -> tuple[Pane, ...]:
    """All of it: also on 80 columns."""
    view, body = _view(seen), seen.body
    if view is None or not isinstance(body, LimitsBody):
        return ()
    chosen = next((one for one in view.buckets if key_of(one) == key), None)
    standing = boxed("Token", _standing(view, body, look), look, is_half=True)
    if chosen is None:
        return standing, _waiters(view, look)
    bucket = bucket_pane(chosen, look, look.now_ms - seen.at_ms)
    return bucket, standing, answers_pane(chosen, seen, look), _waiters(view, look)


def _standing(view: LimitsView, body: LimitsBody, look: Look) -> Iterator[Line]:
    cells = half_width(look)
    if view.held_for_s >= 0:
        yield from facts("token", budget.token_words(view), cells, Tone.BAD)
    else:
        yield fact("token", Cell("in use", Tone.GOOD))
    if view.closed_for_s > 0:
        why = budget.why_words(view.closed_why)
        words = f"for {left(view.closed_for_s * 1000)} nothing is sent: {why}"
        yield from facts("closed", words, cells, Tone.BAD)
    share = view.sent / view.rate if view.rate else 0.0
    gauge = f"{look.signs.bar(share, 14)} {view.sent:,} of {view.rate:g} in the last second"
    yield fact("allowance", Cell(gauge, budget.tone_of(share)))
    yield fact("on the way", Cell(counted(view.on_their_way, "request")))
    yield fact("waiting", Cell(budget.waiting_words(view)))
    if len(body.minutes) > 1:
        minute = body.minutes[-2].total
        rate = per_second(minute.requests / 60)
        words = f"{minute.requests:,} sent ({rate}), {minute.refused:,} refused"
        yield fact("last minute", Cell(words))
    for one in view.invalid:
        held = f", held for {left(one.held_for_s * 1000)}" if one.held_for_s > 0 else ""
        tone = Tone.WARN if one.count * 10 > budget.INVALID_BAN else Tone.PLAIN
        bar = look.signs.bar(one.count / budget.INVALID_BAN, 10)
        words = f"{bar} {one.count:,} of {budget.INVALID_BAN:,} in 10 min{held}"
        yield fact("refused", Cell(words, tone))
        yield fact("", Cell(f"from {safe(one.egress)}; we stop at {INVALID_HOLD:,}", Tone.DIM))
    for learnt in view.learnt:
        words = (
            f"{learnt.count:,} in {learnt.window_s:.2f} s for {safe(learnt.route)}, from a "
            f"refusal; more is tried in {left(learnt.trial_in_s * 1000)}"
        )
        yield from facts("learnt", words, cells)


def _waiters(view: LimitsView, look: Look) -> Pane:
    signs = look.signs
    lines: list[Line] = []
    for one in view.waiting[:_MOST_WAITERS]:
        line = (
            Cell(f"{one.turn.name.lower():<9}", Tone.DIM),
            Cell(f"{left(one.left_s * 1000):>7} more  "),
            Cell(f"{cut(safe(one.worker), 12, signs, keeps_tail=True):<12}  ", Tone.DIM),
            Cell(f"{safe(one.request)}  "),
            Cell(one.why.words, Tone.DIM),
        )
        lines.append(line)
    if not lines:
        lines.append((Cell("no request waits", Tone.DIM),))
    return boxed("Waiting, who goes first at the top", lines, look, note=count(len(view.waiting)))


def _view(seen: Seen) -> LimitsView | None:
    body = seen.body
    view = body.limits if isinstance(body, LimitsBody) else None
    return view if view is not None and view.known else None


def empty(seen: Seen, _: Look) -> str:
    """Why there is nothing."""
    body = seen.body
    if not isinstance(body, LimitsBody):
        return "nothing can be told: see the line above"
    if body.limits is None or not body.limits.known:
        return budget.unknown(body.limits)
    return "no bucket was used within the last minute: nothing is asked of Discord"


def summary(seen: Seen, _: Look) -> str:
    """How many buckets have no room."""
    view = _view(seen)
    if view is None:
        return ""
    full = sum(one.free_in_s > 0 for one in view.buckets)
    return f"{counted(len(view.buckets), 'bucket')}, {full:,} used up"


LISTING = Listing(
    title="Limits",
    columns=COLUMNS,
    sort="",
    rows=rows,
    panes=panes,
    detail=detail,
    empty=empty,
    summary=summary,
    fields=_FIELDS,
    measures=_MEASURES,
)
