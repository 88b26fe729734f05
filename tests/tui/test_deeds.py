"""The course of a deed: one question at a time, and what failed can be tried again."""

from __future__ import annotations

import asyncio

from clipsaver.errors import RedisUnavailable
from clipsaver.tui.actions import BY_ID, Danger
from clipsaver.tui.doing.deeds import Deeds, Done
from clipsaver.tui.screens.new_job import fields_of
from clipsaver.tui.sources.wishes import Deed, Preview, Result, Wish
from tests.tui.held import HeldOperator
from tests.tui.running import run_aio

DROP, RETRY = BY_ID[Deed.DROP_LETTER], BY_ID[Deed.RETRY]


class Agreeing:
    """Says yes once it is let, and notes what it is told."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.asked = 0
        self.refused: list[str] = []

    async def confirm(self, preview: Preview, danger: Danger) -> bool:
        self.asked += 1
        await self.may_answer.wait()
        return True

    async def fill_in(self, written: dict[str, str], wrong: str) -> dict[str, str] | None:
        return None

    def tell(self, done: Done) -> None:
        pass

    def refuse(self, words: str) -> None:
        self.refused.append(words)

    def stumbled(self, error: Exception) -> None:
        raise error


@run_aio
async def test_while_one_thing_is_asked_about_another_is_refused_and_then_is_not() -> None:
    operator, person = HeldOperator(), Agreeing()
    deeds = Deeds(operator, person)
    async with asyncio.TaskGroup() as group:
        group.create_task(deeds.carry_out(DROP, ("1-0",)))
        await asyncio.sleep(0)
        await deeds.carry_out(DROP, ("2-0",))
        assert (person.asked, len(person.refused)) == (1, 1)
        person.may_answer.set()
    assert [wish.keys for wish in operator.done] == [("1-0",)]
    await deeds.carry_out(DROP, ("2-0",))
    assert [wish.keys for wish in operator.done] == [("1-0",), ("2-0",)]


@run_aio
async def test_what_could_not_be_taken_back_can_be_later() -> None:
    class Failing(HeldOperator):
        is_away = False

        async def do(self, wish: Wish) -> Result:
            if self.is_away:
                raise RedisUnavailable("Redis is away")
            return await super().do(wish)

    operator = Failing()
    deeds = Deeds(operator, Agreeing())
    await deeds.carry_out(RETRY, ("1-0",))
    operator.is_away = True
    await deeds.undo()
    assert deeds.last is not None
    assert (deeds.last.is_whole, deeds.last.undo is not None) == (False, True)
    operator.is_away = False
    await deeds.undo()
    assert operator.done[-1].why == "undo"


def test_other_fields_of_a_new_job_may_hold_semicolons() -> None:
    assert fields_of("match_regex=a;b; job_id=mine") == {"match_regex": "a;b", "job_id": "mine"}
    assert fields_of("") == {}
    assert fields_of("wow") == {"wow": "?"}, "refused as a field that there is not"
