"""The plan of a search against an engine that is as unreliable as Discord says that its own is."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.discord_rest.search_paging import LAST_OFFSET, MOST_PER_PAGE
from clipsaver.scanning.searching.left import OVER, Gap, Left, decode, encode
from clipsaver.scanning.searching.plan import (
    AT_ONCE,
    PATIENCE,
    STEP,
    Ask,
    SearchPlan,
)
from clipsaver.scanning.searching.questions import Question

VIDEO, SNAPSHOT = Question("video", has=("video",)), Question("snapshot", has=("snapshot",))
NEWEST = 1_000_000
MOST_REQUESTS = 5_000
"""Beyond which a search counts as one that does not end."""


@dataclass
class Engine:
    """Answers as Discord does: by offset, newest first, of what it has at that moment."""

    hits: dict[str, set[int]]
    """By question."""
    cold: Collection[int] = ()
    """Hits that take a place and are not shown: "not accessed for a long time"."""
    noise: Callable[[], int] = lambda: 0
    """By how much the total is wrong."""
    requests: int = 0
    asked: Counter[tuple[object, ...]] = field(default_factory=Counter)

    def answer(self, ask: Ask) -> tuple[list[int], int]:
        self.requests += 1
        assert self.requests < MOST_REQUESTS, "it never ends"
        assert 0 <= ask.offset <= LAST_OFFSET
        self.asked[ask.question.name, ask.min_id, ask.max_id, ask.offset] += 1
        lower = -1 if ask.min_id is None else ask.min_id
        all_ = sorted(self.hits[ask.question.name], reverse=True)
        there = [one for one in all_ if lower < one < ask.max_id]
        page = [
            one for one in there[ask.offset : ask.offset + MOST_PER_PAGE] if one not in self.cold
        ]
        least = 1 if there else 0
        return page, max(least, len(there) + self.noise())


def run(
    plan: SearchPlan,
    engine: Engine,
    *,
    dice: random.Random | None = None,
    seen: set[int] | None = None,
    known: Collection[int] = (),
    meanwhile: Callable[[], None] = lambda: None,
    stop_after: int | None = None,
) -> set[int]:
    """Searches; returns the hits that were shown and taken in. Answers come in any order."""
    seen = set() if seen is None else seen
    flying: list[Ask] = []
    pages: dict[int, Sequence[int]] = {}
    answered = 0
    while not plan.is_over:
        while (ask := plan.next_ask()) is not None:
            flying.append(ask)
        assert 0 < len(flying) <= AT_ONCE, "it stands still, or asks for too much at once"
        ask = flying.pop(dice.randrange(len(flying)) if dice else 0)
        meanwhile()
        ids, total = engine.answer(ask)
        pages[id(ask)] = ids
        plan.answered(ask, ids, total)
        answered += 1
        while (taken := plan.take()) is not None:
            new = set(pages[id(taken)]) - seen - set(known)
            seen |= new
            plan.found(taken, len(new))
        if answered == stop_after:
            break
    return seen


def search(*questions: Question, left: str | None = None) -> SearchPlan:
    return SearchPlan.begin(questions or (VIDEO,), newest=NEWEST, left=left)


class TestPages:
    def test_first_page_alone_then_several_at_once(self) -> None:
        plan = search()
        first = plan.next_ask()
        assert first is not None
        assert (first.max_id, first.min_id, first.offset) == (NEWEST, None, 0)
        assert plan.next_ask() is None
        plan.answered(first, range(900, 925), 1_000)
        assert plan.take() is first
        plan.found(first, 25)
        asks = [plan.next_ask() for _ in range(AT_ONCE + 1)]
        assert [ask and ask.offset for ask in asks] == [STEP * n for n in range(1, 9)] + [None]

    def test_what_is_not_there_costs_one_request(self) -> None:
        engine = Engine({"video": set()})
        assert run(search(), engine) == set()
        assert engine.requests == 1

    def test_few_hits_cost_two_requests(self) -> None:
        engine = Engine({"video": {5, 6, 7}})
        assert run(search(), engine) == {5, 6, 7}
        assert list(engine.asked) == [("video", None, NEWEST, 0), ("video", None, 5, 0)]

    def test_short_page_is_no_end(self) -> None:
        hits = set(range(1, 61))
        engine = Engine({"video": hits}, cold=set(range(20, 60)))
        assert run(search(), engine) == hits - set(range(20, 60))

    def test_beyond_ten_thousand_it_goes_on_below_the_oldest_hit(self) -> None:
        hits = set(range(1, 21_001))
        engine = Engine({"video": hits})
        assert run(search(), engine) == hits
        assert engine.requests <= len(hits) / STEP + 3
        assert len({max_id for _, _, max_id, _ in engine.asked}) == 4

    def test_each_question_on_its_own(self) -> None:
        engine = Engine({"video": {3, 4}, "snapshot": {4, 9}})
        assert run(search(VIDEO, SNAPSHOT), engine) == {3, 4, 9}
        assert [name for name, *_ in engine.asked] == ["video"] * 2 + ["snapshot"] * 2

    def test_only_between_the_bounds(self) -> None:
        engine = Engine({"video": set(range(1, 200))})
        plan = SearchPlan.begin([VIDEO], newest=150, oldest=40)
        assert run(plan, engine) == set(range(41, 150))

    def test_without_a_question_it_is_over(self) -> None:
        assert SearchPlan.begin([], newest=NEWEST).is_over

    def test_gives_a_question_up_after_pages_without_news(self) -> None:
        hits = set(range(1, 5_001))
        engine = Engine({"video": hits, "snapshot": {7}})
        seen = run(search(VIDEO, SNAPSHOT), engine, known=range(10, 5_001))
        assert seen == {7}, "what the other question shows is found"
        asked = Counter(name for name, *_ in engine.asked)
        assert asked["video"] <= PATIENCE + AT_ONCE

    def test_a_new_clip_makes_it_patient_again(self) -> None:
        hits = set(range(1, 5_001))
        new = set(range(1, 5_001, STEP * (PATIENCE - 2)))
        assert run(search(), Engine({"video": hits}), known=hits - new) == new

    def test_share_goes_from_nothing_to_all(self) -> None:
        plan, shares = search(VIDEO, SNAPSHOT), [0.0]
        engine = Engine({"video": set(range(500)), "snapshot": set(range(200))})
        run(plan, engine, meanwhile=lambda: shares.append(plan.share))
        assert shares == sorted(shares)
        assert plan.share == 1.0
        assert any(0.1 < share < 0.4 for share in shares)

    def test_an_engine_that_ignores_the_bounds_ends_it(self) -> None:
        plan = search()
        for _ in range(MOST_REQUESTS):
            if (ask := plan.next_ask()) is None:
                break
            plan.answered(ask, range(100, 125), 1_000_000)
            while (taken := plan.take()) is not None:
                plan.found(taken, 0)
        assert plan.is_over


worlds = st.tuples(
    st.integers(0, 400),  # hits
    st.randoms(use_true_random=False),
    st.sampled_from((0.0, 0.02, 0.3)),  # of them deleted with each request
    st.sampled_from((0.0, 0.1, 0.6)),  # not shown
    st.sampled_from((0, 3, 60)),  # by how much the total is wrong
)


class TestUnreliable:
    @given(worlds, st.integers(1, 40))
    def test_finds_whatever_is_there_throughout(
        self, world: tuple[int, random.Random, float, float, int], stop_after: int
    ) -> None:
        count, dice, deleting, coldness, noise = world
        hits = set(dice.sample(range(1, NEWEST), count))
        # Where 25 in a row are not shown and the total is wrong, nothing tells that there are more.
        cold = {one for i, one in enumerate(sorted(hits)) if i % 20 and dice.random() < coldness}
        staying = {one for one in hits - cold if dice.random() < 0.7}
        going = sorted(hits - staying - cold)
        engine = Engine({"video": set(hits)}, cold, lambda: dice.randint(-noise, noise))

        def delete_some() -> None:
            while going and dice.random() < deleting:
                engine.hits["video"].discard(going.pop(dice.randrange(len(going))))

        plan, seen = search(), set[int]()
        run(plan, engine, dice=dice, seen=seen, meanwhile=delete_some, stop_after=stop_after)
        while not plan.is_over:  # cut off and gone on with
            plan = search(left=plan.left())
            run(plan, engine, dice=dice, seen=seen, meanwhile=delete_some, stop_after=stop_after)
            stop_after += 40
        assert seen >= staying
        assert seen <= hits

    @given(st.integers(0, 600), st.integers(0, 700), st.randoms(use_true_random=False))
    def test_a_long_stretch_that_is_not_shown_hides_nothing(
        self, lower: int, length: int, dice: random.Random
    ) -> None:
        # Below what makes it give up.
        cold = set(range(lower, lower + min(length, STEP * (PATIENCE - 2))))
        hits = set(range(1, 1_000))
        going = sorted(cold & hits)

        def delete_one() -> None:
            if going and dice.random() < 0.5:
                engine.hits["video"].discard(going.pop())

        engine = Engine({"video": set(hits)}, cold)
        assert run(search(), engine, dice=dice, meanwhile=delete_one) == hits - cold

    @given(st.integers(0, 1_500), st.integers(0, 80), st.randoms(use_true_random=False))
    def test_going_on_repeats_at_most_what_was_in_flight(
        self, count: int, stop_after: int, dice: random.Random
    ) -> None:
        hits = set(range(1, count + 1))
        engine = Engine({"video": hits, "snapshot": set(range(1, 100))})
        plan, seen = search(VIDEO, SNAPSHOT), set[int]()
        run(plan, engine, dice=dice, seen=seen, stop_after=stop_after)
        plan = search(VIDEO, SNAPSHOT, left=plan.left())
        run(plan, engine, dice=dice, seen=seen)
        assert seen == hits | set(range(1, 100))
        assert sum(engine.asked.values()) - len(engine.asked) <= AT_ONCE


class TestLeft:
    def test_over_stays_over(self) -> None:
        plan = search()
        run(plan, Engine({"video": {1}}))
        assert decode(plan.left()) == OVER
        assert search(left=plan.left()).is_over

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "null",
            "[]",
            '{"version":2,"question":"video"}',
            '{"version":1,"question":"video","offset":-1}',
            '{"version":1,"question":"video","max_id":99999999999999999999}',
            '{"version":1,"question":"video","gaps":[[1]]}',
            '{"version":1,"question":"another"}',
            '{"version":1,"question":"video","more":1}',
            "\ud800",
        ],
    )
    def test_damaged_text_begins_anew(self, text: str) -> None:
        ask = search(left=text).next_ask()
        assert ask is not None
        assert (ask.question, ask.max_id, ask.offset) == (VIDEO, NEWEST, 0)

    @given(st.text())
    def test_any_text_begins_somewhere(self, text: str) -> None:
        assert search(left=text).next_ask() is not None

    def test_gaps_are_kept(self) -> None:
        left = Left(question="video", max_id=900, offset=72, total=70, gaps=(Gap(3, 9),))
        ask = search(left=encode(left)).next_ask()
        assert ask is not None
        assert (ask.min_id, ask.max_id, ask.is_gap) == (3, 9, True)
