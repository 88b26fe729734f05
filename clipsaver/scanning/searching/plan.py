"""Which page of a search to ask for next, with several in flight, and when to stop. Pure.

A question's hits are paged through by offset under one `max_id`, which keeps what is posted
meanwhile from moving them. Discord takes offsets below 10,000, so beyond that the next block of
pages begins below the oldest hit seen. A block ends at its last hit as Discord counts them, or at
its last offset, and never at a short page; a question ends with a block that shows nothing at all.

Totals are inexact and may change from page to page: they say how far to ask, and the block that
follows sees whether they said too little.

A hit that is deleted meanwhile moves all later ones up, and one of them could slip from a page that
is not read yet into one that was. So neighbouring pages overlap by one hit. Where they do not meet,
the ids between them are asked for on their own, by `min_id` and `max_id`, which nothing moves.

Answers come in any order and are taken in as they were asked for, so what is done is known by one
offset (`left`). Source: Discord's documentation, "Search Guild Messages".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from clipsaver.discord_rest.search_paging import LAST_OFFSET, MOST_PER_PAGE
from clipsaver.scanning.searching.left import OVER, Gap, Left, decode, encode
from clipsaver.scanning.searching.questions import Question
from clipsaver.snowflake import MAX_ID

STEP = MOST_PER_PAGE - 1
"""From one page's offset to the next: one hit is on both."""
AT_ONCE = 8
"""Pages in flight: with round trips of 120 ms enough for all that search's limit allows."""
PATIENCE = 20
"""Pages in a row, in their order, that show no clip which is new or which history has still to come
to; then a question is given up."""


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """One page to ask for: hits with ids between the bounds (not included), newest first.

    Equal only to itself: the same page may have to be asked for twice.
    """

    question: Question
    min_id: int | None
    max_id: int
    offset: int = 0
    is_gap: bool = False
    """It looks for what slipped through between two pages."""


@dataclass(frozen=True, slots=True)
class _Answer:
    ids: tuple[int, ...]
    total: int


