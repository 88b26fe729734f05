"""Each screen's look at real stores: empty, filled, filtered, and with a row chosen."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clipsaver.database.run_list import ToRead
from clipsaver.errors import UsageError
from clipsaver.queue import intake, lease, produce
from clipsaver.queue.control import read_asked, show_tree
from clipsaver.queue.operating.audit import Act, note
from clipsaver.queue.operating.dead_letters.dead_actions import drop
from clipsaver.queue.operating.verdicts import Place
from clipsaver.queue.outcomes import settle
from clipsaver.queue.policy import Done, Failure
from clipsaver.tui.sources.seen import Place as Where
from clipsaver.tui.sources.wanted import View, Wanted
from tests.tui.live.stage import GUILD, Stage

OTHER = Failure("access_denied", "it may not", "bbbbbbbbbbbb")


@pytest.mark.parametrize("view", View)
def test_an_empty_stream_and_empty_tables(live: Any, view: View) -> None:
    async def act(stage: Stage) -> None:
        for _ in range(2):
            seen = await stage.source.look(Wanted(view=view, chosen="9-9"))
        assert seen.body is not None
        common = seen.common
        assert (common.redis.error, common.database.error) == (None, None)
        assert common.redis.latency_ms is not None
        assert common.database.latency_ms is not None
        assert (common.workers, common.dead, common.clips) == ((), 0, 0)
        assert common.counts is not None
        assert common.counts.all == 0
        assert (common.stream, common.group) == ("discord_clip_jobs", "worker_group")
        assert (common.config, common.places) == ("config.toml", {})
        assert getattr(seen.body, "detail", None) is None

    live(act)


def test_common_is_what_the_commands_say(live: Any) -> None:
    async def act(stage: Stage) -> None:
        me = await stage.worker("w-1")
        gone = await stage.worker("w-9", is_alive=False)
        await stage.taken(me, 70)
        await stage.taken(gone, 71)
        await stage.put_off(me, 72)
        await stage.pushed(73, 74)
        first, last = [await stage.died(me, channel) for channel in (75, 76)]
        await stage.channel(70, "clips")
        await stage.clip("5-1")
        await stage.source.look(Wanted(view=View.PENDING))
        seen = await stage.source.look(Wanted(view=View.PENDING))
        common = seen.common
        assert common.counts is not None
        assert (common.counts.held, common.counts.of_gone, common.counts.delayed) == (2, 1, 1)
        assert [(one.name, one.state.value, one.held) for one in common.workers] == [
            ("w-1", "running", 1),
            ("w-9", "gone", 1),
        ]
        assert common.limit_waits == 2
        assert (common.dead, common.oldest_dead_ms) == (2, int(first.partition("-")[0]))
        assert first < last
        assert common.clips == 1
        assert common.places == {"70": Where("guild-a", "clips")}

    live(act)


def test_overview(live: Any) -> None:
    async def act(stage: Stage) -> None:
        me = await stage.worker("w-1")
        held = await stage.taken(me, 70)
        (unread,) = await stage.pushed(71)
        await stage.worker("w-1b")  # whose heartbeat says what is left
        body = (await stage.source.look(Wanted(view=View.OVERVIEW))).body
        assert len(body.minutes) == len(body.depths) == 60
        assert body.depths[-1] == 2
        assert body.depths[0] is None
        assert sum(one.total.pages for one in body.minutes) == 10
        assert [row.run_id for row in body.running] == [held.run_id]
        assert body.oldest_unread_ms == int(unread.rpartition("/")[2].partition("-")[0])
        assert [one.name for one in body.events] == ["worker_started"] * 2
        assert (body.limits, body.storage_error) == (None, None)

    live(act)


def test_jobs_are_those_that_run_and_those_that_ended(live: Any) -> None:
    async def act(stage: Stage) -> None:
        me = await stage.worker("w-1")
        held = await stage.taken(me, 70)
        await stage.sql(
            """
            insert into runs (run_id, job, type, guild_id, channel_id, state, fence, ended_at,
                              clips, remaining)
            values ('discord_clip_jobs/5-0', '{"type": "batch", "limit": null}', 'batch', 1, 70,
                    'SUCCEEDED', 1, now(), 8, '{[5,9),[20,30)}')
            """
        )
        wanted = Wanted(view=View.JOBS, chosen=held.run_id)
        body = (await stage.source.look(wanted)).body
        assert [(row.run_id, row.state) for row in body.rows] == [
            (held.run_id, "running"),
            ("discord_clip_jobs/5-0", "done"),
        ]
        assert body.detail.entry.run_id == held.run_id
        assert (body.detail.run, body.detail.events) == (None, ())
        assert '"channel_id": "70"' in body.detail.job

        await settle(me, held, Done())
        body = (await stage.source.look(wanted)).body
        assert body.detail.entry is None
        assert [one.name for one in body.detail.events] == ["done"]
        ended = Wanted(view=View.JOBS, chosen="discord_clip_jobs/5-0")
        body = (await stage.source.look(ended)).body
        assert (body.detail.run.clips, body.detail.row.state) == (8, "done")
        assert body.detail.run.to_read == ToRead(2, 5, 30)
        assert '"limit": null' in body.detail.job
        body = (await stage.source.look(Wanted(view=View.JOBS, types=frozenset(["rescan"])))).body
        assert body.rows == ()

    live(act)


def test_pending_entries_with_bounds(live: Any) -> None:
    async def act(stage: Stage) -> None:
        me = await stage.worker("w-1")
        gone = await stage.worker("w-9", is_alive=False)
        first, second = await stage.taken(me, 70), await stage.taken(gone, 71)
        delayed = await stage.put_off(me, 72)
        (unread,) = await stage.pushed(73)

        async def runs(**bounds: Any) -> list[str]:
            body = (await stage.source.look(Wanted(view=View.PENDING, **bounds))).body
            assert body.looked_at >= len(body.entries)
            return [one.run_id for one in body.entries]

        assert await runs() == [first.run_id, second.run_id, unread, delayed]
        assert await runs(worker="w-9") == [second.run_id]
        assert await runs(idle_over_ms=60_000) == []
        assert await runs(types=frozenset(["message"])) == []
        body = (await stage.source.look(Wanted(view=View.PENDING, rows=2))).body
        assert (len(body.entries), body.is_more) == (2, True)
        places = {one.run_id: one.verdict.place for one in body.entries}
        assert places == {first.run_id: Place.HELD, second.run_id: Place.ORPHANED}
        # One that is chosen is found where it was last heard of, though it is none of the list.
        for key, run in ((unread.rpartition("/")[2], unread), (delayed, delayed)):
            wanted = Wanted(view=View.PENDING, rows=1, chosen=key)
            body = (await stage.source.look(wanted)).body
            assert body.detail.row.run_id == body.detail.entry.run_id == run

    live(act)


def test_dead_letters_grouped_and_each(live: Any) -> None:
    async def act(stage: Stage) -> None:
        me = await stage.worker("w-1")
        first, second = [await stage.died(me, channel) for channel in (70, 71)]
        third = await stage.died(me, 70, OTHER)
        await stage.sql(
            """
            insert into runs (run_id, job, type, guild_id, channel_id, state, fence, created_at,
                              ended_at)
            values ('a/1-0', '{"limit": null}', 'batch', 1, 71, 'SUCCEEDED', 1,
                    now() + interval '1 hour', now()),
                   ('a/2-0', '{"limit": 5}', 'batch', 1, 70, 'SUCCEEDED', 1,
                    now() + interval '1 hour', now())
            """
        )
        body = (await stage.source.look(Wanted(view=View.DEAD, chosen="aaaaaaaaaaaa"))).body
        assert [(one.fingerprint, one.count) for one in body.groups] == [
            ("aaaaaaaaaaaa", 2),
            ("bbbbbbbbbbbb", 1),
        ]
        assert [one.letter_id for one in body.letters] == [second, first]
        assert (body.looked_at, body.superseded) == (3, frozenset([second]))
        each = Wanted(view=View.DEAD, is_grouped=False)
        body = (await stage.source.look(each)).body
        assert (body.groups, len(body.letters)) == ((), 3)
        few = Wanted(view=View.DEAD, is_grouped=False, rows=1)
        assert len((await stage.source.look(few)).body.letters) == 3, "as many as were looked at"

        # What comes and what goes shows at the next look.
        fourth = await stage.died(me, 74)
        await drop(stage.link, [second], Act("a@b"))
        body = (await stage.source.look(each)).body
        assert [one.letter_id for one in body.letters] == [fourth, third, first]
        await drop(stage.link, [first, third, fourth], Act("a@b"))
        body = (await stage.source.look(each)).body
        assert (body.letters, body.last.action) == ((), "dead drop")

    live(act)


def test_workers_and_what_one_of_them_holds(live: Any) -> None:
    async def act(stage: Stage) -> None:
        me, other = await stage.worker("w-1"), await stage.worker("w-2")
        held = await stage.taken(me, 70)
        done = await stage.taken(other, 71)
        await settle(other, done, Done())
        body = (await stage.source.look(Wanted(view=View.WORKERS, chosen="w-1"))).body
        assert [one.run_id for one in body.entries] == [held.run_id]
        assert [one.name for one in body.events] == ["worker_started"]
        assert body.minutes[-1].workers.keys() == {"w-1", "w-2"}
        body = (await stage.source.look(Wanted(view=View.WORKERS, chosen="w-2"))).body
        assert (body.entries, [one.name for one in body.events]) == (
            (),
            ["worker_started", "done"],
        )

    live(act)


def test_clips_page_by_page_and_one_of_them(live: Any) -> None:
    async def act(stage: Stage) -> None:
        await stage.channel(70, "clips")
        await stage.channel(71, "memes")
        for number, channel in ((5, 70), (6, 71), (7, 70)):
            await stage.clip(f"{number}-1", channel)
        await stage.sql(
            """
            insert into thumbnails (clip_id, size, storage_key, width, height, size_bytes,
                                    content_type, source)
            values ('7-1', 'small', '6f/7-1-small-1.webp', 160, 90, 900, 'image/webp', 'decode'),
                   ('7-1', 'large', '6f/7-1-large-1.webp', 640, 360, 9000, 'image/webp', 'decode')
            """
        )
        wanted = Wanted(view=View.CLIPS, rows=2, chosen="7-1")
        body = (await stage.source.look(wanted)).body
        assert [one.clip_id for one in body.clips] == ["7-1", "6-1"]
        assert body.is_more
        detail = body.detail
        assert (detail.codec, detail.content, detail.picture_width) == ("h264", "look", 640)
        assert detail.where.endswith("/thumbnails/6f/7-1-large-1.webp")
        behind = Wanted(view=View.CLIPS, rows=2, before=body.clips[-1].key, chosen="5-1")
        body = (await stage.source.look(behind)).body
        assert ([one.clip_id for one in body.clips], body.is_more) == (["5-1"], False)
        assert (body.detail.storage_key, body.detail.where) == (None, None)
        body = (await stage.source.look(Wanted(view=View.CLIPS, channel_id=71))).body
        assert [one.clip_id for one in body.clips] == ["6-1"]

    live(act)


def test_logs_of_all_and_of_one_run(live: Any) -> None:
    async def act(stage: Stage) -> None:
        me = await stage.worker("w-1")
        done = await stage.taken(me, 70)
        await settle(me, done, Done())
        letter = await stage.died(me, 71)
        await drop(stage.link, [letter], Act("a@b"))
        body = (await stage.source.look(Wanted(view=View.LOGS))).body
        names = ["worker_started", "done", "dead", "dropped"]
        assert [one.name for one in body.events] == names
        assert [one.action for one in body.audit] == ["dead drop"]
        body = (await stage.source.look(Wanted(view=View.LOGS, run_id=done.run_id))).body
        assert ([one.name for one in body.events], body.audit) == (["done"], ())
        body = (await stage.source.look(Wanted(view=View.LOGS, rows=2))).body
        assert [one.name for one in body.events] == names[2:]

    live(act)


def test_events_of_long_ago_come_look_by_look(live: Any) -> None:
    async def act(stage: Stage) -> None:
        names = stage.link.names
        words = ("event", "done", "worker", "w", "detail", "{}", "run")
        await stage.link.together(
            [
                ("XADD", names.events, f"{number + 1}-0", *words, f"r/{number % 7}")
                for number in range(1700)
            ]
        )
        wanted = Wanted(view=View.LOGS, run_id="r/3", rows=1000)
        counts = [len((await stage.source.look(wanted)).body.events) for _ in range(4)]
        assert counts == sorted(counts)
        assert counts[0] < counts[-1] == len(range(3, 1700, 7))
        await stage.link.command("XADD", names.events, "*", *words, "r/3")
        body = (await stage.source.look(wanted)).body
        assert len(body.events) == counts[-1] + 1
        ids = [int(one.event_id.partition("-")[0]) for one in body.events]
        assert ids == sorted(ids)

    live(act)


def test_the_audit_goes_on_look_by_look(live: Any) -> None:
    async def act(stage: Stage) -> None:
        async def shown(**wanted: Any) -> list[str]:
            body = (await stage.source.look(Wanted(**wanted))).body
            assert all(one.raw_copies == b"" for one in body.audit)
            return [one.action for one in body.audit]

        async def acts(first: int, last: int) -> list[str]:
            names = [f"act {number}" for number in range(first, last)]
            for name in names:
                await note(stage.link, Act("a@b"), name, count=1)
            return names

        assert await shown(view=View.LOGS, rows=5) == []
        names = await acts(0, 30)
        await stage.link.command("XADD", stage.link.names.audit, "*", "copies", "[]")
        names.append("")
        assert await shown(view=View.OVERVIEW) == names[-20:]
        assert await shown(view=View.LOGS) == names
        names += await acts(30, 33)
        assert await shown(view=View.LOGS, rows=5) == names[-5:]
        assert await shown(view=View.OVERVIEW) == names[-20:]
        assert await shown(view=View.LOGS) == names

    live(act)


def test_progress_of_runs(live: Any) -> None:
    async def act(stage: Stage) -> None:
        me = await stage.worker("w-1")
        held = await stage.taken(me, 70)
        await stage.link.command("HSET", stage.link.names.job(held.run_id), "messages", 120)
        found = await stage.source.progress([held.run_id, "discord_clip_jobs/1-1"])
        assert found == {held.run_id: await produce.job_status(stage.link, held.run_id)}
        assert found[held.run_id].messages == 120

    live(act)


def test_rows_that_strangers_wrote_are_shown(live: Any) -> None:
    async def act(stage: Stage) -> None:
        await stage.worker("w-1")
        names = stage.link.names
        await stage.link.command("XADD", names.stream, "*", "job", b"\xff{")
        await stage.link.command("XADD", names.stream, "*", "job", b'{"channel_id": "x"}')
        await stage.link.command("ZADD", names.delayed, 5, "no entry")
        await stage.link.command("XADD", names.dead, "*", "dead", b"?")
        for view in View:
            seen = await stage.source.look(Wanted(view=view))
            assert seen.common.places == {}
        body = (await stage.source.look(Wanted(view=View.PENDING))).body
        assert [one.job.type for one in body.entries] == ["bad_job"] * 3

    live(act)


def test_a_lease_that_is_taken_shows_its_report(live: Any) -> None:
    async def act(stage: Stage) -> None:
        me = await stage.worker("w-1")
        await stage.pushed(70)
        (entry,) = await intake.read(me, 1, block_ms=1)
        held = await lease.take(me, entry, {"type": "batch", "guild_id": GUILD})
        key = stage.link.names.job(held.run_id)
        await stage.link.command("HSET", key, "share", "0.5", "waits_for", "bucket")
        (row,) = (await stage.source.look(Wanted(view=View.JOBS))).body.rows
        assert (row.share, row.waits_for, row.worker) == (0.5, "bucket", "w-1")

    live(act)


def test_the_tasks_of_a_worker(live: Any) -> None:
    async def act(stage: Stage) -> None:
        me = await stage.worker("w-1")
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(stage.source.task_tree("w-1"))
            while not (await read_asked(me)).wants_tree:
                await stage.source.look(Wanted(view=View.WORKERS))
            await show_tree(me, ["main: it shows this"])
        assert asked.result().lines == ("main: it shows this",)
        with pytest.raises(UsageError, match="no worker 'w-9' is alive"):
            await stage.source.task_tree("w-9")

    live(act)
