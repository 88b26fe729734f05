"""Every action over real servers: asked for with keys, done, on record, and with its command."""

from __future__ import annotations

from typing import Any

from textual.widgets import Input

from clipsaver.config import Config
from clipsaver.queue.control import Order, read_order
from clipsaver.queue.link import Consumer
from clipsaver.queue.operating.dead_letters import dead
from clipsaver.tui.actions import ACTIONS
from clipsaver.tui.screens.new_job import NewJobDialog
from clipsaver.tui.sources.wanted import View
from tests.tui.live.driving import Person, person_at
from tests.tui.live.stage import GUILD, Stage, on_asyncio
from tests.tui.running import until


def length_of(stage: Stage) -> Any:
    """How many entries the stream has."""

    async def ask() -> int:
        return int(await stage.link.command("XLEN", stage.link.names.stream))

    return ask


def letters_of(stage: Stage) -> Any:
    """How many dead letters there are."""

    async def ask() -> int:
        return await dead.count(stage.link)

    return ask


def test_what_is_done_to_jobs_and_entries(config: Config) -> None:
    async def act() -> None:
        async with person_at(config) as person:
            stage = person.stage
            me, gone = await stage.worker("w-1"), await stage.worker("w-9", is_alive=False)
            await stage.channel(70, "clips")
            await until(lambda: person.app.looker.state.latest is not None, "it has looked")
            await a_new_job(person)
            await cancelling(person)
            await releasing(person, me, gone)
            await burying(person, me)
            await dropping(person, me)

    on_asyncio(act)


async def a_new_job(person: Person) -> None:
    left = length_of(person.stage)
    await person.press("n")
    await until(lambda: isinstance(person.app.focused, Input), "there is a form")
    await person.press(*"92x", "enter")
    await person.sees("expected an id")
    form = person.app.screen
    assert isinstance(form, NewJobDialog)
    form.query_one("#guild_id", Input).value = GUILD
    form.query_one("#channel_id", Input).value = "70"
    await person.is_asked("enter")
    await person.sees("#clips")
    assert await left() == 0
    assert await person.does("y") == (
        "pushed 1 batch job: discord_clip_jobs/"
        f"{person.app.deeds.last.words.rpartition('/')[2]} | "  # type: ignore[union-attr]
        f"clipsaver push batch --guild={GUILD} --channel=70"
    )
    assert (await left(), await person.last_record()) == (1, ("job push", 1))


async def cancelling(person: Person) -> None:
    left = length_of(person.stage)
    await person.goes_to(View.JOBS, 1)
    await person.answers_wrongly("X", left)
    await person.is_asked("X")
    said = await person.does("y")
    assert said.startswith("cancelled 1 job | clipsaver cancel ")
    await person.sees("same as: clipsaver cancel")
    assert (await left(), await person.last_record()) == (0, ("cancel", 1))
    assert await person.stage.sql("select state from runs") == [("CANCELLED",)]


async def releasing(person: Person, me: Consumer, gone: Consumer) -> None:
    stage = person.stage
    mine = await stage.taken(me, 70)
    theirs = [await stage.taken(gone, channel) for channel in (71, 72, 73)]
    await person.goes_to(View.PENDING, 4)
    await person.chooses(theirs[0].entry.entry_id)
    said = await person.does("r")  # nobody works on it: that needs no question
    assert said.startswith("released 1 entry | clipsaver pending release ")
    assert await person.last_record() == ("pending release", 1)

    await person.chooses(mine.entry.entry_id)
    await person.answers_wrongly("r", stage.actions)
    await person.is_asked("r")
    assert (await person.does("y")).startswith("released 1 entry | ")

    await person.chooses(theirs[1].entry.entry_id)
    await person.answers_wrongly("R", stage.actions)
    await person.is_asked("R")
    said = await person.does("2", "enter")
    assert said == "released 2 entries | clipsaver pending release --worker=w-9 --yes"
    assert await person.last_record() == ("pending release", 2)


async def burying(person: Person, me: Consumer) -> None:
    stage, letters = person.stage, letters_of(person.stage)
    entries = await stage.link.command("XRANGE", stage.link.names.stream, "-", "+")
    ids = [one.decode() for one, _ in entries]
    await person.has(4)
    await person.chooses(*ids[:2])
    await person.answers_wrongly("B", letters)
    await person.is_asked("B")
    said = await person.does("2", "enter")
    assert said.startswith("buried 2 entries | clipsaver pending bury ")
    assert (await letters(), await person.last_record()) == (2, ("pending bury", 2))
    await person.has(2)
    assert (await person.does("u")).startswith("retried 2 dead letters | ")
    assert (await letters(), await length_of(stage)()) == (0, 4)
    assert me.name == "w-1"


