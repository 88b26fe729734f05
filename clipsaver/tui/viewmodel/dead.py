"""The screens of dead letters: what failed for good, why, and is it safe to retry?"""

from __future__ import annotations

from clipsaver.queue.operating.dead_letters.advice import advice
from clipsaver.queue.operating.dead_letters.dead import Group
from clipsaver.queue.operating.dead_letters.letter import DeadLetter
from clipsaver.queue.operating.dead_letters.words import reason_of
from clipsaver.tui.sources.seen import DeadBody, Seen
from clipsaver.tui.viewmodel.dead_panes import SUPERSEDED, TONES, detail, error_of, kinds_of, panes
from clipsaver.tui.viewmodel.places import cells_of, where, where_in
from clipsaver.tui.viewmodel.rows import (
    Cell,
    Column,
    Later,
    Listing,
    Look,
    Measure,
    Row,
    Tone,
    Value,
)
from clipsaver.tui.viewmodel.words import age, counted, kind, safe

GROUP_COLUMNS = (
    Column("COUNT", 7, is_right=True, measure=Measure.NUMBER),
    Column("ERROR", 36, grows=1, narrow_width=31),
    Column("KINDS", 16, is_narrow=False),
    Column("FIRST", 8, is_right=True, measure=Measure.MOMENT),
    Column("LAST", 8, is_right=True, measure=Measure.MOMENT),
    Column("CHANNELS", 8, is_right=True, is_narrow=False, measure=Measure.NUMBER),
    Column("VERDICT", 16, narrow_width=13),
)
LETTER_COLUMNS = (
    Column("ID", 16, narrow_width=11, keeps_tail=True),
    Column("DIED", 8, is_right=True, measure=Measure.MOMENT),
    Column("KIND", 9, narrow_width=8),
    Column("WHERE", 18, grows=1, is_narrow=False),
    Column("TRIES", 5, is_right=True, is_narrow=False, measure=Measure.NUMBER),
    Column("ERROR", 30, grows=2, narrow_width=26),
    Column("VERDICT", 16, narrow_width=13),
)
_GROUP_FIELDS = {
    "reason": "why, by its stable name",
    "fingerprint": "equal for what is likely the same cause",
}
_LETTER_FIELDS = {
    **_GROUP_FIELDS,
    "guild": "the guild's id",
    "channel": "the channel's id",
    "job_id": "the producer's name for the job",
    "run": "the whole run id",
    "host": "where attempts failed",
    "superseded": "yes where a later run has read its channel to the end",
}


def group_rows(seen: Seen, look: Look) -> tuple[Row, ...]:
    """A row for each cause."""
    body = seen.body
    return tuple(_group_row(one, look) for one in body.groups) if isinstance(body, DeadBody) else ()


def letter_rows(seen: Seen, look: Look) -> tuple[Row, ...]:
    """A row for each letter."""
    body = seen.body
    if not isinstance(body, DeadBody):
        return ()
    return tuple(_letter_row(one, seen, look) for one in body.letters)


def _group_row(one: Group, look: Look) -> Row:
    cells = Later(lambda: _group_cells(one, look))
    return Row(one.fingerprint, cells, Later(lambda: _group_values(one)), raw=one)


def _group_cells(one: Group, look: Look) -> dict[str, Cell]:
    told = advice(one.example)
    return {
        "COUNT": Cell(f"{one.count:,}", Tone.STRONG),
        "ERROR": Cell(error_of(one.example)),
        "KINDS": Cell(kinds_of(one.types)),
        "FIRST": Cell(age(look.now_ms - one.first_at_ms)),
        "LAST": Cell(age(look.now_ms - one.last_at_ms)),
        "CHANNELS": Cell(f"{len(one.channels):,}"),
        "VERDICT": Cell(told.prospect.value, TONES[told.prospect]),
    }


