"""What the operator does to the made-up fleet shows in the next look, and on record."""

from __future__ import annotations

import pytest

from clipsaver.errors import DatabaseUnavailable, RedisUnavailable, UsageError
from clipsaver.queue.operating.verdicts import Place
from clipsaver.queue.operating.workers import WorkerState
from clipsaver.terminal_text import printable
from clipsaver.tui.sources.seen import PendingBody
from clipsaver.tui.sources.simulated import Scene
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.sources.wishes import Deed
from tests.tui.simulated.watching import Watched


@pytest.fixture
def busy() -> Watched:
    return Watched(Scene.BUSY)


def entry_at(watched: Watched, place: Place) -> tuple[str, str]:
    """Key and run of the first entry that stands there."""
    entries = watched.body(View.PENDING).entries
    one = next(one for one in entries if one.verdict.place is place)
    return one.entry_id or one.run_id, one.run_id


def runs(watched: Watched) -> set[str]:
    return {one.run_id for one in watched.body(View.PENDING).entries}


def last_audit(watched: Watched) -> tuple[str, int, str]:
    last = watched.body(View.LOGS).audit[-1]
    return last.action, last.count, last.why


@pytest.mark.parametrize("place", [Place.HELD, Place.WAITING, Place.UNREAD, Place.RETRY])
def test_cancel(busy: Watched, place: Place) -> None:
    _, run_id = entry_at(busy, place)
    preview = busy.preview(Deed.CANCEL, run_id)
    assert preview.count == 1
    assert run_id in runs(busy)
    result = busy.do(Deed.CANCEL, run_id, why="wrong channel")
    assert (result.words, result.is_whole) == ("cancelled 1 job", True)
    assert result.twin == f"clipsaver cancel --yes '--why=wrong channel' {run_id}"
    assert run_id not in runs(busy)
    ended = {row.run_id: row for row in busy.body(View.JOBS).rows if row.ended_at}
    assert ended[run_id].state == "cancelled"
    assert last_audit(busy) == ("cancel", 1, "wrong channel")
    assert busy.body(View.LOGS).events[-1].name == "cancelled"
    other = next(iter(runs(busy)))
    audits = [busy.body(View.LOGS, run_id=one).audit for one in (run_id, other)]
    assert [len(one) for one in audits] == [1, 0]
    again = busy.do(Deed.CANCEL, run_id)
    assert (again.is_whole, again.words) == (
        False,
        "cancelled 0 jobs, 1 had moved on or was gone",
    )


def test_release_of_a_dead_worker_and_of_one_that_lives(busy: Watched) -> None:
    orphan, run_id = entry_at(busy, Place.ORPHANED)
    held, _ = entry_at(busy, Place.HELD)
    assert not busy.preview(Deed.RELEASE, orphan).is_risky
    risky = busy.preview(Deed.RELEASE, orphan, held)
    assert risky.is_risky
    assert "risk" in dict(risky.facts)
    busy.do(Deed.RELEASE, orphan)
    entry = busy.body(View.PENDING, chosen=run_id).detail.entry
    assert (entry.verdict.place, entry.line, entry.entry_id) == (Place.WAITING, 1, orphan)
    waiting, _ = entry_at(busy, Place.UNREAD)
    nothing = busy.preview(Deed.RELEASE, waiting)
    assert nothing.count == 0
    assert "left out" in dict(nothing.facts)


def test_release_of_all_that_a_worker_holds(busy: Watched) -> None:
    assert busy.preview(Deed.RELEASE_WORKER, "w-9").count == 2
    assert busy.do(Deed.RELEASE_WORKER, "w-9").words == "released 2 entries"
    held = {one.name: one.held for one in busy.look(View.WORKERS).common.workers}
    assert held["w-9"] == 0


def test_bury_and_drop(busy: Watched) -> None:
    held, buried = entry_at(busy, Place.HELD)
    busy.do(Deed.BURY, held, why="hangs")
    letters = busy.body(View.DEAD, is_grouped=False).letters
    assert letters[0].run_id == buried
    assert letters[0].death.error == "buried by you@demo: hangs"
    waiting, dropped = entry_at(busy, Place.WAITING)
    busy.do(Deed.DROP_ENTRY, waiting)
    assert not {buried, dropped} & runs(busy)
    assert last_audit(busy)[:2] == ("pending drop", 1)
    (copy,) = busy.body(View.LOGS).audit[-1].copies
    assert copy.run_id == dropped
    assert '"guild_id"' in copy.fields["job"]
    deleted, _ = entry_at(busy, Place.GONE)
    assert busy.preview(Deed.BURY, deleted).count == 0