async def dropping(person: Person, me: Consumer) -> None:
    stage, left = person.stage, length_of(person.stage)
    run_id = await stage.put_off(me, 80)
    before = await left()
    await person.press("escape")
    await until(lambda: run_id in person.rows, "it is delayed")
    await person.chooses(run_id)
    await person.answers_wrongly("D", stage.actions)
    await person.is_asked("D")
    assert (await person.does("y")).startswith("dropped 1 job | clipsaver pending drop ")
    (event, *_) = await stage.actions()
    assert (event.action, event.copies[0].run_id, await left()) == ("pending drop", run_id, before)


def test_what_is_done_to_letters_workers_and_clips(config: Config) -> None:
    async def act() -> None:
        async with person_at(config) as person:
            stage = person.stage
            me = await stage.worker("w-1")
            ids = [await stage.died(me, channel) for channel in (70, 71)]
            await person.goes_to(View.DEAD, 1)  # one cause
            await person.press("v")
            await person.has(2)
            await letters(person, ids)
            await orders(person, me)
            await stage.channel(70, "clips")
            await stage.clip("5-1", thumbnail_state="ready")
            await person.goes_to(View.CLIPS, 1)
            assert (await person.does("t")).startswith("asked for 1 thumbnail again | ")
            assert await person.last_record() == ("thumbnails remake", 1)
            assert await stage.sql("select thumbnail_state from clips") == [("pending",)]

    on_asyncio(act)


async def letters(person: Person, ids: list[str]) -> None:
    stage, count = person.stage, letters_of(person.stage)
    await person.chooses(ids[0])
    assert await person.does("r") == f"retried 1 dead letter | clipsaver dead retry --yes {ids[0]}"
    assert (await count(), await person.last_record()) == (1, ("dead retry", 1))
    await person.sees("u undoes it")
    assert (await person.does("u")).startswith("took back 1 dead letter | clipsaver dead undo ")
    assert (await count(), await person.last_record()) == (2, ("dead undo", 1))
    await until(lambda: len(person.rows) == 2 and ids[0] not in person.rows, "it has another id")
    await person.chooses(ids[1])
    await person.answers_wrongly("D", stage.actions)
    await person.is_asked("D")
    assert (await person.does("y")).startswith("dropped 1 dead letter | clipsaver dead drop ")
    assert (await count(), await person.last_record()) == (1, ("dead drop", 1))


async def orders(person: Person, me: Consumer) -> None:
    await person.goes_to(View.WORKERS, 1)
    for key, order, words in (
        ("P", Order.PAUSE, "paused 1 worker | clipsaver workers pause --yes w-1"),
        ("X", Order.DRAIN, "told to drain: 1 worker | clipsaver workers drain --yes w-1"),
    ):

        async def in_force() -> Order | None:
            return await read_order(me)

        await person.answers_wrongly(key, in_force)
        await person.is_asked(key)
        assert await person.does("y") == words
        assert await in_force() is order
        assert await person.last_record() == (f"workers {order}", 1)
    assert (await person.does("R")).startswith("resumed 1 worker | ")
    assert await read_order(me) is None


def test_read_only_refuses_all_that_changes_something_and_says_why(config: Config) -> None:
    async def act() -> None:
        why = "--read-only was given"
        async with person_at(config, why_read_only=why) as person:
            stage = person.stage
            me = await stage.worker("w-1")
            await stage.taken(me, 70)
            await stage.died(me, 71)
            await stage.channel(70, "clips")
            await stage.clip("5-1")
            changes = [action for action in ACTIONS if action.is_change]
            assert len(changes) > 10
            for view in set(View) - {View.OVERVIEW, View.LOGS, View.LIMITS}:
                await person.goes_to(view, 1)
                for action in changes:
                    if view in action.views or not action.views:
                        await person.press(action.keys[0])
                        await person.sees(f"{action.words}: read only: {why}")
            assert person.app.deeds.last is None
            assert (await stage.actions(), await letters_of(stage)()) == ((), 1)

    on_asyncio(act)
