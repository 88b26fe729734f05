"""Whatever a stranger or a later version wrote: it is shown, obeys nothing, and raises nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsaver.database.clips import StoredClip
from clipsaver.database.run_list import ListedRun, ToRead
from clipsaver.discord_rest.limits.view import Refused
from clipsaver.operating.ended import ended_row
from clipsaver.queue.entries import Carried
from clipsaver.queue.events import Event
from clipsaver.queue.operating.audit import AuditEvent
from clipsaver.queue.operating.dead_letters.dead import Group
from clipsaver.queue.operating.jobs import row_of
from clipsaver.queue.operating.pending import Counts
from clipsaver.queue.operating.sketch import Sketch
from clipsaver.queue.operating.verdicts import Place as Stands
from clipsaver.queue.operating.verdicts import Verdict
from clipsaver.queue.operating.workers import Worker, WorkerState
from clipsaver.queue.worker_statistics import (
    Away,
    Discord,
    Heard,
    Pages,
    Process,
    WorkerStatistics,
)
from clipsaver.records import RunState
from clipsaver.tui.sources.seen import (
    ClipDetail,
    ClipsBody,
    Common,
    DeadBody,
    JobDetail,
    JobsBody,
    LimitsBody,
    LogsBody,
    OverviewBody,
    PendingBody,
    Place,
    Seen,
    Store,
    WorkersBody,
)
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.connection import Connection, Link
from clipsaver.tui.viewmodel.frame import banner, frame_lines
from clipsaver.tui.viewmodel.layout import half_width, line_len, plain, whole_width
from clipsaver.tui.viewmodel.listings import DEAD_EACH, LISTINGS
from clipsaver.tui.viewmodel.overview import overview
from clipsaver.tui.viewmodel.rows import Look, Measure
from tests.examples import examples
from tests.strangers import OBEYED, TEXTS
from tests.tui.viewmodel.made import (
    ASCII,
    NARROW,
    NOW_MS,
    STREAM,
    WIDE,
    bucket,
    entry,
    letter,
    limits,
    minutes,
    status,
    waiter,
    worker,
)

texts = st.one_of(st.text(max_size=20), st.sampled_from([*TEXTS, "👩 e\u0301", "password=hunter2"]))
counts = st.sampled_from([0, 1, 7, 999, 1_000_000, 10**15])
times = st.sampled_from([0, 1, NOW_MS, NOW_MS - 5000, NOW_MS + 5000, 10**17])
spans = st.one_of(st.none(), st.sampled_from([0, -5, 1, 5000, 10**12]))
shares = st.sampled_from([None, 0.0, 0.004, 0.62, 1.0, 1.7, -1.0, float("nan"), float("inf")])
maybe = st.one_of(st.none(), texts)
details = st.dictionaries(
    st.one_of(texts, st.sampled_from(["reason", "error", "delay_s", "note", "as", "event", "of"])),
    st.one_of(texts, st.integers(), st.floats(), st.none(), st.lists(texts, max_size=2)),
    max_size=4,
)
names = st.one_of(
    texts, st.sampled_from(["done", "retry", "wait", "dead", "log", "retried", "slice"])
)
dates = st.sampled_from(
    [datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 1, 26, tzinfo=UTC),
     datetime(9999, 12, 31, tzinfo=UTC)]
)  # fmt: skip
sketches = st.builds(Sketch, texts, maybe, maybe, maybe)
heard = st.builds(
    Heard, st.sampled_from([0.0, -5.0, 1e308]), counts, st.one_of(st.none(), counts),
    st.one_of(st.none(), counts), st.sampled_from([None, 0.9, 1e308]),
    st.sampled_from([None, 1.5]), texts,
)  # fmt: skip
workers = st.builds(
    Worker, texts, st.sampled_from(WorkerState), counts, maybe, maybe, maybe,
    st.one_of(st.none(), st.just(float("inf")), st.just(1e9)), st.one_of(st.none(), counts),
    st.one_of(st.none(), counts), st.one_of(st.none(), counts), spans, spans,
    st.one_of(
        st.none(),
        st.builds(
            WorkerStatistics,
            outcomes=st.dictionaries(texts, counts, max_size=2),
            discord=st.builds(Discord, refusals=st.dictionaries(texts, counts, max_size=2),
                              token_held_for_s=st.sampled_from([None, 3.0]),
                              recent=st.dictionaries(texts, st.tuples(heard), max_size=1)),
            pages=st.builds(Pages, last_commit_ms=st.sampled_from([None, 0.0, 1e300])),
            grace_left_s=st.sampled_from([None, 3.0, -1.0, 1e308]),
            away=st.builds(Away, st.sampled_from([None, 3.0, 1e12]), discord_s=st.just(1.0)),
            process=st.builds(Process, counts),
        ),
    ),
    spans,
)  # fmt: skip
statuses = st.builds(
    status, messages=counts.map(str), share=st.sampled_from(["", "0.62", "nan", "inf", "7"]),
    rate=st.sampled_from(["", "0", "98", "nan", "inf"]), waits_for=texts, waits_of=texts,
    error=texts, reason=texts, stage=texts, waits_until=st.sampled_from(["", "7", str(NOW_MS)]),
)  # fmt: skip


@st.composite
def entries(draw):
    number = draw(st.sampled_from(["1769428198123-0", "0-0"]))
    one = entry(
        number,
        Verdict(
            draw(st.sampled_from(Stands)), draw(spans), is_last_try=draw(st.booleans()),
            is_poison=draw(st.booleans()),
        ),
        raw=draw(st.one_of(st.binary(min_size=1, max_size=20), texts.map(_json).filter(bool))),
        worker=draw(maybe), host=draw(maybe), is_alive=draw(st.booleans()), idle_ms=draw(times),
        reason=draw(maybe), error=draw(maybe), line=draw(st.one_of(st.none(), counts)),
        due_at_ms=draw(st.one_of(st.none(), times)), waits_ms=draw(spans), attempts=draw(counts),
        status=draw(st.one_of(st.none(), statuses)), job=draw(sketches),
    )  # fmt: skip
    carried = Carried(run=one.run_id, first_at=draw(times), hosts=(draw(texts),))
    return replace(one, entry=replace(one.entry, carried=carried))


def _json(text):
    return b'{"type":"' + text.encode("utf-8", "replace") + b'"}'


letters = st.builds(
    lambda job, **fields: letter(job=job, **fields),
    st.one_of(st.none(), st.binary(max_size=20)),
    reason=texts, cause=maybe, error=texts, fingerprint=texts, attempts=counts, first_at=times,
    hosts=st.tuples(texts), run=texts, worker=texts, stage=texts, job_bytes=counts,
)  # fmt: skip
events = st.builds(Event, st.sampled_from(["5-0", "7-0"]), times, names, texts, texts, details)
audits = st.builds(
    AuditEvent, st.sampled_from(["5-0", "0-0"]), texts, texts, texts, texts, texts, counts,
    st.one_of(st.just(()), st.tuples(texts), st.just((f"{STREAM}/1-0",))),
)  # fmt: skip
runs = st.builds(
    ListedRun, st.just(f"{STREAM}/7-0"), maybe, texts, st.integers(), st.none(),
    st.sampled_from(RunState), counts, counts, counts, counts, counts, counts, maybe, maybe,
    dates, dates, dates, counts,
    st.one_of(
        st.none(),
        st.builds(
            ToRead, counts, st.sampled_from([None, 0, 5, 2**63 - 1]),
            st.sampled_from([None, 9, 2**63 - 1]), st.booleans(),
        ),
    ),
)  # fmt: skip
clips = st.builds(
    StoredClip, texts, counts, counts, maybe, counts, counts, texts, texts, texts, maybe, texts,
    st.one_of(st.none(), counts), st.one_of(st.none(), counts), st.one_of(st.none(), counts),
    st.sampled_from([None, 0.0, -1.0, 1e9, float("nan"), float("inf")]), texts,
    st.one_of(st.none(), dates), texts, dates,
)  # fmt: skip
views = st.builds(
    lambda route, major, **fields: limits(
        buckets=[bucket(routes=[route], major=major, **fields), bucket(routes=[], limit=0)],
        waiting=[waiter(request=route, worker=major)], closed_for_s=1.0, closed_why=major,
    ),
    texts, texts, used=counts, free_in_s=st.sampled_from([0.0, 1e9]),
    refused=st.one_of(
        st.none(),
        st.builds(Refused, texts, st.sampled_from([0.0, 1e308]), st.sampled_from([0.0, 1e9]),
                  st.sampled_from([None, 0.0, 1e9])),
    ),
    strip=st.lists(counts, max_size=30),
)  # fmt: skip


@st.composite
def commons(draw):
    places = {draw(texts): Place(draw(maybe), draw(maybe))}
    return Common(
        Store(draw(st.sampled_from([None, 0.0, 1e9])), draw(maybe), draw(spans)),
        Store(1.0, draw(maybe)),
        tuple(draw(st.lists(workers, max_size=2))),
        draw(st.one_of(st.none(), st.builds(Counts, *[counts] * 6))),
        draw(counts), draw(st.one_of(st.none(), times)), 50.0, draw(counts), draw(counts),
        draw(st.one_of(st.none(), counts)), draw(texts), draw(texts), draw(texts), draw(texts),
        places,
    )  # fmt: skip


@st.composite
def bodies(draw):
    held = tuple(draw(st.lists(entries(), max_size=2)))
    told = tuple(draw(st.lists(events, max_size=2)))
    rows = (*(row_of(one) for one in held), *map(ended_row, draw(st.lists(runs, max_size=1))))
    rows = tuple(replace(one, share=draw(shares)) for one in rows)
    run = draw(st.one_of(st.none(), runs))
    known = JobDetail(rows[0], held[0] if held else None, run, draw(maybe), told) if rows else None
    view = draw(st.one_of(st.none(), views))
    acts = tuple(draw(st.lists(audits, max_size=1)))
    dead = tuple(draw(st.lists(letters, max_size=2)))
    groups = tuple(
        Group(one.group, one, 2, draw(times), draw(times), Counter({one.type: 2}), {one.channel_id})
        for one in dead
    )
    saved = tuple(draw(st.lists(clips, max_size=1)))
    more = [
        ClipDetail(one.clip_id, draw(maybe), draw(maybe), 3, draw(st.one_of(st.none(), dates)),
                   None, draw(maybe), None, draw(maybe), 1, None, None, draw(maybe))
        for one in saved
    ]  # fmt: skip
    return {
        View.OVERVIEW: OverviewBody(minutes(3), (None, 3), rows, view, told, acts, 0, draw(maybe)),
        View.JOBS: JobsBody(rows, is_more=True, detail=known),
        View.PENDING: PendingBody(held, is_more=True, looked_at=9, detail=known),
        View.DEAD: DeadBody(groups, dead, 2, frozenset(one.letter_id for one in dead), None),
        View.LIMITS: LimitsBody(view, minutes(2)),
        View.WORKERS: WorkersBody(minutes(2), held, told),
        View.CLIPS: ClipsBody(saved, is_more=False, detail=more[0] if more else None),
        View.LOGS: LogsBody(told, acts),
    }


def check(lines, cells):
    for line in lines:
        shown = plain(line)
        assert not OBEYED.search(shown), repr(shown)
        assert line_len(line) <= cells
        shown.encode()  # a half of a surrogate pair could not be written


def check_panes(panes, look):
    for pane in panes:
        cells = half_width(look) if pane.is_half else whole_width(look)
        check(pane.lines, cells)
        assert not OBEYED.search(pane.title + pane.note)
        assert len(pane.keys) in (0, len(pane.lines))


@pytest.mark.parametrize("look", [WIDE, NARROW, ASCII], ids=["120", "80", "ascii"])
@settings(max_examples=examples(25))
@given(commons(), bodies())
def test_nothing_is_obeyed_and_nothing_raises(look: Look, common, body):
    for view, listing in (*LISTINGS.items(), (View.DEAD, DEAD_EACH)):
        known = Seen(NOW_MS, common, body[view])
        for row in listing.rows(known, look):
            check([(cell,) for cell in row.cells.values()], 10**6)
            assert set(row.values) == {one.name.lower() for one in listing.columns} | {
                *listing.fields
            }
            texts = {name for name, value in row.values.items() if isinstance(value, str)}
            assert {listing.all_measures()[name] for name in texts} <= {Measure.TEXT}
            assert set(row.cells) == {one.name for one in listing.columns}
            check_panes(listing.panes(known, look, row.key), look)
            check_panes(listing.detail(known, look, row.key), look)
        assert listing.empty(known, look)
        assert not OBEYED.search(listing.empty(known, look) + listing.summary(known, look))
    known = Seen(NOW_MS, common, body[View.OVERVIEW])
    shown = overview(known, look)
    panes = (
        shown.attention,
        shown.minutes,
        shown.running,
        shown.streams,
        shown.budget,
        shown.events,
    )
    check_panes([one for one in panes if one is not None], look)
    connection = Connection(Link.DOWN, common.config, 1e9, 10**6, 4.0)
    lines = frame_lines(
        known, look, current=View.JOBS, mode="rw", tick_s=30, is_paused=True, connection=connection
    )
    check([*lines, banner(connection, known, look)], look.width)


def test_a_thousand_strangers_in_every_column():
    """A clip, a line of the log and a job for each text, and what is beside the list."""
    at = datetime(2026, 1, 26, tzinfo=UTC)
    saved = tuple(
        StoredClip(str(n), n, 70, one, 7, 900, one, one, one, one, one, 1, 2, 3, 4.0, one, at, one,
                   at)
        for n, one in enumerate(TEXTS)
    )  # fmt: skip
    told = tuple(Event(f"{n}-0", n, one, one, one, {one: one}) for n, one in enumerate(TEXTS))
    held = tuple(
        row_of(entry(f"{n}-0", error=one, reason=one, worker=one, host=one))
        for n, one in enumerate(TEXTS)
    )
    places = {"7": Place(TEXTS[0], TEXTS[1])}
    common = Common(Store(1.0), Store(1.0), (), Counts(*[0] * 6), 0, 0, 50.0, 0, places=places)
    for clip, event, job in zip(saved, told, held, strict=True):
        for view, body in (
            (View.CLIPS, ClipsBody((clip,), is_more=False)),
            (View.LOGS, LogsBody((event,), ())),
            (View.JOBS, JobsBody((job,), is_more=False)),
        ):
            known, listing = Seen(NOW_MS, common, body), LISTINGS[view]
            (row,) = listing.rows(known, WIDE)
            check([(cell,) for cell in row.cells.values()], 10**6)
            check_panes(listing.detail(known, WIDE, row.key), WIDE)


def test_a_million_of_everything_fits_its_columns():
    from clipsaver.tui.viewmodel.layout import grid

    big = replace(worker(held=10**6, slots=10**6), beat_ms_ago=10**14, up_s=1e12)
    common = Common(Store(1.0), Store(1.0), (big,), Counts(*[10**6] * 6), 10**6, 0, 50.0, 99)
    known = Seen(NOW_MS, common, WorkersBody(()))
    listing = LISTINGS[View.WORKERS]
    for look, room in ((WIDE, 114), (NARROW, 74)):
        lines = list(grid(listing.columns, listing.rows(known, look), room, look))
        assert all(line_len(line) == room for line in lines)
        for line in frame_lines(
            known, look, current=View.JOBS, mode="rw", tick_s=1, is_paused=False,
            connection=Connection(Link.OK),
        ):  # fmt: skip
            assert line_len(line) == look.width
