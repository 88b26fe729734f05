"""The made-up fleet: the same for the same seed and time, and true to what it shows."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from clipsaver.errors import RedisUnavailable, UsageError
from clipsaver.jobs import decode
from clipsaver.queue.operating.answers import latest_answers
from clipsaver.queue.operating.dead_letters.advice import advice, known_reasons
from clipsaver.queue.operating.verdicts import Place
from clipsaver.queue.operating.workers import WorkerState
from clipsaver.tui.sources.seen import STRIP_PARTS, JobsBody, PendingBody, Seen
from clipsaver.tui.sources.simulated import Scene
from clipsaver.tui.sources.wanted import View, Wanted
from tests.tui.simulated.watching import Watched, answer

IN_REACH = [scene for scene in Scene if scene is not Scene.REDIS_AWAY]


def entries_of(seen: Seen) -> Any:
    assert isinstance(seen.body, PendingBody)
    return seen.body.entries


def places(seen: Seen) -> Counter[Place]:
    return Counter(one.verdict.place for one in entries_of(seen))


def test_the_same_is_seen_however_often_one_looked_before() -> None:
    once, often = Watched(Scene.DEMO, 7), Watched(Scene.DEMO, 7)
    for at_s in range(80):
        often.at_s = at_s + 0.3
        often.look(list(View)[at_s % len(View)])
    once.at_s = often.at_s = 80.0
    for view in View:
        assert once.look(view) == often.look(view)


def test_another_seed_is_another_fleet() -> None:
    one, other = Watched(Scene.BUSY, 1), Watched(Scene.BUSY, 2)
    one.at_s = other.at_s = 20.0
    assert one.look(View.PENDING) != other.look(View.PENDING)


@pytest.mark.parametrize("scene", IN_REACH)
def test_each_view_of_each_scene_is_there(scene: Scene) -> None:
    watched = Watched(scene)
    for number, view in enumerate((*View, *View)):
        watched.at_s = 4.0 * number
        seen = watched.look(view)
        is_away = scene is Scene.DATABASE_AWAY and view is View.CLIPS
        assert (seen.body is None) == is_away
        assert seen.common.counts is not None
        msgspec.to_builtins(seen.common.workers)  # as export does


def test_busy_begins_with_every_place_that_there_is() -> None:
    seen = Watched(Scene.BUSY).look(View.PENDING)
    assert set(places(seen)) == set(Place)
    assert seen.common.counts is not None
    assert (seen.common.counts.all, seen.common.dead) == (31, 4)
    assert seen.common.counts.of_gone == 3
    assert 40 <= seen.common.sent <= 50
    poison = [one for one in entries_of(seen) if one.verdict.is_poison]
    assert [one.worker for one in poison] == ["w-9"]
    assert sum(one.verdict.is_last_try for one in entries_of(seen)) == 1


def test_what_a_dead_worker_held_is_taken_over_in_time() -> None:
    watched = Watched(Scene.BUSY)
    orphans = [one for one in entries_of(watched.look(View.PENDING)) if one.worker == "w-9"]
    longest_s = max(one.verdict.in_ms for one in orphans) / 1000
    watched.pass_s(longest_s - 0.1)
    assert places(watched.look(View.PENDING))[Place.ORPHANED] == 2
    watched.pass_s(5.2)  # until the next sweep
    seen = watched.look(View.PENDING)
    assert not [one for one in entries_of(seen) if one.worker == "w-9"]
    told = watched.body(View.LOGS).events
    assert {one.run_id for one in orphans} <= {one.run for one in told if one.name == "reclaimed"}


def test_poison_is_buried_by_whoever_takes_it_next() -> None:
    watched = Watched(Scene.BUSY)
    (run_id,) = (one.run_id for one in entries_of(watched.look(View.PENDING)) if
                 one.verdict.is_poison)  # fmt: skip
    watched.pass_s(60)
    letters = watched.body(View.DEAD, is_grouped=False).letters
    assert [one.death.reason for one in letters if one.run_id == run_id] == ["poisoned"]


def test_jobs_get_on_page_by_page() -> None:
    watched = Watched(Scene.BUSY)
    before = {row.run_id: row for row in watched.body(View.JOBS).rows}
    watched.pass_s(1.0)
    gained = []
    for row in watched.body(View.JOBS).rows:
        old = before.get(row.run_id)
        if old and old.messages_per_s and row.messages_per_s and row.job.type != "guild":
            gained.append(row.messages - old.messages)
            assert row.messages - old.messages == pytest.approx(old.messages_per_s, abs=2)
            assert (row.eta_at_ms or 0) > 0
    assert len(gained) >= 6
    assert sum(gained) > 2000


def test_the_minutes_grow_as_pages_are_read() -> None:
    watched = Watched(Scene.BUSY)
    first = watched.body(View.OVERVIEW)
    assert len(first.minutes) == len(first.depths) == 60
    watched.pass_s(20.0)
    later = watched.body(View.OVERVIEW)
    read = later.minutes[-1].total.pages - first.minutes[-1].total.pages
    assert read == pytest.approx(20 * 40, rel=0.3)
    watched.pass_s(60.0)
    assert watched.body(View.OVERVIEW).minutes[-2].total.pages > later.minutes[-1].total.pages


def test_a_waiting_job_says_for_what_and_how_long() -> None:
    watched = Watched(Scene.BUSY)
    (waiting,) = (row for row in watched.body(View.JOBS).rows if row.waits_for == "bucket")
    assert waiting.waits_until_ms is not None
    view = watched.body(View.LIMITS).limits
    assert view.waiting[0].left_s == pytest.approx(3.2)
    assert view.buckets[0].major == waiting.job.channel_id
    assert view.buckets[0].used == view.buckets[0].limit
    watched.pass_s(3.5)
    assert waiting.run_id not in {
        row.run_id for row in watched.body(View.JOBS).rows if row.waits_for == "bucket"
    }


def test_dead_letters_have_causes_that_advice_knows() -> None:
    body = Watched(Scene.DEMO).body(View.DEAD)
    assert len(body.groups) == 6
    assert sum(group.count for group in body.groups) == body.looked_at
    assert body.superseded
    for group in body.groups:
        reasons = {group.example.death.reason, group.example.death.cause}
        assert reasons & known_reasons()
        assert advice(group.example).words
    unfolded = Watched(Scene.DEMO).body(View.DEAD, chosen=body.groups[0].fingerprint)
    assert len(unfolded.letters) == body.groups[0].count


def test_the_script_of_the_demo_lets_everything_go_wrong_once() -> None:
    watched = Watched(Scene.DEMO)
    away, dead, gone, emptied = set(), set(), set(), 0
    stopping: list[int] = []
    for at_s in range(150):
        watched.at_s = float(at_s)
        try:
            seen = watched.look(View.LIMITS)
        except RedisUnavailable:
            away.add(at_s)
            continue
        if seen.common.database.error:
            dead.add(at_s)
        gone |= {one.name for one in seen.common.workers if one.state is WorkerState.GONE}
        left = (one.grace_left_ms() for one in seen.common.workers)
        stopping += (left_ms for left_ms in left if left_ms is not None)
        emptied = max(emptied, sum(one.why.value == "bucket" for one in seen.body.limits.waiting))
    assert len(away) == 14
    assert len(dead) == 10
    assert "w-3" in gone
    assert emptied >= 2
    assert stopping == sorted(stopping, reverse=True)
    assert 0 <= min(stopping) <= 1000 < 11_000 < max(stopping) <= 12_000
    assert all(one.state is WorkerState.RUNNING for one in seen.common.workers[:3])
    names = {one.name for one in watched.body(View.LOGS, rows=1000).events}
    assert {"reclaimed", "dead", "worker_started", "done", "retry", "log"} <= names


def test_what_is_behind_a_row_is_there_too() -> None:
    """The answers and the last minute of limits, commits, tasks, and what is left to read."""
    watched = Watched(Scene.BUSY)
    watched.pass_s(20.0)
    seen = watched.look(View.LIMITS)
    view = seen.body.limits
    assert all(len(one.strip) == STRIP_PARTS for one in view.buckets)
    assert any(sum(one.strip) for one in view.buckets)
    assert any(one.refused for one in view.buckets)
    alive = [one for one in seen.common.workers if one.statistics]
    assert latest_answers(alive, seen.at_ms, routes=view.buckets[0].routes)
    assert all(one.statistics.pages.last_commit_ms for one in alive if one.statistics)
    tree = answer(watched.fleet.source.task_tree(alive[0].name))
    assert any("it shows this" in line for line in tree.lines)
    with pytest.raises(UsageError, match="no worker 'w-9' is alive"):
        answer(watched.fleet.source.task_tree("w-9"))
    rows = watched.body(View.JOBS).rows
    details = [watched.body(View.JOBS, chosen=row.run_id).detail for row in rows[:5]]
    left = [one.run.to_read for one in details if one.run and one.run.to_read]
    assert any(one.upper for one in left)


def test_nothing_is_taken_over_just_after_redis_was_away() -> None:
    watched = Watched(Scene.BUSY)
    watched.look(View.PENDING)
    watched.fleet.faults.goes_away("redis", 40.0)
    watched.pass_s(39.0)
    with pytest.raises(RedisUnavailable):
        watched.look(View.PENDING)
    watched.pass_s(2.0)
    held = entries_of(watched.look(View.PENDING, worker="w-1"))
    assert held
    assert all(one.verdict.place is not Place.TAKEOVER for one in held)


def test_scenes_say_what_is_wrong() -> None:
    with pytest.raises(RedisUnavailable, match=r"redis\.url"):
        Watched(Scene.REDIS_AWAY).look(View.OVERVIEW)
    seen = Watched(Scene.DATABASE_AWAY).look(View.JOBS)
    assert seen.common.database.error
    assert seen.common.clips is None
    assert isinstance(seen.body, JobsBody)
    assert {row.waits_for for row in seen.body.rows if row.state == "running"} == {"database"}
    seen = Watched(Scene.NO_WORKER).look(View.PENDING)
    assert {one.state for one in seen.common.workers} == {WorkerState.GONE}
    assert Place.HELD not in places(seen)
    seen = Watched(Scene.TOKEN_REJECTED).look(View.LIMITS)
    assert seen.body.limits.held_for_s == 40.0  # type: ignore[union-attr]
    seen = Watched(Scene.VERSIONS_DIFFER).look(View.WORKERS)
    assert len({one.version for one in seen.common.workers if one.version}) == 2
    assert WorkerState.UNKNOWN in {one.state for one in seen.common.workers}
    seen = Watched(Scene.EMPTY).look(View.PENDING)
    assert not entries_of(seen)
    assert seen.common.dead == 0


def test_all_jobs_are_of_the_contract() -> None:
    for one in entries_of(Watched(Scene.BUSY, rows=200).look(View.PENDING)):
        if one.verdict.place is not Place.GONE:
            decode(one.entry.job)


def test_a_detail_is_found_by_every_key() -> None:
    watched = Watched(Scene.BUSY)
    for one in entries_of(watched.look(View.PENDING)):
        detail = watched.body(View.PENDING, chosen=one.entry_id or one.run_id).detail
        assert detail.row.run_id == one.run_id
        assert detail.entry == one
    rows = watched.body(View.JOBS).rows
    over = [row for row in rows if row.ended_at]
    assert over
    assert watched.body(View.JOBS, chosen=over[0].run_id).detail.row == over[0]


def test_clips_are_paged_by_key_and_have_pictures() -> None:
    watched = Watched(Scene.BUSY)
    whole = watched.body(View.CLIPS).clips
    assert {clip.thumbnail_state for clip in whole} == {
        *("ready", "pending", "failed", "unavailable", "skipped")
    }
    pages, before = [], None
    while True:
        body = watched.body(View.CLIPS, rows=50, before=before)
        pages += body.clips
        if not body.is_more:
            break
        before = body.clips[-1].key
    assert tuple(pages) == whole
    assert [clip.key for clip in whole] == sorted((clip.key for clip in whole), reverse=True)
    ready = next(clip for clip in whole if clip.thumbnail_state == "ready")
    detail = watched.body(View.CLIPS, chosen=ready.clip_id).detail
    raw = answer(watched.fleet.source.picture(detail.storage_key))
    assert raw is not None
    assert len(raw) == detail.picture_bytes
    with Image.open(io.BytesIO(raw)) as picture:
        assert picture.format == "WEBP"
        assert picture.size == (detail.picture_width, detail.picture_height)
    assert answer(watched.fleet.source.picture("00/nobody-small-1.webp")) is None


def test_a_clip_that_is_pending_gets_its_picture() -> None:
    watched = Watched(Scene.BUSY)
    newest = watched.body(View.CLIPS).clips[0]
    assert newest.thumbnail_state == "pending"
    watched.pass_s(10.0)
    clips = {clip.clip_id: clip for clip in watched.body(View.CLIPS).clips}
    assert clips[newest.clip_id].thumbnail_state == "ready"


@settings(max_examples=25, deadline=None)
@given(
    scene=st.sampled_from(Scene),
    seed=st.integers(0, 2**32),
    steps=st.lists(st.floats(0.0, 40.0), max_size=6),
    view=st.sampled_from(View),
)
def test_whatever_the_time_counts_agree_with_rows(
    scene: Scene, seed: int, steps: list[float], view: View
) -> None:
    watched = Watched(scene, seed)
    for seconds in (0.0, *steps):
        watched.pass_s(seconds)
        try:
            seen = watched.look(View.PENDING)
        except RedisUnavailable:
            continue
        watched.look(view)
        counts, found = seen.common.counts, entries_of(seen)
        assert counts is not None
        assert counts.all == len(found) == len({one.run_id for one in found})
        assert counts.held == sum(one.worker is not None for one in found)
        held = Counter(one.worker for one in found if one.worker)
        assert all(held[one.name] == one.held for one in seen.common.workers)
        gone = {one.name for one in seen.common.workers if one.state is WorkerState.GONE}
        assert counts.of_gone == sum(held[name] for name in gone)
        lines = sorted(one.line for one in found if one.line is not None)
        assert lines == list(range(1, counts.waiting + 1))
        assert seen.common.dead == watched.body(View.DEAD, rows=10_000).looked_at
        progress = answer(watched.fleet.source.progress([one.run_id for one in found]))
        assert set(progress) == {one.run_id for one in found if one.status is not None}


def test_a_look_is_cheap() -> None:
    """Far from what it may take, so that a slow machine does not matter."""
    from time import process_time

    watched = Watched(Scene.BUSY, rows=200)
    began = process_time()
    for view in (*View, *View):
        watched.pass_s(1.0)
        with pytest.raises(StopIteration):
            watched.fleet.source.look(Wanted(view=view)).send(None)
    assert (process_time() - began) / (2 * len(View)) < 0.05