@dataclass(slots=True)
class SearchPlan:
    """One search: `questions` one after the other, for hits between `oldest` and `newest`."""

    questions: Sequence[Question]
    newest: int
    """Its hits are older than this id."""
    oldest: int | None = None
    """Its hits are newer than this id; None = any."""
    at_once: int = AT_ONCE
    _now: Left = OVER
    """As of what was taken in."""
    _ahead: int = 0
    """The block's first offset that was not asked for."""
    _to_fill: deque[Gap] = field(default_factory=deque)
    """Gaps that were not asked for."""
    _asked: deque[Ask] = field(default_factory=deque)
    """In flight, or answered and not taken in yet."""
    _answers: dict[Ask, _Answer] = field(default_factory=dict)
    _barren: int = 0

    @classmethod
    def begin(
        cls,
        questions: Sequence[Question],
        *,
        newest: int,
        oldest: int | None = None,
        left: str | None = None,
        at_once: int = AT_ONCE,
    ) -> SearchPlan:
        """From the first question, or from where `left` says that a search like this one is.

        A text that says nothing of the kind makes the search begin anew.
        """
        plan = cls(questions, min(newest, MAX_ID), oldest, at_once)
        kept = decode(left)
        names = [question.name for question in questions]
        if kept is not None and kept.question in ("", *names):
            plan._go_on(kept)
        elif questions:
            plan._begin_question(questions[0])
        return plan

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to ask for and to take in."""
        return self._now is OVER

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1; each question counts the same."""
        if self.is_over:
            return 1.0
        now, names = self._now, [question.name for question in self.questions]
        shown = min(1.0, (now.passed + now.offset) / now.expected) if now.expected else 0.0
        return (names.index(now.question) + shown) / len(names)

    def left(self) -> str:
        """For `begin`: what is still to be done, as of what was taken in."""
        gaps = (_gap_of(ask) for ask in self._asked if ask.is_gap)
        now = self._now
        return encode(
            Left(
                question=now.question,
                max_id=now.max_id,
                offset=now.offset,
                total=now.total,
                oldest=now.oldest,
                joint=now.joint,
                passed=now.passed,
                expected=now.expected,
                gaps=(*gaps, *self._to_fill),
            )
        )

    def next_ask(self) -> Ask | None:
        """What to ask for now, beside all that is asked; None while only answers bring us on."""
        if self.is_over or len(self._asked) >= self.at_once or self._is_given_up:
            return None
        if self._to_fill:
            ask = self._ask_for(self._to_fill.popleft())
        elif self._has_more:
            ask = Ask(self._question, self.oldest, self._now.max_id, self._ahead)
            self._ahead += STEP
        else:
            return None
        self._asked.append(ask)
        return ask

    def answered(self, ask: Ask, ids: Sequence[int], total: int) -> None:
        """Notes an answer: the hits' ids in any order, and how many there seem to be in all."""
        self._answers[ask] = _Answer(tuple(ids), max(0, total))

    def take(self) -> Ask | None:
        """Takes in the answer that is next in the order of asking; None while it is not there.

        `found` has to be told before the next one.
        """
        if not self._asked or (answer := self._answers.pop(self._asked[0], None)) is None:
            return None
        ask = self._asked.popleft()
        lower = -1 if ask.min_id is None else ask.min_id
        ids = [one for one in answer.ids if lower < one < ask.max_id]  # what else should it show
        if ask.is_gap:
            self._fill(ask, ids, answer.total)
        else:
            self._note_page(ask, ids, answer.total)
        return ask

    def found(self, ask: Ask, new: int) -> None:
        """So many clips of the page that was taken in last were new, or not read by history yet."""
        if new:
            self._barren = 0
        elif not ask.is_gap or ask.offset:  # that a gap holds nothing is what is expected
            self._barren += 1
        self._settle()

    @property
    def _question(self) -> Question:
        return next(one for one in self.questions if one.name == self._now.question)

    @property
    def _is_given_up(self) -> bool:
        return self._barren >= PATIENCE

    @property
    def _has_more(self) -> bool:
        """Whether the block has a page that was not asked for; of a new one only the first is
        known to be there."""
        total = self._now.total
        if total is None:
            return self._ahead == 0
        return self._ahead <= LAST_OFFSET and self._ahead < total

    def _go_on(self, kept: Left) -> None:
        if not kept.question:
            self._now = OVER
            return
        self._now, self._ahead = kept, kept.offset
        self._to_fill.extend(kept.gaps)
        self._settle()

    def _begin_question(self, question: Question) -> None:
        self._now = Left(question=question.name, max_id=self.newest)
        self._ahead = self._barren = 0

    def _ask_for(self, gap: Gap) -> Ask:
        return Ask(self._question, gap.min_id, gap.max_id, gap.offset, is_gap=True)

    def _note_page(self, ask: Ask, ids: Sequence[int], total: int) -> None:
        now = self._now
        joint, oldest = now.joint, now.oldest
        if ids:
            if joint is None and ask.offset:  # the pages before it did not show what they hold
                joint = now.max_id
            if joint is not None and max(ids) < joint:
                self._to_fill.append(Gap(max(ids), joint))
            joint = min(ids)
            oldest = joint if oldest is None else min(oldest, joint)
        self._now = Left(
            question=now.question,
            max_id=now.max_id,
            offset=ask.offset + STEP,
            total=total,
            oldest=oldest,
            joint=joint,
            passed=now.passed,
            expected=now.expected or total,
        )

    def _fill(self, ask: Ask, ids: Sequence[int], total: int) -> None:
        """What is left of a gap: what is older than the hits seen, or not shown at this offset."""
        gap = _gap_of(ask)
        if ids:
            self._to_fill.append(Gap(gap.min_id, min(ids)))
            if gap.offset:  # as with a block whose first pages showed nothing
                self._to_fill.append(Gap(max(ids), gap.max_id))
        elif gap.offset + STEP < min(total, LAST_OFFSET):
            self._to_fill.append(Gap(gap.min_id, gap.max_id, gap.offset + STEP))

    def _settle(self) -> None:
        """To the next block or question, where this one has nothing left."""
        if self._asked:
            return
        now = self._now
        if not self._is_given_up:
            if self._to_fill or self._has_more:
                return
            if now.oldest is not None:  # the block below sees whether the total was too low
                self._now, self._ahead = (
                    Left(
                        question=now.question,
                        max_id=now.oldest,
                        passed=now.passed + now.offset,
                        expected=now.expected,
                    ),
                    0,
                )
                return
        self._to_fill.clear()
        following = self.questions[self.questions.index(self._question) + 1 :]
        if following:
            self._begin_question(following[0])
        else:
            self._now = OVER


def _gap_of(ask: Ask) -> Gap:
    assert ask.min_id is not None
    return Gap(ask.min_id, ask.max_id, ask.offset)
