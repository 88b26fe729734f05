"""One worker's conversation with the limits in Redis: what is put together goes together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
import trio

from clipsaver.discord_rest.limits import wire
from clipsaver.discord_rest.limits.lua import invalid_key, script, token_key
from clipsaver.errors import RedisUnavailable
from clipsaver.outage import Outage, insist
from clipsaver.records import LearntLimit
from clipsaver.redis_calls.scripts import RedisCommands
from clipsaver.redis_calls.unavailable import translated

MARGIN_S = 0.004
"""By which a token's second is longer than a second: how much later than it was meant to go a
request may leave this machine without more arriving in a second of Discord's than was meant to."""
MENTIONED_WITHIN_S = 0.05
"""What nobody waits for goes with the next question, and so late at most."""
_LONGEST_RETRY_S = 2.0
_BLOCK_MS = 5_000
_NEVER = float("inf")


class Question:
    """Something that was asked."""

    __slots__ = ("_done", "_reply", "_then", "answered_at", "sent_at")

    def __init__(self) -> None:
        self._done = trio.Event()
        self._reply: wire.Reply = ()
        self._then: Callable[[wire.Reply], None] | None = None
        self.sent_at = 0.0
        """When the call left (Trio's clock): no later than its answer's time in Redis."""
        self.answered_at = 0.0
        """When its answer came: no earlier than the answer's time in Redis."""

    async def answer(self) -> wire.Reply:
        await self._done.wait()
        return self._reply

    def once_answered(self, do: Callable[[wire.Reply], None]) -> None:
        """Nobody awaits the answer any more; this is to be done with it, now or when it comes."""
        if self._done.is_set():
            do(self._reply)
        else:
            self._then = do

    def is_answered(self, reply: wire.Reply, sent_at: float, now: float) -> None:
        self._reply, self.sent_at, self.answered_at = reply, sent_at, now
        self._done.set()
        if self._then is not None:
            self._then(reply)