def _group_values(one: Group) -> dict[str, Value]:
    return {
        "count": one.count,
        "error": error_of(one.example),
        "kinds": safe(" ".join(one.types)),
        "first": one.first_at_ms,
        "last": one.last_at_ms,
        "channels": len(one.channels),
        "verdict": advice(one.example).prospect.value,
        "reason": safe(reason_of(one.example)),
        "fingerprint": safe(one.fingerprint),
    }


def _letter_row(one: DeadLetter, seen: Seen, look: Look) -> Row:
    cells = Later(lambda: _letter_cells(one, seen, look))
    return Row(one.letter_id, cells, Later(lambda: _letter_values(one, seen, look)), raw=one)


def _letter_cells(one: DeadLetter, seen: Seen, look: Look) -> dict[str, Cell]:
    room = cells_of(LETTER_COLUMNS, "WHERE", look.width, is_wide=look.is_wide)
    short = where_in(seen, one.guild_id, one.channel_id, look, room)
    tone = Tone.DIM if _is_superseded(one, seen) else TONES[advice(one).prospect]
    return {
        "ID": Cell(safe(one.letter_id)),
        "DIED": Cell(age(look.now_ms - one.died_at_ms)),
        "KIND": Cell(kind(one.type)),
        "WHERE": Cell(short),
        "TRIES": Cell(f"{one.death.attempts:,}"),
        "ERROR": Cell(error_of(one)),
        "VERDICT": Cell(_verdict(one, seen), tone),
    }


def _letter_values(one: DeadLetter, seen: Seen, look: Look) -> dict[str, Value]:
    return {
        "id": safe(one.letter_id),
        "died": one.died_at_ms,
        "kind": safe(one.type),
        "where": where(seen.common.places, one.guild_id, one.channel_id, look.signs),
        "tries": one.death.attempts,
        "error": error_of(one),
        "verdict": _verdict(one, seen),
        "reason": safe(reason_of(one)),
        "fingerprint": safe(one.group),
        "guild": safe(one.guild_id),
        "channel": safe(one.channel_id),
        "job_id": safe(one.job_id),
        "run": safe(one.run_id),
        "host": safe(" ".join(one.death.hosts)),
        "superseded": "yes" if _is_superseded(one, seen) else "no",
    }


def _is_superseded(one: DeadLetter, seen: Seen) -> bool:
    return isinstance(seen.body, DeadBody) and one.letter_id in seen.body.superseded


def _verdict(one: DeadLetter, seen: Seen) -> str:
    return SUPERSEDED if _is_superseded(one, seen) else advice(one).prospect.value


def empty(seen: Seen, look: Look) -> str:
    """Why there is none."""
    body = seen.body
    if not isinstance(body, DeadBody):
        return "nothing can be told: see the line above"
    if seen.common.dead:
        return f"none of the newest {body.looked_at:,} dead letters is what was asked for"
    if (last := body.last) is None:
        return "no dead letters: nothing has failed for good, or nobody has left a trace in 30 days"
    did = safe(last.action).removeprefix("dead ")
    ago = age(look.now_ms - last.at_ms)
    return f"no dead letters; the last action: {did}, by {safe(last.who)}, {ago} ago"


def summary(seen: Seen, look: Look) -> str:
    """How many there are, and how many were looked at."""
    body, dead = seen.body, seen.common.dead
    words = counted(dead, "letter")
    if isinstance(body, DeadBody) and body.looked_at < dead:
        words += f", looked at the newest {body.looked_at:,}"
    return f"{words}, none is ever trimmed" if dead and look.is_wide else words


LISTING = Listing(
    title="Dead letters by cause",
    columns=GROUP_COLUMNS,
    sort="-count",
    rows=group_rows,
    panes=panes,
    detail=detail,
    empty=empty,
    summary=summary,
    fields=_GROUP_FIELDS,
)
EACH = Listing(
    title="Dead letters",
    columns=LETTER_COLUMNS,
    sort="-died",
    rows=letter_rows,
    panes=panes,
    detail=detail,
    empty=empty,
    summary=summary,
    fields=_LETTER_FIELDS,
)
