"""Each deed against real stores: what it would do, what came of it, its record, and its undo."""

from __future__ import annotations

from typing import Any

import pytest

from clipsaver.errors import UsageError
from clipsaver.queue import intake, lease
from clipsaver.queue.control import Order, read_order
from clipsaver.queue.operating.audit import who
from clipsaver.queue.operating.dead_letters import dead
from clipsaver.tui.sources.wishes import Deed, Preview, Wish
from tests.tui.live.stage import Stage
from tests.tui.test_twins import parsed


def facts_of(preview: Preview) -> dict[str, str]:
    return dict(preview.facts)


async def record(stage: Stage) -> tuple[str, int, str]:
    """The latest on record, which is ours."""
    event = (await stage.actions())[0]
    assert event.who == who()
    return event.action, event.count, event.why


async def left(stage: Stage) -> int:
    return int(await stage.link.command("XLEN", stage.link.names.stream))


def test_cancel(live: Any) -> None:
    async def act(stage: Stage) -> None:
        held = await stage.taken(await stage.worker("w-1"), 70)
        (waits,) = await stage.pushed(71)
        wish = Wish(Deed.CANCEL, (held.run_id, waits, "discord_clip_jobs/9-9"), why="wrong")
        preview = await stage.operator.preview(wish)
        assert (preview.count, preview.is_risky) == (2, False)
        assert facts_of(preview)["not found"].startswith("1 (over, or moved on)")
        assert await left(stage) == 2
        result = await stage.operator.do(wish)
        assert result.words == (
            "cancelled 2 jobs, 1 of them stopped while they ran, 1 over, or moved on"
        )
        assert (result.is_whole, result.twin) == (False, preview.twin)
        assert parsed(result.twin)[1].jobs == list(wish.keys)
        assert await left(stage) == 0
        assert await record(stage) == ("cancel", 2, "wrong")
        states = await stage.sql("select distinct state, error from runs")
        assert states == [("CANCELLED", "cancelled")]
        assert (await stage.operator.do(wish)).words == "cancelled 0 jobs, 3 over, or moved on"

    live(act)


@pytest.mark.parametrize("deed", [Deed.RELEASE, Deed.RELEASE_WORKER])
def test_release(live: Any, deed: Deed) -> None:
    async def act(stage: Stage) -> None:
        me, gone = await stage.worker("w-1"), await stage.worker("w-9", is_alive=False)
        mine, theirs = await stage.taken(me, 70), await stage.taken(gone, 71)
        (waits,) = await stage.pushed(72)
        keys = ("w-9",) if deed is Deed.RELEASE_WORKER else (theirs.entry.entry_id, waits)
        preview = await stage.operator.preview(Wish(deed, keys))
        assert (preview.count, preview.is_risky) == (1, False)
        risky = Wish(Deed.RELEASE, (mine.run_id,))
        assert (await stage.operator.preview(risky)).is_risky
        result = await stage.operator.do(Wish(deed, keys))
        alone = deed is Deed.RELEASE_WORKER
        assert result.words == (
            "released 1 entry" if alone else "released 1 entry, 1 held by nobody"
        )
        assert parsed(result.twin)[1].action == "release"
        assert await lease.renew(gone, [theirs]) == [theirs]
        assert await record(stage) == ("pending release", 1, "")

    live(act)


def test_bury_and_back_again(live: Any) -> None:
    async def act(stage: Stage) -> None:
        held = await stage.taken(await stage.worker("w-1"), 70)
        (waits,) = await stage.pushed(71)
        wish = Wish(Deed.BURY, (held.entry.entry_id, waits), why="a mistake")
        preview = await stage.operator.preview(wish)
        assert (preview.count, "dead letter" in facts_of(preview)["copy kept"]) == (2, True)
        result = await stage.operator.do(wish)
        assert (result.words, result.is_whole) == ("buried 2 entries", True)
        assert parsed(result.twin)[1].action == "bury"
        assert await left(stage) == 0
        assert await record(stage) == ("pending bury", 2, "a mistake")
        rows = await stage.sql("select state, error, error_message from runs")
        assert rows == [("FAILED", "buried", f"buried by {who()}: a mistake")] * 2
        assert result.undo is not None
        back = await stage.operator.do(result.undo)
        assert (back.words, await left(stage)) == ("retried 2 dead letters", 2)

    live(act)


