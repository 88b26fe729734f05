"""Rows and panes of the lists, as in the mock-ups."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from clipsaver.database.clips import StoredClip
from clipsaver.database.run_list import ListedRun, ToRead
from clipsaver.operating.ended import ended_row
from clipsaver.queue.operating.jobs import row_of
from clipsaver.queue.operating.pending import Counts
from clipsaver.queue.operating.verdicts import Verdict
from clipsaver.queue.operating.workers import WorkerState
from clipsaver.queue.worker_statistics import Pages
from clipsaver.records import RunState
from clipsaver.snowflake import from_unix
from clipsaver.tui.sources.seen import (
    ClipDetail,
    ClipsBody,
    DeadBody,
    JobDetail,
    JobsBody,
    LimitsBody,
    LogsBody,
    PendingBody,
    Store,
    WorkersBody,
)
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.layout import grid, half_width, whole_width
from clipsaver.tui.viewmodel.listings import DEAD_EACH, LISTINGS
from tests.tui.viewmodel.made import (
    CLIPS,
    JOB,
    NARROW,
    NOW_MS,
    SAID,
    STREAM,
    WIDE,
    Stands,
    audit,
    away,
    bucket,
    entry,
    event,
    gone,
    group,
    letter,
    limits,
    minutes,
    no_wider_than,
    running,
    seen,
    status,
    text,
    waiter,
    worker,
)

WHEN = datetime.fromtimestamp(NOW_MS / 1000 - 9000, UTC)
FIRST = "1769428198123-0"


def shown(listing, known, look):
    """The list as a table of its own, without cursor and marks."""
    return text(grid(listing.columns, listing.rows(known, look), look.width - 6, look))[1:]


def pane(panes, title):
    """The lines of the pane of this title."""
    (found,) = [one for one in panes if one.title == title]
    return "\n".join(text(found.lines))


def check_panes(listing, known, key):
    for look in (WIDE, NARROW):
        for one in (*listing.panes(known, look, key), *listing.detail(known, look, key)):
            cells = half_width(look) if one.is_half else whole_width(look)
            assert no_wider_than(one.lines, cells), one.title
            assert len(one.keys) in (0, len(one.lines))


ENTRIES = (
    entry(
        FIRST, Verdict(Stands.TAKEOVER, -4000), worker="w-9", is_alive=False, idle_ms=842_000,
        deliveries=4, reason="rate_limited", error="wait 612s > cap 300s",
    ),
    entry("1769428307007-3", Verdict(Stands.ORPHANED, 12_000), worker="w-9", is_alive=False),
    entry("1769428936881-0", Verdict(Stands.LATE, 3000), idle_ms=102_000),
    entry(
        "1769428979003-1", Verdict(Stands.RETRY, 12_000), entry_id=None, worker=None,
        due_at_ms=NOW_MS + 12_000, attempts=2,
    ),
    entry("1769429017777-0", status=status(waits_for="bucket"), waits_ms=3200),
    entry("1769429036200-0"),
    entry("1769429036201-0", Verdict(Stands.WAITING, is_last_try=True), worker=None, line=1234),
    entry("1769429036202-0", Verdict(Stands.GONE), raw=b"no json"),
)  # fmt: skip
ROWS = tuple(row_of(one) for one in ENTRIES)
PENDING = LISTINGS[View.PENDING]


def pending(**fields):
    known = {"workers": (worker(), worker("w-2", held=0), gone())}
    return seen(PendingBody(ENTRIES, is_more=False, looked_at=8), **(known | fields))


def test_pending_on_120_columns():
    assert shown(PENDING, pending(), WIDE)[:5] == [
        "1769428198123-0  gone w-9         14m 02s     4     - batch     guild-a #clips     "
        "takeover due                   ",
        "1769428307007-3  gone w-9             38s     1     - batch     guild-a #clips     "
        "taken over in 12 s             ",
        "1769428936881-0  w-1               1m 42s     1     - batch     guild-a #clips     "
        "lease late, 3.0 s left         ",
        "1769428979003-1  -                      -     1     2 batch     guild-a #clips     "
        "retry in 12 s                  ",
        "1769429017777-0  w-1                  38s     1     - batch     guild-a #clips     "
        "waits for bucket 3.2 s         ",
    ]


def test_pending_on_80_columns():
    assert shown(PENDING, pending(), NARROW) == [
        "…8198123-0 gone w-9      14m 02s     4 batch    takeover due              ",
        "…8307007-3 gone w-9          38s     1 batch    taken over in 12 s        ",
        "…8936881-0 w-1            1m 42s     1 batch    lease late, 3.0 s left    ",
        "…8979003-1 -                   -     1 batch    retry in 12 s             ",
        "…9017777-0 w-1               38s     1 batch    waits for bucket 3.2 s    ",
        "…9036200-0 w-1               38s     1 batch    held                      ",
        "…9036201-0 -                   -     1 batch    in line at 1,234, last try",
        "…9036202-0 w-1               38s     1 -        lost: deleted             ",
    ]


def test_pending_can_be_asked_for_by_what_it_is():
    values = [row.values for row in PENDING.rows(pending(), WIDE)]
    assert [one["place"] for one in values] == [
        "takeover", "orphaned", "late", "retry", "held", "held", "waiting", "gone",
    ]  # fmt: skip
    assert [one["holder"] for one in values[:4]] == ["gone", "gone", "alive", "none"]
    assert (values[0]["idle"], values[3]["idle"], values[3]["due"]) == (842_000, None, 12_000)
    assert values[4]["waits"] == "bucket"
    assert values[6]["line"] == 1234
    names = {one.name.lower() for one in PENDING.columns} | set(PENDING.fields)
    assert set(values[0]) == names


def test_an_old_look_counts_down():
    late = replace(WIDE, now_ms=NOW_MS + 10_000)
    row = PENDING.rows(pending(), late)[1]
    assert row.cells["VERDICT"].text == "taken over in 2.0 s"


def test_panes_of_an_entry():
    known = pending()
    panes = PENDING.panes(known, WIDE, FIRST)
    assert [one.title for one in panes] == ["Entry", "Payload", "Consumers"]
    lines = pane(panes, "Entry")
    assert "added       2026-01-26 11:49:58 UTC, 14m 38s ago" in lines
    assert "next        lease ran out 4.0 s ago; the next free slot" in lines
    assert "holder      w-9  gone" in lines
    assert "last error  rate_limited: wait 612s > cap 300s" in lines
    assert '"channel_id": "1424914917202464798"' in pane(panes, "Payload")
    assert pane(panes, "Consumers").startswith("w-9               3 held gone 14m 00s  w-1")
    assert [one.title for one in PENDING.panes(known, NARROW, FIRST)] == ["Entry"]
    check_panes(PENDING, known, FIRST)


def test_an_entry_opened_is_its_run():
    detail = JobDetail(
        ROWS[0], ENTRIES[0], None, '{\n  "a": 1\n}', (event("retry", 60, error="x"),)
    )
    known = seen(PendingBody(ENTRIES, is_more=False, looked_at=8, detail=detail))
    titles = [one.title for one in PENDING.detail(known, WIDE, FIRST)]
    assert titles == ["Job", "Entry", "Failures", "Timeline", "Payload"]
    check_panes(PENDING, known, FIRST)
    assert PENDING.detail(known, WIDE, "9-9") == PENDING.panes(known, WIDE, "9-9")


def test_why_nothing_is_pending():
    none = seen(PendingBody((), is_more=False, looked_at=0), counts=Counts(0, 0, 0, 0, 0, 0))
    assert PENDING.empty(none, WIDE).startswith("nothing is held, waits or is delayed")
    assert "none of the 31 entries" in PENDING.empty(replace(none, common=seen().common), WIDE)
    assert PENDING.summary(pending(counts=Counts(3, 1, 3, 0, 0, 0)), NARROW) == "3 of gone workers"


def ended(state=RunState.FAILED, **fields):
    known = {
        "run_id": f"{STREAM}/7-0", "job_id": "mine", "type": "batch", "guild_id": 1,
        "channel_id": int(CLIPS), "state": state, "attempts": 5, "deliveries": 6, "pages": 3,
        "messages": 300, "clips": 7, "requests": 4, "error": "not_found",
        "error_message": "404 Unknown Channel", "created_at": WHEN, "updated_at": WHEN,
        "ended_at": WHEN,
    }  # fmt: skip
    return ListedRun(**(known | fields))


def test_the_detail_of_a_run_says_what_is_left_to_read_and_what_it_waited_for():
    row, added = running(), datetime.fromtimestamp(1_769_428_198, UTC)
    run = ended(
        RunState.RUNNING, ended_at=None, error=None, pages=624, messages=62_400, clips=70,
        created_at=added + timedelta(seconds=1), updated_at=added + timedelta(seconds=60),
        to_read=ToRead(2, 0, from_unix(1_738_382_700)),
    )  # fmt: skip
    told = (
        event("wait", 8000, why="bucket", delay_s=3.2),
        event("retry", 5000, attempts=1, delay_s=12.0, reason="discord_unavailable"),
        event("wait", 3000, why="channel_busy", delay_s=True),
        event("wait", 2000, why="asked", delay_s=9.0),
    )
    known = JobDetail(row, ENTRIES[0], run, JOB.decode(), told)
    shown_in = seen(JobsBody((row,), is_more=False, detail=known))
    jobs = LISTINGS[View.JOBS]
    check_panes(jobs, shown_in, row.run_id)
    about = pane(jobs.detail(shown_in, NARROW, row.run_id), "Job")
    assert "to read     2 gaps, from the beginning to 2025-02-01 04:05\n" in about
    assert f"cursor      before {from_unix(1_738_382_700)} (2025-02-01 04:05)\n" in about
    assert about.endswith("waited      3 waits, 12s in all; 1 retry, 12s in all")
    assert "to read     2 gaps" in pane(jobs.panes(shown_in, WIDE, row.run_id), "Job")
    lines = pane(jobs.detail(shown_in, NARROW, row.run_id), "Timeline").splitlines()
    assert [line.split(None, 1)[1] for line in lines if "w-1" not in line] == [
        "624 pages stored by then: 62,400 messages, 70 clips",
        "read by a worker for the first time",
        "added to the stream",
    ]
    assert [line.split()[0] for line in lines] == sorted(
        (line.split()[0] for line in lines), reverse=True
    )
    over = replace(known, run=ended(to_read=ToRead(1, 5, 9)), entry=None, row=ended_row(ended()))
    at_end = pane(
        jobs.detail(seen(JobsBody((over.row,), is_more=False, detail=over)), WIDE, over.row.run_id),
        "Job",
    )
    assert "left unread 1 gap" in at_end
    assert "cursor" not in at_end


def test_jobs_on_both_sizes():
    rows = (
        running(share="0.62", rate="98", eta_at=str(NOW_MS + 384_000)),
        running("1769428209542-0", messages="970", rate="1.3"),
        running("1769428209545-0", share="0.1", waits_for="discord"),
        row_of(replace(ENTRIES[3], error="502", reason="discord_unavailable")),
        ended_row(ended()),
    )
    known = seen(JobsBody(rows, is_more=True))
    jobs = LISTINGS[View.JOBS]
    assert shown(jobs, known, WIDE) == [
        "…8198123-0 batch    guild-a #clips     ████████░░░░░  62%  62,400 / ~101k    98/s"
        "  6m 24s running       - w-1     ",
        "…8209542-0 batch    guild-a #clips     ░░███░░░░░░░░░░░░░             970   1.3/s"
        "       - running       - w-1     ",
        "…8209545-0 batch    guild-a #clips     waits for discord   62,400 / ~624k       -"
        "       - held up       - w-1     ",
        "…8979003-1 batch    guild-a #clips     retry in 12 s: di…               0       -"
        "       - retry         2 -       ",
        "7-0        batch    guild-a #clips     dead 2h 30m ago                300       -"
        "       - dead          5 -       ",
    ]
    assert shown(jobs, known, NARROW) == [
        "…8198123-0 guild-a #clips         ████████████░░░░░░░  62%    98/s  6m 24s",
        "…8209542-0 guild-a #clips         ░░░░░░░░░░░░████░░░░░░░░   1.3/s       -",
        "…8209545-0 guild-a #clips         waits for discord              -       -",
        "…8979003-1 guild-a #clips         retry in 12 s: discord_…       -       -",
        "7-0        guild-a #clips         dead 2h 30m ago                -       -",
    ]
    assert jobs.summary(known, NARROW) == "12 running, 19 queued"
    values = jobs.rows(known, WIDE)[4].values
    assert (values["state"], values["tries"], values["job_id"]) == ("dead", 5, "mine")
    assert set(values) == {one.name.lower() for one in jobs.columns} | set(jobs.fields)


def test_a_job_that_is_over_has_its_run_and_what_happened():
    row = ended_row(ended())
    told = (
        event("slice", 90), event("retry", 60, reason="x", error="502", attempts=4, delay_s=2.0),
        event("dead", 10, reason="not_found", error="404"),
    )  # fmt: skip
    detail = JobDetail(row, None, ended(clips_by_search=1200), JOB.decode(), told)
    known = seen(JobsBody((row,), is_more=False, detail=detail))
    jobs = LISTINGS[View.JOBS]
    panes = jobs.detail(known, WIDE, row.run_id)
    assert [one.title for one in panes] == ["Job", "Run", "Failures", "Timeline", "Payload"]
    assert "error       not_found: 404 Unknown Channel" in pane(panes, "Run")
    assert "by search   1,200 of the clips" in pane(panes, "Run")
    failures = pane(panes, "Failures").split("\n")
    assert failures[0] == "12:04:27  10s ago  w-1  not_found: 404"  # the newest first
    assert failures[1].endswith("4. x: 502")
    assert "gave its slot to others" in pane(panes, "Timeline")
    check_panes(jobs, known, row.run_id)


DEAD = LISTINGS[View.DEAD]


def dead_body(**fields):
    known = {
        "groups": (
            group(),
            group(reason="attempts_used_up", cause="discord_unavailable", fingerprint="other"),
        ),
        "letters": (letter(), letter("1769428500000-1")),
        "looked_at": 10,
        "superseded": frozenset(["1769428500000-1"]),
    }
    return DeadBody(**(known | fields))


def test_dead_letters_by_cause_and_one_by_one():
    known = seen(dead_body(), dead=100)
    assert shown(DEAD, known, NARROW) == [
        "      3 not_found: 404 Unknown Channel       2h 11m   1m 00s drop         ",
        "      3 discord_unavailable: 404 Unknown…    2h 11m   1m 00s try again    ",
    ]
    rows = DEAD.rows(known, WIDE)
    assert [row.cells["VERDICT"].text for row in rows] == ["drop", "try again"]
    assert [row.key for row in rows] == ["abc123def456", "other"]
    each = DEAD_EACH.rows(known, WIDE)
    assert [row.cells["VERDICT"].text for row in each] == ["drop", "superseded"]
    assert each[0].cells["DIED"].text == "9m 37s"
    for listing, row in ((DEAD, rows[0]), (DEAD_EACH, each[0])):
        names = {one.name.lower() for one in listing.columns} | set(listing.fields)
        assert set(row.values) == names
        check_panes(listing, known, row.key)
    assert DEAD.summary(known, WIDE) == (
        "100 letters, looked at the newest 10, none is ever trimmed"
    )


def test_a_cause_unfolds_to_its_letters():
    known = seen(dead_body(), dead=100)
    panes = DEAD.detail(known, WIDE, "abc123def456")
    assert [one.title for one in panes] == ["Cause", "Letters", "Newest of them", "Payload"]
    assert panes[1].keys == ("1769428500000-0", "1769428500000-1")
    assert "superseded  1: a later run has read their channels" in pane(panes, "Cause")
    assert "to do       drop: the channel is gone" in pane(panes, "Newest of them")
    assert DEAD.detail(known, WIDE, "nobody") == ()


def test_why_there_is_no_dead_letter():
    none = DeadBody((), (), 0)
    assert DEAD.empty(seen(none), WIDE).startswith("no dead letters: nothing has failed for good")
    last = audit("dead retry")
    assert DEAD.empty(seen(replace(none, last=last)), WIDE) == (
        "no dead letters; the last action: retry, by alice@host, 5s ago"
    )
    assert "newest 0 dead letters" in DEAD.empty(seen(none, dead=3), WIDE)


def test_limits():
    busy = bucket(routes=["GET /channels/{channel_id}/messages", "GET /channels/{channel_id}"])
    view = limits(
        buckets=[busy, bucket(routes=["GET /guilds/{guild_id}"], major="7", free_in_s=0.0)],
        waiting=[waiter(), waiter(request="GET /channels/7/messages")],
    )
    known = seen(LimitsBody(view, minutes(3)))
    listing = LISTINGS[View.LIMITS]
    assert shown(listing, known, WIDE) == [
        "GET messages +1            guild-a #clips           5 / 5 ██████████     3.2s    5.0s"
        " headers     1              -",
        "GET /guilds/{guild_id}     guild 7                  5 / 5 ██████████      now    5.0s"
        " headers     -              -",
    ]
    assert shown(listing, known, NARROW)[0] == (
        "GET messages +1         guild-a #clips                5 / 5     3.2s     1"
    )
    row = listing.rows(known, WIDE)[0]
    assert (row.values["free"], row.values["wait"]) == (3200, 1)
    check_panes(listing, known, row.key)
    assert listing.summary(known, WIDE) == "2 buckets, 1 used up"
    standing = pane(listing.panes(known, WIDE, row.key), "Token")
    assert "41 of 50 in the last second" in standing
    assert "3 of 10,000 in 10 min" in standing


def test_limits_of_a_token_that_is_refused_and_of_none():
    listing = LISTINGS[View.LIMITS]
    refused = seen(LimitsBody(limits(held_for_s=242.0, trial_in_s=58.0)))
    assert "REFUSED by Discord for 4m 02s" in pane(listing.panes(refused, WIDE, None), "Token")
    assert listing.empty(seen(LimitsBody(None)), WIDE).startswith("no token is configured here")
    assert listing.empty(seen(LimitsBody(limits(known=False))), WIDE).startswith("no worker has")
    assert listing.rows(seen(LimitsBody(None)), WIDE) == ()


def test_workers():
    workers = (gone(), worker(statistics=away(redis_s=12)), worker("host-a-4711-af3b-and-more"))
    known = seen(WorkersBody(minutes(6), ENTRIES, (event("done"),)), workers=workers)
    listing = LISTINGS[View.WORKERS]
    assert shown(listing, known, NARROW) == [
        "…af3b-and-more running   2h 11m   4/8     4        0      1s              ",
        "w-1            running   2h 11m   4/8     4      2.0      1s Redis away 1…",
        "w-9            gone           -     -     3        - 14m 00s              ",
    ]
    rows = listing.rows(known, WIDE)
    assert [row.key for row in rows] == ["host-a-4711-af3b-and-more", "w-1", "w-9"]
    assert rows[1].values["trouble"] == "Redis away 12 s"
    assert set(rows[0].values) == {one.name.lower() for one in listing.columns} | set(
        listing.fields
    )
    for row in rows:
        check_panes(listing, known, row.key)
    assert "taken over in 12s" in pane(listing.panes(known, WIDE, "w-9"), "Worker")
    assert "waits for bucket 3.2 s" in pane(listing.panes(known, WIDE, "w-1"), "Holds")
    assert listing.summary(known, WIDE) == "2 alive, 1 gone"
    assert "start one: clipsaver run" in listing.empty(seen(workers=()), WIDE)


@pytest.mark.parametrize(
    ("state", "fields", "cell", "words"),
    [
        (WorkerState.DRAINING, {"running": 3}, "draining 3", "draining, 3 jobs left"),
        (WorkerState.DRAINING, {"running": 0}, "draining 0", "draining, no jobs left"),
        (WorkerState.STOPPING, {"running": 1}, "stopping 8s", "stopping, 9.0 s left for 1 job"),
        (WorkerState.STOPPING, {"statistics": None}, "stopping", "stopping, hands back 4 jobs"),
        (WorkerState.RUNNING, {}, "running", "running"),
    ],
)
def test_a_worker_that_is_to_end_says_what_is_left(state, fields, cell, words):
    said = msgspec.structs.replace(
        SAID, grace_left_s=12.0, pages=Pages(last_commit_ms=2.34), watching=3
    )
    one = worker("w-1", state, **({"statistics": said, "beat_ms_ago": 3000} | fields))
    known = seen(WorkersBody(minutes(2)), workers=(one,))
    listing = LISTINGS[View.WORKERS]
    (row,) = listing.rows(known, replace(WIDE, now_ms=NOW_MS + 1000))
    assert (row.cells["STATE"].text, row.values["state"]) == (cell, state.value)
    assert listing.rows(known, NARROW)[0].cells["STATE"].text == state.value
    about = pane(listing.detail(known, WIDE, "w-1"), "Worker").splitlines()
    assert f"state       {words}" in about
    if one.statistics:
        assert row.values["database"] == 2.34
        assert "duty        watches 3 guilds" in about
        assert any(line.startswith("database    2.3ms the last commit, 0 in use") for line in about)


def a_clip(**fields):
    known = {
        "clip_id": "1-2", "message_id": 10, "channel_id": int(CLIPS), "channel_name": "clips",
        "guild_id": 1, "author_id": 7, "author_name": "Álvaro 日本", "source": "attachment",
        "filename": "clip.mp4", "title": "my [red] title", "content_type": "video/mp4",
        "size_bytes": 1_234_567, "width": 1920, "height": 1080, "duration_seconds": 42.5,
        "url": "https://x", "url_expires_at": WHEN + timedelta(hours=24),
        "thumbnail_state": "failed", "posted_at": WHEN,
    }  # fmt: skip
    return StoredClip(**(known | fields))


MORE = ClipDetail(
    "1-2", "h264", "media_unavailable", 3, WHEN + timedelta(hours=3), WHEN, "hello\nworld", "k",
    "/data/k.webp", 640, 360, 12_345, "decode",
)  # fmt: skip


def test_clips():
    known = seen(ClipsBody((a_clip(), a_clip(clip_id="3-4", title=None, url_expires_at=WHEN)),
                           is_more=True, detail=MORE))  # fmt: skip
    listing = LISTINGS[View.CLIPS]
    assert shown(listing, known, WIDE) == [
        "2026-01-26 09:34 #clips           Álvaro 日本    my [red] title                1.2 MB"
        "    0:42 failed       21h 30m",
        "2026-01-26 09:34 #clips           Álvaro 日本    clip.mp4                      1.2 MB"
        "    0:42 failed       expired",
    ]
    assert shown(listing, known, NARROW)[0] == (
        "01-26 09:34 #clips        Álvaro 日本 my [red] title           failed     "
    )
    row = listing.rows(known, WIDE)[0]
    assert set(row.values) == {one.name.lower() for one in listing.columns} | set(listing.fields)
    check_panes(listing, known, "1-2")
    panes = listing.detail(known, WIDE, "1-2")
    assert "to do       try again: its bytes did not come" in pane(panes, "Clip")
    assert pane(panes, "Message") == "hello world"
    assert listing.summary(known, WIDE) == "about 12k, the newest first"


def test_why_there_are_no_clips():
    listing = LISTINGS[View.CLIPS]
    nothing = ClipsBody((), is_more=False)
    assert listing.empty(seen(nothing, clips=0), WIDE).startswith("no clip was found yet")
    assert listing.empty(seen(nothing), WIDE) == "none of the clips is what was asked for"
    for known in (seen(None), seen(nothing, database=Store(error="refused"))):
        assert "does not answer" in listing.empty(known, WIDE)


def test_logs():
    line = event(
        "log", 3, level="warning", event="redis_away", time="x", error="gone", type="batch"
    )
    events = (event("retry", 6, reason="x", error="502"), line, event("new", 2, a=[1]))
    known = seen(LogsBody(events, (audit(),)))
    listing = LISTINGS[View.LOGS]
    assert shown(listing, known, NARROW) == [
        "12:04:31 warn  w-1       …8198123-0 failed: x: 502                        ",
        "12:04:32 audit …ice@host -          dead retry: 3 (--type=batch)          ",
        "12:04:34 warn  w-1       …8198123-0 redis away: gone                      ",
        "12:04:35 info  w-1       …8198123-0 new  a=[1]                            ",
    ]
    rows = listing.rows(known, WIDE)
    assert [row.values["event"] for row in rows] == ["retry", "dead retry", "redis_away", "new"]
    assert rows[2].values["type"] == "batch"
    assert set(rows[0].values) == {one.name.lower() for one in listing.columns} | set(
        listing.fields
    )
    for row in rows:
        check_panes(listing, known, row.key)
    assert '"a": [' in pane(listing.detail(known, WIDE, rows[3].key), "Record")
    assert '"what": "--type=batch"' in pane(listing.detail(known, WIDE, rows[1].key), "Record")
    assert listing.summary(known, WIDE) == "4 lines since 12:04:31"


def test_an_action_and_its_event_of_one_moment_are_two_rows():
    act = replace(audit(), event_id="5-0")
    same = replace(event("retried"), event_id="5-0")
    rows = LISTINGS[View.LOGS].rows(seen(LogsBody((same,), (act,))), WIDE)
    assert sorted(row.key for row in rows) == ["5-0", "audit/5-0"]


@pytest.mark.parametrize("listing", [*LISTINGS.values(), DEAD_EACH], ids=lambda one: one.title)
def test_a_look_at_something_else_is_an_empty_list(listing):
    for known in (seen(None), seen(LogsBody((), ())), seen(JobsBody((), is_more=False))):
        for look in (WIDE, NARROW):
            if listing is not LISTINGS[View.WORKERS]:
                assert listing.rows(known, look) == ()
            assert listing.panes(known, look, "7-0") == listing.detail(known, look, "7-0") == ()
            assert listing.empty(known, look)
            listing.summary(known, look)
