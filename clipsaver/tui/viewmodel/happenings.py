"""What happened, in words: events of the stream, and what operators did.

What a later version tells that is not known here is shown as it comes. Pure.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clipsaver.queue.events import LINE, Event
from clipsaver.queue.operating.audit import AuditEvent
from clipsaver.tui.viewmodel.layout import cut, cut_line
from clipsaver.tui.viewmodel.rows import Cell, Line, Tone
from clipsaver.tui.viewmodel.signs import Signs
from clipsaver.tui.viewmodel.words import counted, error, length, safe, short_run, tail
from clipsaver.utc import of_day

_WORDS = {
    "slice": "gave its slot to others",
    "handed_back": "handed back, others go on",
    "cancelled": "cancelled",
    "gone": "its entry was deleted from the stream by somebody: the job is lost",
    "restored": "put back onto the stream",
    "reclaimed": "taken over from a worker that fell silent",
    "released": "released by a person",
    "dropped": "its dead letter was dropped by a person",
    "worker_started": "worker started",
    "worker_stopped": "worker stopped",
}
_OF_THE_JOB = frozenset(("type", "guild_id", "channel_id", "job_id", "clip_id", "author_id"))
"""Fields that say which job it was: rows and panes show that elsewhere."""
_OF_THE_WORKER = frozenset(("started_at",))
"""When it was is the time of the line."""
_OF_COUNTS = frozenset(("pages", "messages", "clips"))
_LONGEST_FIELD = 300
_TONES = {"warning": Tone.WARN, "error": Tone.BAD, "critical": Tone.BAD}


@dataclass(frozen=True, slots=True)
class Happening:
    """An event or an operator's action, as one line of a list."""

    key: str
    """The id; an action has `audit/` before it, since the event of it may have the same."""
    at_ms: int
    level: str
    who: str
    """The worker, or the person."""
    run: str
    """Empty where it is about none."""
    event: str
    """Its stable name."""
    words: str
    raw: Event | AuditEvent

    @property
    def tone(self) -> Tone:
        return _TONES.get(self.level, Tone.PLAIN)


def of_event(event: Event) -> Happening:
    """An event, whatever is in it."""
    return Happening(
        key_of(event),
        event.at_ms,
        safe(event.level) or "info",
        safe(event.worker),
        safe(event.run),
        safe(event.said) or "?",
        event_in_words(event),
        event,
    )


def of_audit(event: AuditEvent) -> Happening:
    """What somebody did."""
    done = f"{event.action}: {event.count:,}"
    what = f" ({event.what})" if event.what else ""
    why = f", {event.why}" if event.why else ""
    run = event.ids[0] if len(event.ids) == 1 and "/" in event.ids[0] else ""
    return Happening(
        key_of(event),
        event.at_ms,
        "audit",
        safe(event.who),
        safe(run),
        safe(event.action),
        error(f"{done}{what}{why}"),
        event,
    )


def of(one: Event | AuditEvent) -> Happening:
    """Either."""
    return of_event(one) if isinstance(one, Event) else of_audit(one)


def key_of(one: Event | AuditEvent) -> str:
    """The key of its `Happening`."""
    return one.event_id if isinstance(one, Event) else f"audit/{one.event_id}"


def in_order(events: Iterable[Event], audit: Iterable[AuditEvent]) -> Sequence[Event | AuditEvent]:
    """Both by their times, the oldest first."""
    both: list[Event | AuditEvent] = [*events, *audit]
    return sorted(both, key=lambda one: (one.at_ms, key_of(one)))


def together(events: Iterable[Event], audit: Iterable[AuditEvent]) -> list[Happening]:
    """What both are in words, in that order."""
    return [of(one) for one in in_order(events, audit)]


def event_in_words(event: Event) -> str:
    """What it says, on one line."""
    fields = event.fields
    if event.name == LINE:
        why = f": {fields['error']}" if fields.get("error") else ""
        rest = _pairs(fields, leave_out=_OF_THE_JOB | {"error"})
        said = f"{event.said.replace('_', ' ')}{why}"
        return error("  ".join([said, " ".join(rest)]).strip())
    words, known = _outcome(event.name, fields)
    rest = _pairs(fields, leave_out=_OF_THE_JOB | _OF_THE_WORKER | known)
    return error("  ".join([words, " ".join(rest)]).strip())


def _outcome(name: str, fields: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    """The words, and which fields are in them. What differs comes first: lines are cut."""
    match name:
        case "done":
            told = [f"note: {fields['note']}"] if fields.get("note") else []
            if fields.get("joined"):
                told.append(f"joined {short_run(str(fields['joined']))}")
            words = ": ".join(
                part for part in ("done", ", ".join([*_counts(fields), *told])) if part
            )
            return words, _OF_COUNTS | {"note", "joined"}
        case "retry":
            tries = f"attempt {fields['attempts']} failed" if "attempts" in fields else "failed"
            again = f", again in {_seconds(fields['delay_s'])}" if "delay_s" in fields else ""
            known = frozenset(("reason", "error", "attempts", "delay_s"))
            return f"{tries}{again}: {_why(fields)}", _OF_COUNTS | known
        case "wait":
            of = f" {fields['of']}" if fields.get("of") else ""
            words = f"waits for {fields.get('why', '?')}{of}"
            if "delay_s" in fields:
                words += f", {_seconds(fields['delay_s'])}"
            return words, _OF_COUNTS | {"why", "of", "delay_s"}
        case "cancelled" if fields.get("note"):
            why = ", ".join([*_counts(fields), str(fields["note"])])
            return f"ended: {why}", _OF_COUNTS | {"note"}
        case "dead":
            return f"dead: {_why(fields)}", _OF_COUNTS | {"reason", "error"}
        case "retried":
            return f"tried again as {short_run(str(fields.get('as', '')))}", frozenset(("as",))
    so_far = ", ".join(_counts(fields))
    words = _WORDS.get(name, name or "?")
    return f"{words}; {so_far} so far" if so_far else words, _OF_COUNTS


def _why(fields: Mapping[str, Any]) -> str:
    parts = (fields.get("reason"), fields.get("error"))
    return ": ".join(str(part) for part in parts if part) or "?"


def _counts(fields: Mapping[str, Any]) -> Iterator[str]:
    for name in ("pages", "messages", "clips"):
        number = fields.get(name)
        if isinstance(number, int) and number:
            yield counted(number, name.removesuffix("s"))


def _seconds(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return length(value * 1000) if is_number and math.isfinite(value) else str(value)


def _pairs(fields: Mapping[str, Any], *, leave_out: frozenset[str]) -> Iterator[str]:
    """Fields as they come, each in little room."""
    for name, value in fields.items():
        if name not in leave_out:
            yield f"{name}={_short(value)}"


def _short(value: Any) -> str:
    is_word = isinstance(value, str) and " " not in value
    text = value if is_word else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_FIELD else f"{text[:_LONGEST_FIELD]}..."


def lines(happenings: Iterable[Happening], cells: int, signs: Signs) -> Iterator[Line]:
    """`12:04:36  w-1  1769428198123-0  done: 7 pages`, in at most so many cells."""
    most = cells // 8  # of a name: the words matter more
    for one in happenings:
        run = tail(short_run(one.run), max(10, most), signs) if one.run else ""
        who = cut(one.who, max(10, most), signs, keeps_tail=True)
        about = "  ".join(part for part in (who, run) if part)
        line = (
            Cell(f"{of_day(one.at_ms)}  ", Tone.DIM),
            Cell(f"{about}  " if about else "", Tone.DIM),
            Cell(one.words, one.tone),
        )
        yield cut_line(line, cells, signs)
