"""Questions for whoever looks, on a clock that does not let anybody wait."""

from __future__ import annotations

import trio

from clipsaver.errors import RedisUnavailable
from clipsaver.worker.exposing.asking import HOLDS_S, LIMIT_S, Question


async def test_however_many_ask_one_question_is_asked_a_second(
    autojump_clock: trio.testing.MockClock,
) -> None:
    asked: list[float] = []

    async def ask() -> int:
        asked.append(trio.current_time())
        await trio.sleep(0.1)
        return len(asked)

    question = Question(ask)
    async with trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(question.answer)
    assert (len(asked), await question.answer()) == (1, 1)
    await trio.sleep(HOLDS_S)
    assert (await question.answer(), len(asked)) == (2, 2)


async def test_no_answer_in_time_is_none_and_since_when_is_known(
    autojump_clock: trio.testing.MockClock,
) -> None:
    is_away = True

    async def ask() -> str:
        if is_away:
            await trio.sleep_forever()
        return "here"

    question = Question(ask)
    began = trio.current_time()
    assert await question.answer() is None
    assert trio.current_time() == began + LIMIT_S
    await trio.sleep(10)
    assert await question.answer() is None
    assert question.unanswered_since == began
    is_away = False
    await trio.sleep(HOLDS_S)
    assert await question.answer() == "here"
    assert question.unanswered_since is None


async def test_a_refusal_is_no_answer(autojump_clock: trio.testing.MockClock) -> None:
    async def ask() -> str:
        raise RedisUnavailable("it is away")

    assert await Question(ask).answer() is None
