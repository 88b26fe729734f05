"""Panes of one of Discord's limits: how it stands, its last minute, and what was answered. Pure."""

from __future__ import annotations

from clipsaver.discord_rest.limits.view import Bucket, Refused
from clipsaver.queue.operating.answers import LatestAnswer, latest_answers
from clipsaver.tui.sources.seen import Seen
from clipsaver.tui.viewmodel import budget
from clipsaver.tui.viewmodel.layout import LABEL, boxed, cut, fact, facts, half_width
from clipsaver.tui.viewmodel.rows import Cell, Line, Look, Pane, Tone
from clipsaver.tui.viewmodel.words import NOTHING, age, count, left, length, safe
from clipsaver.utc import of_day

_MOST_ANSWERS = 10


def bucket_pane(one: Bucket, look: Look, passed_ms: int) -> Pane:
    """All that Redis holds of it; `passed_ms` ago."""
    cells = half_width(look)
    lines = list(facts("routes", safe(one.routes[0]) if one.routes else NOTHING, cells))
    for route in one.routes[1:]:
        lines += facts("", safe(route), cells)
    lines.append(fact("of", Cell(safe(one.major) or "all channels and guilds")))
    limit = (
        f" of {one.limit:,} in {length(one.window_s * 1000)}" if one.limit else ", no limit known"
    )
    lines.append(fact("used", Cell(f"{one.used:,}{limit}")))
    if one.strip:
        curve = look.signs.curve(one.strip, min(len(one.strip), cells - LABEL - 8))
        lines.append(fact("last 60s", Cell(f"{curve} {count(sum(one.strip)):>6}")))
    whence = "a refusal (429): the headers do not tell" if one.is_learnt else "Discord's headers"
    lines.append(fact("known from", Cell(whence)))
    if one.free_in_s > 0:
        words = f"in {left(one.free_in_s * 1000)}: {budget.why_words(str(one.why))}"
        lines += facts("next", words, cells, Tone.WARN)
    else:
        lines.append(fact("next", Cell("now", Tone.GOOD)))
    if one.refused is not None:
        lines += facts("last 429", refused_in_words(one.refused, passed_ms), cells)
    return boxed("Bucket", lines, look, is_half=True)


def refused_in_words(refused: Refused, passed_ms: int) -> str:
    """When, whose it was, and what it asked for."""
    ago = age(refused.ago_s * 1000 + passed_ms)
    words = f"{ago} ago, scope {safe(refused.scope)}: wait {left(refused.asked_s * 1000)}"
    if refused.header_s is None:
        return words
    header = left(refused.header_s * 1000)
    longer = f"; the {refused.longer} asked for more" if refused.longer else ""
    return f"{words}, by the header {header}{longer}"


def answers_pane(one: Bucket, seen: Seen, look: Look) -> Pane:
    """The latest answers to its routes, of all workers."""
    found = latest_answers(seen.common.workers, seen.at_ms, routes=one.routes)
    lines = [_answer(each, look) for each in found[:_MOST_ANSWERS]]
    if not lines:
        lines.append((Cell("no worker has told of any", Tone.DIM),))
    note = "of all channels, newest first" if look.is_wide else "newest first"
    return boxed("Answers to these routes", lines, look, note=note)


def _answer(one: LatestAnswer, look: Look) -> Line:
    said = one.said
    tone = Tone.WARN if said.status == 429 else Tone.PLAIN if said.status < 400 else Tone.BAD
    known = f"{_number(said.remaining)} of {_number(said.limit)} left"
    resets = _seconds("resets", said.reset_after_s)
    retry = f"{_seconds('wait', said.retry_after_s)} {safe(said.scope)}".strip()
    return (
        Cell(f"{of_day(one.at_ms)}  ", Tone.DIM),
        Cell(f"{cut(safe(one.worker), 10, look.signs, keeps_tail=True):<10}  ", Tone.DIM),
        Cell(f"{said.status}  ", tone),
        Cell(f"{known:<13}  {resets:<12}  "),
        Cell(retry, tone),
    )


def _number(value: int | None) -> str:
    return NOTHING if value is None else f"{value:,}"


def _seconds(label: str, value: float | None) -> str:
    return "" if value is None else f"{label} {left(value * 1000)}"
