"""The application before a person: what keys do, and what stays as it was."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Button, Input, TextArea

from clipsaver.errors import BadJob, RedisUnavailable
from clipsaver.tui.actions import ACTIONS
from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.doing.handlers import HANDLERS
from clipsaver.tui.screens.clips import ClipsScreen
from clipsaver.tui.screens.confirm import ConfirmDialog
from clipsaver.tui.screens.listing import ListingScreen
from clipsaver.tui.screens.new_job import NewJobDialog
from clipsaver.tui.screens.words import HelpDialog, TextDialog
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.sources.wishes import Deed, Preview, Wish
from clipsaver.tui.viewmodel.connection import Link
from clipsaver.tui.widgets.table_messages import MarksGone
from tests.tui.held import HeldOperator, HeldSource, application, looked
from tests.tui.running import run_aio, until

WIDE, NARROW = (120, 40), (80, 24)


def listing(app: ClipsaverApp) -> ListingScreen:
    screen = app.current
    assert isinstance(screen, ListingScreen)
    return screen


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def shown(app: ClipsaverApp) -> str:
    """All that is on the terminal, line by line."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def until_dialog(pilot: Pilot[None]) -> ConfirmDialog:
    """Waits for the question that a key has led to."""
    await until(lambda: isinstance(pilot.app.screen, ConfirmDialog), "it asks")
    await pilot.pause()
    assert isinstance(pilot.app.screen, ConfirmDialog)
    return pilot.app.screen


async def until_picture(pilot: Pilot[None]) -> None:
    """Looks until there is one, which takes a thread's time."""
    for _ in range(100):
        await looked(pilot)
        if "\u2580" in shown(pilot.app):
            return
    raise AssertionError(shown(pilot.app))


async def type_over(pilot: Pilot[None], key: str, text: str) -> None:
    """Into the line that the key opens, or that is open: this text, and enter."""
    await pilot.press(*[key] if key else [])
    pilot.app.screen.query_one(Input).value = text
    await pilot.press("enter")
    await pilot.pause()


async def until_done(app: ClipsaverApp, pilot: Pilot[None]) -> None:
    """Waits until what was begun has told how it ended."""
    if begun := [worker for worker in app.workers if worker.group == "deeds"]:
        await app.workers.wait_for_complete(begun)
    await pilot.pause()