def test_retry_and_undo(busy: Watched) -> None:
    before = busy.body(View.DEAD, is_grouped=False).letters
    preview = busy.preview(Deed.RETRY, before[0].letter_id, "1-1")
    assert preview.count == 1
    assert "not found" in dict(preview.facts)
    old = runs(busy)
    result = busy.do(Deed.RETRY, before[0].letter_id)
    assert result.words == "retried 1 dead letter"
    assert busy.look(View.DEAD).common.dead == len(before) - 1
    assert result.undo is not None
    assert result.undo.keys == (before[0].letter_id,)
    (run_id,) = runs(busy) - old
    assert busy.grant(result.undo).words == "took back 1 dead letter"
    after = busy.body(View.DEAD, is_grouped=False).letters
    assert [one.run_id for one in after] == [one.run_id for one in before]
    assert run_id not in runs(busy)
    assert last_audit(busy)[0] == "dead undo"
    again = busy.grant(result.undo)
    assert (again.words, again.is_whole) == ("took back 0 dead letters, 1 too late", False)


def test_there_is_no_undo_once_a_worker_has_it() -> None:
    watched = Watched(Scene.NO_WORKER)
    watched.fleet.faults.starts("w-1")
    letter = watched.body(View.DEAD, is_grouped=False).letters[0]
    others = runs(watched)
    undo = watched.do(Deed.RETRY, letter.letter_id).undo
    assert undo is not None
    watched.do(Deed.CANCEL, *others)  # nothing else is to be done before it
    watched.pass_s(10.0)
    assert not watched.grant(undo).is_whole


def test_what_cannot_succeed_dies_again_when_it_is_retried() -> None:
    watched = Watched(Scene.BUSY)
    group = next(
        one for one in watched.body(View.DEAD).groups if one.example.death.reason == "not_found"
    )
    others = runs(watched)
    watched.do(Deed.RETRY, group.fingerprint)
    begun = runs(watched) - others
    watched.do(Deed.CANCEL, *others)
    watched.pass_s(10.0)
    letters = watched.body(View.DEAD, is_grouped=False).letters
    again = [one for one in letters if one.run_id in begun]
    assert [one.death.reason for one in again] == ["not_found"]
    assert again[0].carried.retries == 1


def test_a_group_is_dropped_whole() -> None:
    watched = Watched(Scene.DEMO)
    group = watched.body(View.DEAD).groups[0]
    preview = watched.preview(Deed.DROP_LETTER, group.fingerprint)
    assert preview.count == group.count > 1
    assert "superseded" in dict(preview.facts)
    assert preview.twin == f"clipsaver dead drop --fingerprint={group.fingerprint} --yes"
    watched.do(Deed.DROP_LETTER, group.fingerprint)
    assert group.fingerprint not in {one.fingerprint for one in watched.body(View.DEAD).groups}


def test_the_last_deed_is_told_where_no_letter_is_left(busy: Watched) -> None:
    assert busy.body(View.DEAD).last is None
    letters = busy.body(View.DEAD, is_grouped=False).letters
    busy.do(Deed.DROP_LETTER, *(one.letter_id for one in letters))
    assert busy.body(View.DEAD).last.action == "dead drop"


def test_only_the_beginning_of_a_job_cannot_be_retried() -> None:
    watched = Watched(Scene.STRANGE)
    cut = [one for one in watched.body(View.DEAD, is_grouped=False).letters if one.is_cut]
    assert cut
    preview = watched.preview(Deed.RETRY, cut[0].letter_id)
    assert preview.count == 0
    assert "left out" in dict(preview.facts)