class Conversation:
    """Collects what is asked and told, and sends it in turns; nothing is ever said twice at once.

    While Redis is away it is tried again with backoff, and all questions wait. Every call bears
    repeating, so that a lost reply changes nothing.
    """

    def __init__(
        self,
        redis: RedisCommands,
        *,
        server: str,
        token: str,
        rate: float,
        egress: str,
        worker: str,
        dice: Callable[[], float],
    ) -> None:
        self._redis = redis
        self._server = server
        self._keys = (token_key(token), invalid_key(egress))
        self._rate = rate
        self._worker = worker
        self._dice = dice
        self._outage = Outage("limits")
        self.on_outcome: Callable[[wire.Outcome, float], None] = lambda *_: None
        self.learnt: frozenset[LearntLimit] = frozenset()
        """What only 429s have shown."""
        self.lesson = trio.Event()
        """Set, and replaced by a new one, when that has changed."""
        self._longest_s = 0.0
        self._lessons, self._born = -1, 0.0
        self._ahead_s = 0.0
        self._things: list[tuple[wire.Thing, float]] = []
        self._questions: list[Question] = []
        self._due = _NEVER
        self._alarm: trio.CancelScope | None = None

    @property
    def is_cut_off(self) -> bool:
        """Redis is away."""
        return self._outage.is_on

    def redis_time(self, at: float) -> float:
        """A time on Trio's clock as Redis has it, give or take a round trip."""
        return at + self._ahead_s

    def put(self, thing: wire.Thing) -> Question:
        """Asks; the answer can be awaited."""
        question = Question()
        self._questions.append(question)
        self.tell(thing)
        return question

    async def ask(self, thing: wire.Thing) -> wire.Reply:
        """Asks, and returns the answer."""
        return await self.put(thing).answer()

    def tell(self, thing: wire.Thing) -> None:
        """Says it at once."""
        self._add(thing, 0.0)

    def mention(self, thing: wire.Thing) -> None:
        """Says it soon."""
        self._add(thing, MENTIONED_WITHIN_S)

    async def talk(self) -> None:
        """Sends what there is to say when it is due, until cancelled."""
        while True:
            while trio.current_time() < self._due:
                with trio.CancelScope(deadline=self._due) as self._alarm:
                    await trio.sleep_forever()
            await self._say()

    async def say_the_rest(self) -> None:
        """What is left to say at the end, if Redis is there: others need not wait for leases."""
        while self._things and not self.is_cut_off:
            await self._say()

    async def listen(self, woken: Callable[[Sequence[str]], None]) -> None:
        """Hears of channels that have become free, until cancelled."""
        stream, last = f"{self._keys[0]}:wake:{self._worker}", "0"
        while True:
            try:
                with translated(self._server):
                    found = await self._redis.execute_command(
                        "XREAD", "BLOCK", _BLOCK_MS, "STREAMS", stream, last
                    )
            except RedisUnavailable:
                await trio.sleep(self._dice() * _LONGEST_RETRY_S)
                continue
            for entries in (found or {}).values():
                for entry_id, fields in entries[0]:
                    last = entry_id
                    woken([fields[b"t"].decode()])

    def _add(self, thing: wire.Thing, within_s: float) -> None:
        now = trio.current_time()
        self._things.append((thing, now))
        self._due = min(self._due, now + within_s)
        if self._alarm is not None:
            self._alarm.deadline = min(self._alarm.deadline, self._due)

    async def _say(self) -> None:
        things, self._things = self._things, []
        questions, self._questions = self._questions, []
        self._due = _NEVER
        try:
            sent_at, outcome = await insist(
                lambda: self._send(things),
                self._outage,
                RedisUnavailable,
                dice=self._dice,
                longest_s=_LONGEST_RETRY_S,
            )
        except BaseException:  # cancelled: whether it was heard is unknown, and it bears repeating
            self._things[:0], self._questions[:0] = things, questions
            raise
        now = trio.current_time()
        self._ahead_s = outcome.now - now
        self._learn(outcome)
        self.on_outcome(outcome, now)
        for question, reply in zip(questions, outcome.replies, strict=True):
            question.is_answered(reply, sent_at, now)

    async def _send(self, things: Sequence[tuple[wire.Thing, float]]) -> tuple[float, wire.Outcome]:
        sent_at = trio.current_time()
        call = wire.Call(
            self._worker,
            self._rate,
            MARGIN_S,
            self._longest_s,
            self._lessons,
            [_aged(thing, sent_at - at) for thing, at in things],
        )
        with translated(self._server):
            reply = await script("turn").run(self._redis, self._keys, [wire.pack(call)])
        return sent_at, wire.unpack(reply)

    def remember(self, known: Iterable[LearntLimit]) -> None:
        """Brings in what was learnt in earlier lives, where Redis does not know better."""
        self.learnt |= {one for one in known if one.route not in {it.route for it in self.learnt}}
        self._remind()

    def _remind(self) -> None:
        for one in self.learnt:
            self._longest_s = max(self._longest_s, one.window_s)
            self.tell(wire.Seed(one.route, one.count, one.window_s, one.patience_s))
        self._lessons = -1

    def _learn(self, outcome: wire.Outcome) -> None:
        self._longest_s = max(self._longest_s, outcome.longest)
        if outcome.born != self._born:
            self._born = outcome.born
            if self.learnt:  # Redis does not know it, or not any more
                self._remind()
                return
        if outcome.lessons == self._lessons:
            return
        self._lessons = outcome.lessons
        learnt = frozenset(LearntLimit(*one) for one in outcome.learnt or ())
        if learnt != self.learnt:
            self.learnt = learnt
            self.lesson.set()
            self.lesson = trio.Event()


def _aged(thing: wire.Thing, age_s: float) -> wire.Thing:
    """Tells how long ago it was, where that matters."""
    if isinstance(thing, wire.Answered | wire.Lost):
        return msgspec.structs.replace(thing, ago=age_s)
    return thing
