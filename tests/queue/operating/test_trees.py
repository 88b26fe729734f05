"""Asking a worker for its tasks: those that cannot or do not answer."""

from __future__ import annotations

import pytest
import trio

from clipsaver.errors import UsageError
from clipsaver.queue import presence
from clipsaver.queue.control import Asked, forget_order, read_asked, show_tree
from clipsaver.queue.operating.trees import TaskTree, ask_for_tree


async def test_who_is_not_alive_is_not_asked(link):
    with pytest.raises(UsageError, match="no worker 'me' is alive"):
        await ask_for_tree(link, "me", sleep=trio.sleep)
    assert await link.command("EXISTS", link.names.control) == 0


async def test_an_answer_of_before_is_not_taken_for_the_new_one(link, me, other):
    await presence.beat(me, {}, expires_ms=60_000)
    await show_tree(me, ["of before"])
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            assert await read_asked(me) == Asked(None, wants_tree=True)
            assert not (await read_asked(other)).wants_tree
            await show_tree(me, ["main: it shows this", "  é [run=x]"])

    found = await ask_for_tree(link, "me", sleep=sleep)
    assert found == TaskTree("me", found.at_ms, ("main: it shows this", "  é [run=x]"))
    assert len(slept) == 3
    assert not (await read_asked(me)).wants_tree


async def test_a_question_without_an_answer_is_taken_back(link, me):
    async def no_time(_: float) -> None:
        await trio.lowlevel.checkpoint()

    await presence.beat(me, {}, expires_ms=60_000)
    with pytest.raises(UsageError, match=r"me has not shown its tasks within 0\.3 s.*SIGUSR1"):
        await ask_for_tree(link, "me", sleep=no_time, waits_s=0.3)
    assert await read_asked(me) == Asked(None, wants_tree=False)
    assert await link.command("EXISTS", link.names.tree("me")) == 0


async def test_it_goes_with_its_worker(link, me):
    await link.command("HSET", link.names.control, "tree of me", "1", "me", "pause")
    await forget_order(me)
    assert await link.command("EXISTS", link.names.control) == 0