@run_aio
async def test_esc_leaves_dialog_filter_marks_detail_screen_in_this_order_and_never_quits() -> None:
    app = application(HeldSource(), HeldOperator(), first=View.JOBS)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        app.go(View.PENDING)
        await looked(pilot)
        screen = listing(app)
        screen.line.write("kind:batch")
        await pilot.press("space", "enter", "question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpDialog)
        assert screen.filter_text == "kind:batch"
        assert screen.table.marks
        assert screen.opened
        await pilot.press("escape")
        assert app.screen is screen
        assert screen.filter_text == "kind:batch"
        await pilot.press("escape")
        assert screen.filter_text == ""
        assert screen.table.marks
        await pilot.press("escape")
        assert not screen.table.marks
        assert screen.opened
        await pilot.press("escape")
        assert not screen.opened
        assert app.view is View.PENDING
        await pilot.press("escape")
        await pilot.pause()
        assert app.view is View.JOBS
        for _ in range(4):
            await pilot.press("escape")
        assert app.is_running
        assert app.view is View.JOBS


@run_aio
async def test_one_thing_is_asked_about_with_cancel_in_front_and_done_with_one_more_key() -> None:
    operator = HeldOperator()
    app = application(HeldSource(), operator, first=View.PENDING)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        key = listing(app).table.cursor_key
        await pilot.press("D")
        dialog = await until_dialog(pilot)
        assert isinstance(dialog.focused, Button)
        assert dialog.focused.id == "cancel"
        text = shown(app)
        assert "of [red]them[/red]" in text, "a stranger's words are no markup"
        assert "clipsaver twin 1" in text
        await pilot.press("enter")
        await until_done(app, pilot)
        assert not operator.done, "enter on Cancel changes nothing"
        await pilot.press("D")
        await until_dialog(pilot)
        await pilot.press("escape")
        await until_done(app, pilot)
        assert not operator.done
        for keys in (["y"], ["right", "enter"]):
            await pilot.press("D")
            await until_dialog(pilot)
            await pilot.press(*keys)
            await until_done(app, pilot)
        assert [(one.deed, one.keys) for one in operator.done] == [(Deed.DROP_ENTRY, (key,))] * 2
        text = shown(app)
        assert "last action: did it to 1   u undoes it   same as: clipsaver twin" in text
        await pilot.press("u")
        await until_done(app, pilot)
        assert operator.done[-1].why == "undo"


@run_aio
async def test_of_many_things_the_number_has_to_be_typed() -> None:
    operator = HeldOperator()
    app = application(HeldSource(), operator, first=View.PENDING)
    async with app.run_test(size=WIDE) as pilot:
        await looked(pilot)
        await pilot.press("space", "space", "space", "B")
        dialog = await until_dialog(pilot)
        await pilot.press("y", "enter")
        await pilot.pause()
        assert app.screen is dialog, "no key does it"
        dialog.query_one("#count", Input).value = ""
        await pilot.press("4", "enter")
        await pilot.pause()
        assert "that is not 3; nothing was changed" in shown(app)
        assert not operator.done
        await pilot.press("backspace", "3", "enter")
        await until_done(app, pilot)
        assert [(one.deed, len(one.keys)) for one in operator.done] == [(Deed.BURY, 3)]


@run_aio
async def test_what_loses_nothing_is_done_at_once_unless_it_is_risky() -> None:
    operator = HeldOperator()
    app = application(HeldSource(), operator, first=View.DEAD)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        await pilot.press("r")
        await until_done(app, pilot)
        assert [one.deed for one in operator.done] == [Deed.RETRY]
        operator.is_risky = True
        await pilot.press("r")
        await until_dialog(pilot)
        await pilot.press("escape")
        await until_done(app, pilot)
        assert len(operator.done) == 1
        operator.error = RedisUnavailable("Redis is away")
        await pilot.press("r")
        await until_done(app, pilot)
        assert "could not be done: Redis is away" in shown(app)


@run_aio
async def test_what_was_done_is_shown_at_once_and_what_nobody_asked_for_waits() -> None:
    now_s = 100.0
    app = ClipsaverApp(
        HeldSource(),
        HeldOperator(),
        TuiSettings(first=View.DEAD, tick_s=30.0),
        clock=lambda: now_s,
    )
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        app.say("copied 3 rows")
        assert "copied 3 rows" in shown(app)
        await pilot.press("r")
        await until_done(app, pilot)
        listing(app).on_marks_gone(MarksGone(3))
        await pilot.pause()
        assert "last action: did it to 1   u undoes it" in shown(app)
        now_s += 6.0
        listing(app).on_marks_gone(MarksGone(4))
        await pilot.pause()
        assert "4 marked rows are no more" in shown(app)


@run_aio
async def test_while_redis_is_away_all_stays_and_the_cursor_keeps_its_row() -> None:
    source, operator = HeldSource(), HeldOperator()
    app = application(source, operator, first=View.PENDING)
    async with app.run_test(size=WIDE) as pilot:
        await looked(pilot)
        await pilot.press("j", "j", "space", "/", "a", "enter")
        table = listing(app).table
        before = (table.cursor_key, table.marks, listing(app).filter_text)
        source.error = RedisUnavailable("connection refused")
        await looked(pilot)
        text = shown(app)
        assert "REDIS DOWN" in text
        assert "try 1, next in 1s" in text
        assert "data of 12:04:37Z" in text
        assert app.framing.look_for(View.PENDING).is_stale
        await pilot.press("D")
        await pilot.pause()
        assert "drop: Redis is down" in shown(app)
        await pilot.press("k", "j", "4", "3")
        await looked(pilot)
        tries = app.looker.state.tries
        await pilot.press("ctrl+r")
        await looked(pilot)
        assert app.looker.state.tries > tries, "ctrl+r does not wait for its time"
        source.error = None
        source.now_s = 1.0
        await looked(pilot)
        assert "back after" in shown(app)
        assert before == (table.cursor_key, table.marks, listing(app).filter_text)
        assert not operator.done


@run_aio
async def test_a_mistake_of_ours_is_said_and_ends_nothing() -> None:
    source = HeldSource()
    app = application(source, HeldOperator(), first=View.PENDING)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        source.error = KeyError("unheard of")
        await looked(pilot)
        assert "MISTAKE OF OURS: KeyError: 'unheard of'" in shown(app)
        assert listing(app).table.shown_rows, "what was seen stays"
        source.error = None
        await looked(pilot)
        assert "MISTAKE" not in shown(app)
        app.guarded(lambda: 1 // 0)
        app.paint()
        await pilot.pause()
        assert "MISTAKE OF OURS: ZeroDivisionError" in shown(app)
        assert app.is_running


@run_aio
async def test_pausing_and_the_tick() -> None:
    source = HeldSource()
    app = application(source, HeldOperator(), tick_s=1.0, first=View.JOBS)
    async with app.run_test(size=WIDE) as pilot:
        await looked(pilot)
        assert "tick 1s" in shown(app)
        await pilot.press("less_than_sign")
        assert "tick 2s" in shown(app)
        await pilot.press("greater_than_sign", "greater_than_sign")
        assert "tick 0.5s" in shown(app)
        await pilot.press("p")
        await pilot.pause()
        assert "paused" in shown(app)
        assert app.looker.pace.interval_s is None
        looks = len(source.wanted)
        await pilot.press("j", "j")
        await pilot.pause()
        assert len(source.wanted) == looks, "moving is no reason to look while paused"
        await pilot.press("3")
        await looked(pilot)
        assert len(source.wanted) > looks, "another screen is"
        await pilot.press("p")
        assert app.looker.pace.interval_s == 0.5


@run_aio
async def test_each_screen_is_found_again_as_it_was_left() -> None:
    app = application(HeldSource(), HeldOperator(), first=View.PENDING)
    async with app.run_test(size=WIDE) as pilot:
        await looked(pilot)
        await pilot.press("j", "j", "space", "s", "/", "a", "enter")
        table = listing(app).table
        left = (table.cursor_key, table.marks, table.order, listing(app).filter_text)
        await pilot.press("4")
        await looked(pilot)
        assert listing(app).filter_text == ""
        await pilot.press("minus")
        await looked(pilot)
        assert app.view is View.PENDING
        assert left == (table.cursor_key, table.marks, table.order, listing(app).filter_text)
        await pilot.press("right_square_bracket", "right_square_bracket", "left_square_bracket")
        assert app.view is View.DEAD


@run_aio
async def test_going_somewhere_by_name_and_taking_the_filter_along() -> None:
    app = application(HeldSource(), HeldOperator(), sticky_filter=True)
    async with app.run_test(size=WIDE) as pilot:
        await looked(pilot)
        await type_over(pilot, "colon", "pendng")
        assert "did you mean pending?" in shown(app)
        await type_over(pilot, "", "pend w-9")
        await looked(pilot)
        assert app.view is View.PENDING
        rows = listing(app).table.shown_rows
        assert rows
        assert all("w-9" in row.cells["CONSUMER"].text for row in rows)
        assert app.looker.state.of(View.PENDING) is not None
        await pilot.press("2")
        await looked(pilot)
        assert listing(app).filter_text == "w-9"
        run = listing(app).table.shown_rows[0].key
        await pilot.press("escape")
        await type_over(pilot, "colon", f"job {run.partition('/')[2]}")
        await looked(pilot)
        assert listing(app).opened == (run,), "the only one is opened"


@run_aio
async def test_keys_of_ones_own_take_the_place_of_ours_everywhere() -> None:
    keys = {"go.dead": "f9", "app.help": "", "mark.row": "x"}
    app = application(HeldSource(), HeldOperator(), first=View.PENDING, keys=keys)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        assert "x mark" in shown(app)
        await pilot.press("space", "4", "question_mark")
        assert app.view is View.PENDING
        assert not listing(app).table.marks
        assert app.screen is app.current
        await pilot.press("x", "f9")
        assert app.view is View.DEAD
        assert app.framed(View.PENDING).marked()


@run_aio
async def test_read_only_says_why_and_does_nothing() -> None:
    operator = HeldOperator()
    why = "--read-only was given"
    app = application(HeldSource(), operator, first=View.PENDING, why_read_only=why)
    async with app.run_test(size=WIDE) as pilot:
        await looked(pilot)
        assert "READ ONLY" in shown(app)
        await pilot.press("D")
        await pilot.pause()
        assert f"drop: read only: {why}" in shown(app)
        assert app.screen is app.current
        assert not operator.done
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(app.screen, CommandPalette)
        await pilot.press(*"drop")
        await until(lambda: "(read only)" in shown(app), "the palette says why")


@run_aio
async def test_the_tasks_of_a_worker_are_shown_also_where_all_is_read_only() -> None:
    app = application(
        HeldSource(), HeldOperator(), first=View.WORKERS, why_read_only="--read-only was given"
    )
    async with app.run_test(size=WIDE) as pilot:
        await looked(pilot)
        await pilot.press("T")
        await until(lambda: app.screen is not app.current, "the tree is shown")
        await pilot.pause()
        assert isinstance(app.screen, TextDialog)
        said = app.screen.query_one(TextArea).text
        assert "worker.orders.Orders.run: it shows this" in said
        assert said.count("\n  ") > 4  # as deep as they are
        await pilot.press("escape")
        await pilot.press("end", "T")  # the last one is gone
        await until(lambda: "is alive" in shown(app), "it is said that it is gone")
        assert app.screen is app.current


@run_aio
async def test_small_terminals() -> None:
    app = application(HeldSource(), HeldOperator(), first=View.PENDING)
    async with app.run_test(size=(79, 24)) as pilot:
        await looked(pilot)
        text = shown(app)
        assert "needs attention" in text
        assert "dead letters" in text
        assert "q quit" in text
        assert "CONSUMER" not in text
        await pilot.resize_terminal(30, 8)
        await pilot.pause()
        assert "needs 40x10, is 30x8" in shown(app)
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        text = shown(app)
        assert "CONSUMER" in text
        assert {len(line) for line in text.splitlines()} == {80}


@run_aio
async def test_what_is_copied_twice_is_opened_to_copy_by_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("SSH_TTY", "somewhere")
    app = application(HeldSource(), HeldOperator(), first=View.PENDING)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        await pilot.press("y")
        await until_done(app, pilot)
        assert app.clipboard == listing(app).table.cursor_key
        await pilot.press("Y", "Y")
        await pilot.pause()
        assert isinstance(app.screen, TextDialog)
        assert app.clipboard.startswith("{")
        await pilot.press("escape")
        await until_done(app, pilot)


@run_aio
async def test_quitting_asks_only_while_an_action_runs() -> None:
    operator = HeldOperator()
    operator.gate = asyncio.Event()
    app = application(HeldSource(), operator, first=View.DEAD)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        await pilot.press("r")
        await until(lambda: app.deeds.running, "it is being done")
        await pilot.press("q")
        await until_dialog(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert app.is_running
        operator.gate.set()
        await until_done(app, pilot)
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running


@run_aio
async def test_everything_in_the_table_of_actions_does_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each on each screen that has it, with whatever dialog it opens closed again."""
    monkeypatch.chdir(tmp_path)  # for what is exported
    app = application(HeldSource(), HeldOperator())
    async with app.run_test(size=NARROW) as pilot:
        for view in View:
            app.go(view, comes_back=False)
            await looked(pilot)
            for action in ACTIONS:
                leaves = action.id in ("app.quit", "app.back") or action.id.startswith("go.")
                leaves |= action.id == "logs.of_row"
                leaves |= not action.views and view is not View.JOBS
                leaves |= view is View.OVERVIEW and action.id in ("row.open", "follow")
                if action.is_on(view) and action.deed is None and not leaves:
                    app.action_act(action.id)
                    assert app.looker.state.mistake == "", (view, action.id)
            await pilot.pause()
            while app.screen is not app.current:
                app.pop_screen()
            assert app.view is view
            await until_done(app, pilot)
    assert len(names_in(tmp_path)) == len(View) - 1, "each list was exported"
    assert HANDLERS.keys() <= {action.id for action in ACTIONS}


@run_aio
async def test_it_starts_where_redis_was_never_there() -> None:
    source = HeldSource()
    source.error = RedisUnavailable("connection refused")
    app = application(source, HeldOperator())
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        assert "REDIS DOWN" in shown(app)
        assert "nothing was seen yet" in shown(app)
        assert "--:--:--Z" in shown(app), "nobody knows the time of Redis"
        for view, size in ((View.PENDING, NARROW), (View.CLIPS, WIDE)):  # others: the snapshots
            app.go(view)
            await pilot.resize_terminal(*size)
            await looked(pilot)
            lines = shown(app).splitlines()
            assert lines[0].endswith("--:--:--Z ")
            assert [line[0] for line in lines[4:-2]] == ["┌", *"│" * (size[1] - 8), "└"]
            assert "nothing was seen yet" in lines[6]
            assert lines[-2].startswith(" enter open")
        assert app.looker.state.connection(app.clock()).state is Link.DOWN
        assert app.looker.state.mistake == ""
        source.error = None
        await looked(pilot)
        assert "12:04:37Z" in shown(app)
        assert listing(app).table.shown_rows


@run_aio
async def test_what_needs_a_person_leads_to_where_it_is_put_right_and_esc_comes_back() -> None:
    app = application(HeldSource(), HeldOperator())
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        await pilot.press("j", "enter")
        await looked(pilot)
        assert app.view is View.PENDING
        assert listing(app).table.shown_rows
        assert len(listing(app).table.shown_rows) < 31, "narrowed down to what it was about"
        await pilot.press("escape", "escape")
        await looked(pilot)
        assert app.view is View.OVERVIEW
        await pilot.press("j", "j", "enter")
        await looked(pilot)
        assert app.view is View.JOBS
        assert listing(app).opened, "a job that runs is opened"


@run_aio
async def test_a_new_job_is_asked_for_until_it_is_one_and_shown_before_it_is_sent() -> None:
    operator = HeldOperator()
    operator.error = BadJob("$.channel_id", "expected an id: a string of digits")
    app = application(HeldSource(), operator, first=View.JOBS)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        await pilot.press("n")
        await until(lambda: isinstance(app.screen, NewJobDialog), "the form is there")
        await pilot.pause()
        first = app.screen
        channel = first.query_one("#channel_id", Input)
        assert channel.value.isdigit(), "that of the row under the cursor"
        channel.value = "x"
        await pilot.press("enter")
        await until(
            lambda: app.screen is not first and isinstance(app.screen, NewJobDialog),
            "it comes back",
        )
        await pilot.pause()
        assert "expected an id" in shown(app)
        assert app.screen.query_one("#channel_id", Input).value == "x", "what was written stays"
        app.screen.query_one("#more", Input).value = "match_regex=wow; job_id=mine"
        operator.error = None
        await pilot.press("enter")
        await until_dialog(pilot)
        assert not operator.done
        await pilot.press("y")
        await until_done(app, pilot)
        wish = operator.done[-1]
        assert wish.deed is Deed.NEW_JOB
        assert wish.options["match_regex"] == "wow"
        assert wish.options["type"] == "batch"


@run_aio
async def test_the_picture_under_the_cursor_is_shown_and_taken_off_before_a_dialog() -> None:
    app = application(HeldSource(), HeldOperator(), first=View.CLIPS)
    async with app.run_test(size=WIDE) as pilot:
        await looked(pilot)
        screen = app.current
        assert isinstance(screen, ClipsScreen)
        ready = next(r for r in screen.table.shown_rows if r.cells["THUMBNAIL"].text == "ready")
        screen.table.move_to(ready.key)
        await until_picture(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        assert "\u2580" not in shown(app)
        await pilot.press("escape", "enter")
        await until_picture(pilot)


@run_aio
async def test_nothing_is_done_to_what_is_not_seen() -> None:
    operator = HeldOperator()
    app = application(HeldSource(), operator, first=View.DEAD)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        table = listing(app).table
        await pilot.press("space", "enter")
        await looked(pilot)  # the cursor is on a letter of the cause, once they are there
        opened = listing(app).target()
        assert opened not in table.marks
        await pilot.press("space", "D")
        await until_dialog(pilot)
        await pilot.press("y")
        await until_done(app, pilot)
        assert [one.keys for one in operator.done] == [(opened,)], "not what is marked behind it"
        assert len(table.marks) == 1
        await pilot.press("escape", "escape")
        await pilot.resize_terminal(60, 20)
        await pilot.press("r")
        await until_done(app, pilot)
        assert len(operator.done) == 1, "too small for rows to be seen"


@run_aio
async def test_a_question_that_took_long_does_not_come_under_other_keys() -> None:
    class Slow(HeldOperator):
        gate_of_previews = asyncio.Event()

        async def preview(self, wish: Wish) -> Preview:
            await self.gate_of_previews.wait()
            return await super().preview(wish)

    operator = Slow()
    app = application(HeldSource(), operator, first=View.PENDING)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        await pilot.press("D", "slash")
        operator.gate_of_previews.set()
        await until_done(app, pilot)
        assert app.screen is app.current
        assert "drop: nothing was done, since you went on" in shown(app)
        assert not operator.done


@run_aio
async def test_what_was_said_of_a_row_is_found_in_logs() -> None:
    app = application(HeldSource(), HeldOperator(), first=View.WORKERS)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        worker = listing(app).table.cursor_key
        await pilot.press("L")
        await looked(pilot)
        assert app.view is View.LOGS
        assert listing(app).line.error is None
        assert app.looker.state.by_view[View.LOGS].is_narrowed
        rows = listing(app).table.shown_rows
        assert {row.values["who"] for row in rows} == {worker}


@run_aio
async def test_what_a_worker_holds_opens_as_a_job_and_a_deed_is_done_to_the_worker() -> None:
    app = application(HeldSource(), HeldOperator(), first=View.WORKERS)
    async with app.run_test(size=WIDE) as pilot:
        await looked(pilot)
        worker = listing(app).table.cursor_key
        await pilot.press("enter")
        await looked(pilot)
        held = listing(app).detail.cursor_key
        assert held is not None
        assert listing(app).target() == worker
        await pilot.press("enter")
        await looked(pilot)
        assert app.view is View.JOBS
        assert listing(app).opened == (held,)
        assert held in shown(app)
        await pilot.press("escape", "escape")
        await looked(pilot)
        assert app.view is View.WORKERS
        assert listing(app).opened == (worker,)
