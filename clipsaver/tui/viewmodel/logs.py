"""The screen of logs: what happened? Events, log lines of workers, and what operators did."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clipsaver.queue.events import Event
from clipsaver.queue.operating.audit import AuditEvent
from clipsaver.tui.sources.seen import LogsBody, Seen
from clipsaver.tui.viewmodel import happenings
from clipsaver.tui.viewmodel.entry import payload_pane
from clipsaver.tui.viewmodel.happenings import Happening
from clipsaver.tui.viewmodel.layout import boxed, fact, facts, whole_width
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
from clipsaver.tui.viewmodel.words import NOTHING, counted, safe, short_run
from clipsaver.utc import of_day, second

COLUMNS = (
    Column("TIME", 8, measure=Measure.MOMENT),
    Column("LEVEL", 5),
    Column("WHO", 14, grows=1, narrow_width=9, keeps_tail=True),
    Column("RUN", 15, narrow_width=10, keeps_tail=True),
    Column("EVENT", 16, is_narrow=False),
    Column("WORDS", 51, grows=5, narrow_width=38),
)
_FIELDS = {
    "type": "the job's type",
    "guild": "the guild's id",
    "channel": "the channel's id",
    "job_id": "the producer's name for the job",
    "clip": "the clip's id",
    "reason": "why, by its stable name",
    "request": "what one person did at once",
}
_SHORT = {"warning": "warn", "critical": "crit"}


def rows(seen: Seen, _: Look) -> tuple[Row, ...]:
    """A line for each, the oldest first."""
    body = seen.body
    if not isinstance(body, LogsBody):
        return ()
    return tuple(_row(one) for one in happenings.in_order(body.events, body.audit))


def _row(raw: Event | AuditEvent) -> Row:
    cells = Later(lambda: _cells(happenings.of(raw)))
    values = Later(lambda: _values(happenings.of(raw)))
    return Row(happenings.key_of(raw), cells, values, raw=raw)


def _cells(one: Happening) -> dict[str, Cell]:
    return {
        "TIME": Cell(of_day(one.at_ms), Tone.DIM),
        "LEVEL": Cell(_SHORT.get(one.level, one.level), one.tone),
        "WHO": Cell(one.who or NOTHING),
        "RUN": Cell(short_run(one.run) if one.run else NOTHING, Tone.DIM),
        "EVENT": Cell(one.event),
        "WORDS": Cell(one.words, one.tone),
    }


def _values(one: Happening) -> dict[str, Value]:
    fields: Mapping[str, Any] = one.raw.fields if isinstance(one.raw, Event) else {}

    def said(name: str) -> str:
        return safe(str(fields.get(name) or ""))

    return {
        "time": one.at_ms,
        "level": one.level,
        "who": one.who,
        "run": one.run,
        "event": one.event,
        "words": one.words,
        "type": said("type"),
        "guild": said("guild_id"),
        "channel": said("channel_id"),
        "job_id": said("job_id"),
        "clip": said("clip_id"),
        "reason": said("reason"),
        "request": "" if isinstance(one.raw, Event) else safe(one.raw.request),
    }


def panes(seen: Seen, look: Look, key: str | None) -> tuple[Pane, ...]:
    """The line under the cursor, as long as it is."""
    one = _happening(seen, key)
    if one is None:
        return ()
    cells = whole_width(look)
    lines: list[Line] = [
        fact("when", Cell(second(one.at_ms))),
        fact("who", Cell(one.who or NOTHING), Cell(f"  {one.run}" if one.run else "", Tone.DIM)),
        fact("event", Cell(one.event), Cell(f"  {one.level}", one.tone)),
        *facts("words", one.words, cells, one.tone),
    ]
    return (boxed("Line", lines, look, note="enter: as JSON"),)


def detail(seen: Seen, look: Look, key: str) -> tuple[Pane, ...]:
    """The whole record as JSON."""
    one = _happening(seen, key)
    if one is None:
        return ()
    return *panes(seen, look, key), payload_pane(record(one), look, title="Record")


def record(one: Happening) -> str:
    """The record as JSON with line breaks."""
    raw = one.raw
    if isinstance(raw, Event):
        told: dict[str, Any] = {
            "id": raw.event_id,
            "at": second(raw.at_ms),
            "event": raw.name,
            "run": raw.run,
            "worker": raw.worker,
            "detail": dict(raw.detail),
        }
    else:
        told = {
            "id": raw.event_id,
            "at": second(raw.at_ms),
            "action": raw.action,
            "who": raw.who,
            "what": raw.what,
            "why": raw.why,
            "request": raw.request,
            "count": raw.count,
            "ids": list(raw.ids),
        }
    return json.dumps(told, indent=2, ensure_ascii=False, default=str)


def _happening(seen: Seen, key: str | None) -> Happening | None:
    body = seen.body
    if not isinstance(body, LogsBody) or key is None:
        return None
    both = happenings.together(body.events, body.audit)
    return next((one for one in both if one.key == key), None)


def empty(seen: Seen, _: Look) -> str:
    """Why there is none."""
    if not isinstance(seen.body, LogsBody):
        return "nothing can be told: see the line above"
    return "no event is on record: no job has run lately, and nobody has changed anything"


def summary(seen: Seen, _: Look) -> str:
    """How many lines, and from when on."""
    body = seen.body
    if not isinstance(body, LogsBody) or not (body.events or body.audit):
        return ""
    number = len(body.events) + len(body.audit)
    first = min([one.at_ms for one in body.events] + [one.at_ms for one in body.audit])
    return f"{counted(number, 'line')} since {of_day(first)}"


LISTING = Listing(
    title="Logs",
    columns=COLUMNS,
    sort="",
    rows=rows,
    panes=panes,
    detail=detail,
    empty=empty,
    summary=summary,
    fields=_FIELDS,
)