def test_what_has_no_body_is_no_letter_and_its_run_is_left_as_it_is(live: Any) -> None:
    async def act(stage: Stage) -> None:
        held = await stage.taken(await stage.worker("w-1"), 70)
        await stage.link.command("XDEL", stage.link.names.stream, held.entry.entry_id)
        wish = Wish(Deed.BURY, (held.entry.entry_id,))
        assert (await stage.operator.preview(wish)).count == 0
        result = await stage.operator.do(wish)
        assert result.words == "buried 0 entries, 1 had no body any more"
        assert not result.is_whole
        assert await stage.sql("select * from runs where state = 'FAILED'") == []

    live(act)


def test_drop_an_entry(live: Any) -> None:
    async def act(stage: Stage) -> None:
        run_id = await stage.put_off(await stage.worker("w-1"), 70)
        wish = Wish(Deed.DROP_ENTRY, (run_id,))
        assert "audit" in facts_of(await stage.operator.preview(wish))["copy kept"]
        result = await stage.operator.do(wish)
        assert (result.words, result.undo) == ("dropped 1 job", None)
        assert parsed(result.twin)[1].action == "drop"
        event = (await stage.actions())[0]
        assert (event.action, event.copies[0].run_id) == ("pending drop", run_id)
        assert await stage.sql("select state from runs") == [("CANCELLED",)]

    live(act)


def test_retry_letters_and_whole_groups_and_take_it_back(live: Any) -> None:
    async def act(stage: Stage) -> None:
        me = await stage.worker("w-1")
        first, second = [await stage.died(me, channel) for channel in (70, 71)]
        wish = Wish(Deed.RETRY, ("aaaaaaaaaaaa", first, "9-9"))
        preview = await stage.operator.preview(wish)
        assert preview.count == 2
        assert facts_of(preview)["causes"] == "2 not_found"
        result = await stage.operator.do(wish)
        assert (result.words, result.is_whole) == ("retried 2 dead letters, 1 was gone", False)
        assert [parsed(one)[1].action for one in result.twin.split(" && ")] == ["retry"] * 2
        assert await record(stage) == ("dead retry", 2, "")
        assert (await left(stage), await dead.count(stage.link)) == (2, 0)

        (entry,) = await intake.read(me, 1, block_ms=1)
        await lease.take(me, entry, {})
        assert result.undo is not None
        assert set(result.undo.keys) == {first, second}
        undo = await stage.operator.preview(result.undo)
        assert (undo.count, parsed(undo.twin)[1].action) == (2, "undo")
        back = await stage.operator.do(result.undo)
        assert back.words == "took back 1 dead letter, 1 went on: a worker had begun"
        assert await record(stage) == ("dead undo", 1, "undo")
        assert (await left(stage), await dead.count(stage.link)) == (1, 1)
        again = await stage.operator.do(result.undo)
        assert again.words == "took back 0 dead letters, 1 went on: a worker had begun, 1 too late"

    live(act)


def test_drop_letters(live: Any) -> None:
    async def act(stage: Stage) -> None:
        letter = await stage.died(await stage.worker("w-1"), 70)
        wish = Wish(Deed.DROP_LETTER, (letter,), why="old")
        assert (await stage.operator.preview(wish)).count == 1
        result = await stage.operator.do(wish)
        assert (result.words, result.undo) == ("dropped 1 dead letter", None)
        assert await record(stage) == ("dead drop", 1, "old")
        assert (await stage.operator.preview(wish)).count == 0
        assert (await stage.operator.do(wish)).words == "dropped 0 dead letters, 1 was gone"

    live(act)