def test_workers_heed_orders(busy: Watched) -> None:
    def state_of(name: str) -> WorkerState:
        workers = busy.look(View.WORKERS).common.workers
        return next(one.state for one in workers if one.name == name)

    busy.do(Deed.PAUSE, "w-1")
    assert state_of("w-1") is WorkerState.PAUSED
    busy.do(Deed.RESUME, "w-1")
    assert state_of("w-1") is WorkerState.RUNNING
    busy.do(Deed.DRAIN, "w-1")
    assert state_of("w-1") is WorkerState.DRAINING
    held = [one.run_id for one in busy.body(View.WORKERS, chosen="w-1").entries]
    busy.do(Deed.CANCEL, *held)
    busy.pass_s(6.0)
    assert state_of("w-1") is WorkerState.GONE
    assert "worker_stopped" in {one.name for one in busy.body(View.LOGS).events}
    assert not busy.do(Deed.DRAIN, "w-9").is_whole
    all_of_them = busy.preview(Deed.PAUSE, "w-2", "w-3")
    assert "then" in dict(all_of_them.facts)


def test_remake(busy: Watched) -> None:
    clips = busy.body(View.CLIPS).clips
    ready = next(one.clip_id for one in clips if one.thumbnail_state == "ready")
    failed = next(one.clip_id for one in clips if one.thumbnail_state == "failed")
    old = busy.body(View.CLIPS, chosen=ready).detail.storage_key
    result = busy.do(Deed.REMAKE, ready, failed)
    assert result.twin == (
        f"clipsaver thumbnails remake --yes {ready} && "
        f"clipsaver thumbnails retry --yes {failed}"
    )  # fmt: skip
    assert busy.body(View.CLIPS, chosen=ready).detail.storage_key == old
    busy.pass_s(7.0)
    assert busy.body(View.CLIPS, chosen=ready).detail.storage_key not in (None, old)
    assert busy.body(View.CLIPS, chosen=failed).detail.storage_key is not None


def test_a_new_job(busy: Watched) -> None:
    form = {"type": "batch", "guild_id": "1", "channel_id": "1424914917202464798", "limit": "all"}
    preview = busy.preview(Deed.NEW_JOB, options=form)
    assert dict(preview.facts)["pages"] == "about 4,022: all of the channel's 402,118 messages"
    before = runs(busy)
    result = busy.do(Deed.NEW_JOB, options=form)
    (run_id,) = runs(busy) - before
    assert result.words.startswith("pushed 1 job")
    assert '"limit": null' in busy.body(View.JOBS, chosen=run_id).detail.job
    assert last_audit(busy)[0] == "push"
    wrong = busy.preview(Deed.NEW_JOB, options=form | {"guild_id": "here"})
    assert wrong.refused == "$.guild_id: expected an id: a string of digits"
    with pytest.raises(UsageError, match="guild_id"):
        busy.do(Deed.NEW_JOB, options=form | {"guild_id": "here"})


def test_what_is_away_is_needed() -> None:
    away = Watched(Scene.DATABASE_AWAY)
    _, run_id = entry_at(away, Place.WAITING)
    with pytest.raises(DatabaseUnavailable):
        away.preview(Deed.CANCEL, run_id)
    with pytest.raises(DatabaseUnavailable):
        away.do(Deed.BURY, run_id)
    letter = away.body(View.DEAD, is_grouped=False).letters[0]
    undo = away.do(Deed.RETRY, letter.letter_id).undo
    assert undo is not None
    assert away.grant(undo).is_whole  # which takes the stream alone
    with pytest.raises(RedisUnavailable):
        Watched(Scene.REDIS_AWAY).preview(Deed.PAUSE, "w-1")


@pytest.mark.parametrize("deed", Deed)
def test_whatever_strangers_wrote_facts_can_be_printed(deed: Deed) -> None:
    watched = Watched(Scene.STRANGE)
    seen = watched.look(View.PENDING)
    assert isinstance(seen.body, PendingBody)
    keys = [one.entry_id or one.run_id for one in seen.body.entries]
    keys += [one.letter_id for one in watched.body(View.DEAD, is_grouped=False).letters]
    keys += [one.name for one in seen.common.workers]
    keys += [one.clip_id for one in watched.body(View.CLIPS).clips]
    form = {"type": "batch\x1b[2J", "guild_id": "[bold]x[/]"}
    preview = watched.preview(deed, *keys, "no\x1b[31mbody", options=form)
    texts = [*(text for fact in preview.facts for text in fact), preview.refused]
    assert any(texts)
    assert [text for text in texts if text != printable(text)] == []
    if not preview.refused:
        assert preview.count > 0
        watched.do(deed, *keys, "no\x1b[31mbody")
        watched.pass_s(60.0)
        watched.look(View.PENDING)