@pytest.mark.parametrize(
    ("deed", "order", "words"),
    [
        (Deed.PAUSE, Order.PAUSE, "paused 1 worker, 1 not alive"),
        (Deed.DRAIN, Order.DRAIN, "told to drain: 1 worker, 1 not alive"),
        (Deed.RESUME, None, "resumed 1 worker, 1 not alive"),
    ],
)
def test_orders_to_workers(live: Any, deed: Deed, order: Order | None, words: str) -> None:
    async def act(stage: Stage) -> None:
        me = await stage.worker("w-1")
        wish = Wish(deed, ("w-1", "w-9"))
        preview = await stage.operator.preview(wish)
        assert preview.count == 1
        assert ("then" in facts_of(preview)) is (deed is not Deed.RESUME)
        assert await read_order(me) is None
        result = await stage.operator.do(wish)
        assert (result.words, result.is_whole) == (words, False)
        assert parsed(result.twin)[1].names == ["w-1", "w-9"]
        assert await read_order(me) is order
        assert (await record(stage))[:2] == (f"workers {order or 'resume'}", 1)
        if order is not None:
            assert result.undo is not None
            await stage.operator.do(result.undo)
            assert await read_order(me) is None

    live(act)


def test_remake_thumbnails(live: Any) -> None:
    async def act(stage: Stage) -> None:
        await stage.channel(70, "clips")
        await stage.clip("5-1", thumbnail_state="ready")
        await stage.clip("6-1", thumbnail_state="failed")
        wish = Wish(Deed.REMAKE, ("5-1", "6-1", "7-1"))
        preview = await stage.operator.preview(wish)
        assert (preview.count, facts_of(preview)["not found"]) == (2, "1 (not there): 7-1")
        result = await stage.operator.do(wish)
        assert (result.words, result.is_whole) == (
            "asked for 2 thumbnails again, 1 not there",
            False,
        )
        remake, retry = result.twin.split(" && ")
        assert (parsed(remake)[1].clips, parsed(retry)[1].clips) == (["5-1", "7-1"], ["6-1"])
        assert await stage.sql("select distinct thumbnail_state from clips") == [("pending",)]
        assert await record(stage) == ("thumbnails remake", 2, "")

    live(act)


def test_a_new_job_and_what_it_would_cost(live: Any) -> None:
    async def act(stage: Stage) -> None:
        await intake.ensure_group(stage.link)
        form = {"type": "batch", "guild_id": "9284", "channel_id": "1000", "limit": "all"}
        wish = Wish(Deed.NEW_JOB, options=form)
        preview = await stage.operator.preview(wish)
        assert "nobody has seen" in facts_of(preview)["pages"]
        await stage.channel(1000, "clips")
        await stage.sql("update channels set last_message_id = 2000 where channel_id = 1000")
        await stage.sql("insert into scan_coverage values (1000, 'h', '{[1500,2001)}', now())")
        await stage.sql(
            """
            insert into runs (run_id, job, type, guild_id, channel_id, state, fence, messages,
                              ended_at)
            values ('a/1-0', '{}', 'batch', 1, 1000, 'SUCCEEDED', 1, 5000, now())
            """
        )
        preview = await stage.operator.preview(wish)
        assert facts_of(preview)["where"] == "guild-a #clips"
        assert facts_of(preview)["pages"].startswith("about 100")
        result = await stage.operator.do(wish)
        assert result.words.startswith("pushed 1 batch job: discord_clip_jobs/")
        assert await left(stage) == 1
        assert (await record(stage))[0] == "job push"
        assert '"limit":null' in (await stage.actions())[0].what
        assert parsed(result.twin)[0] == "push"
        assert result.undo is not None
        await stage.operator.do(result.undo)
        assert await left(stage) == 0

    live(act)


def test_a_form_that_is_no_job_says_where(live: Any) -> None:
    async def act(stage: Stage) -> None:
        wish = Wish(Deed.NEW_JOB, options={"type": "batch", "guild_id": "x", "channel_id": "2"})
        assert (await stage.operator.preview(wish)).refused.startswith("$.guild_id: expected an id")
        with pytest.raises(UsageError, match="expected an id"):
            await stage.operator.do(wish)
        assert (await left(stage), await stage.actions()) == (0, ())

    live(act)
