"""What workers of a made-up fleet do: take entries, get on, wait, fail, end.

What becomes of an error is decided by `queue.policy`, as in a worker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clipsaver.errors import DiscordUnavailable, RateLimited
from clipsaver.queue import policy
from clipsaver.queue.progress import Obstacle
from clipsaver.tui.sources.simulated.letters import letter_of
from clipsaver.tui.sources.simulated.slots import (
    LIVE,
    THUMBNAILS,
    emptiest,
    holder_of_channel,
    live_in_line,
    unreadable,
)
from clipsaver.tui.sources.simulated.state import BACKOFF_S, RULES, Ended, Hand, Run, Spot
from clipsaver.tui.sources.simulated.telling import add_posted, note_failure, stage_of, tell_of
from clipsaver.tui.sources.simulated.world import World

MESSAGES = "GET /channels/{channel.id}/messages"
TOKEN_WAIT_S = 300.0
_RATES = {LIVE: 2.0, THUMBNAILS: 1.3, "guild": 0.8}
"""Of types whose pace is not that of history."""
TOTAL_RATE = 50.0
"""Requests a second of all workers together, if all of their slots read history."""
_MOST_OF_A_CHANNEL = 4.8
_INCIDENT_EVERY_S = 28.0
_STILL_UNWELL = 0.5
"""How likely what has failed is to fail again at once."""


class Working:
    """The rules by which the world gets on."""

    def __init__(self, world: World) -> None:
        self.world = world

    def dispatch(self) -> None:
        """Give what waits in line to free slots: live jobs first, into the emptiest worker."""
        world = self.world
        while world.line and (hand := emptiest(world, is_live=False)) is not None:
            self.take(world.runs[world.line.pop(0)], hand)
        while (run := live_in_line(world)) and (hand := emptiest(world, is_live=True)):
            world.line.remove(run.run_id)
            self.take(run, hand)

    def take(self, run: Run, hand: Hand) -> None:
        """A delivery begins, unless the run has taken too many workers down."""
        world = self.world
        run.deliveries += 1
        run.spot, run.since_ms, run.holder = Spot.HELD, world.now_ms, hand.name
        run.was_taken, run.obstacle, run.turn = True, None, run.turn + 1
        run.mark_ms, run.pages_at_take, run.rate = world.now_ms, run.pages, 0.0
        poisoned = policy.poison(run.deliveries, max_deliveries=RULES.max_deliveries)
        if poisoned is not None:
            self.bury(run, poisoned.failure)
        elif (holder := holder_of_channel(world, run)) is not None:
            self.put_off(run, policy.channel_busy(run.waits, world.rng, holder))
        elif (doom := run.doom or unreadable(run)) is not None:
            self.fail(run, doom)
        elif run.attempts and world.rng.random() < _STILL_UNWELL:
            self._plan(run, 0.8, self._fail)
        else:
            self.go(run)

    def go(self, run: Run) -> None:
        """Pages come from now on, until it is done or something happens."""
        world = self.world
        scans = sum(hand.slots - 1 for hand in world.hands.values() if not hand.is_dead)
        fair = TOTAL_RATE / max(1, scans) * world.rng.uniform(0.9, 1.1)
        run.rate = _RATES.get(run.sketch.type, min(_MOST_OF_A_CHANNEL, fair))
        run.mark_ms, run.turn = world.now_ms, run.turn + 1
        left_s = (run.to_read - run.pages) / run.rate
        incident_s = world.rng.expovariate(1 / _INCIDENT_EVERY_S)
        what = self._end if left_s <= incident_s else self._incident
        self._plan(run, min(left_s, incident_s), what)

    def _plan(self, run: Run, delay_s: float, what: Callable[[Run], None]) -> None:
        turn = run.turn

        def happen() -> None:
            if self.world.runs.get(run.run_id) is run and run.turn == turn:
                what(run)

        self.world.later(delay_s, happen)

    def settle(self, run: Run) -> None:
        """Put down what it has read up to now."""
        world = self.world
        now_pages = run.pages_at(world.now_ms)
        gained, run.pages, run.mark_ms = now_pages - run.pages, now_pages, world.now_ms
        hand = world.hands.get(run.holder)
        if hand is not None and gained > 0:
            hand.total.read(gained, run)
            world.tally(hand).read(gained, run)
            world.clips_found += gained * run.per_page * run.density
        if run.pages - run.pages_at_take >= 1:
            run.deliveries, run.attempts, run.waits = min(run.deliveries, 1), 0, 0

    def stop(self, run: Run) -> None:
        """It reads no more; what was planned for it is void."""
        self.settle(run)
        run.rate, run.turn = 0.0, run.turn + 1

    def _incident(self, run: Run) -> None:
        dice = self.world.rng.random()
        if dice < 0.6:
            self._wait_for_limit(run)
        elif dice < 0.8:
            self._fail(run)
        elif dice < 0.87:
            self._wait_for_long(run)
        else:
            self.stand_again(run, "slice")

    def _wait_for_limit(self, run: Run) -> None:
        world = self.world
        wait_s = world.rng.uniform(1.5, 6.0)
        name = world.rng.choices(("bucket", "asked", "pace"), (6, 1, 2))[0]
        of = "" if name == "pace" else f"{MESSAGES} {run.sketch.channel_id}"
        self.hold_up(run, name, of, wait_s)
        if name == "asked" and (hand := world.hands.get(run.holder)):
            hand.total.refused += 1
            world.tally(hand).refused += 1

    def _wait_for_long(self, run: Run) -> None:
        """A 429 asks for more than a request may wait: others have the slot meanwhile."""
        self.stop(run)
        wait_s = self.world.rng.uniform(15.0, 60.0)
        route = f"GET /channels/{run.sketch.channel_id}/messages"
        words = f"Discord asks to wait for {wait_s:.0f} s"
        self.fail(run, RateLimited(words, route=route, retry_after_s=wait_s))

    def hold_up(self, run: Run, name: str, of: str, wait_s: float) -> None:
        """It waits where it is, and keeps its slot."""
        world = self.world
        self.stop(run)
        until_ms = world.now_ms + round(wait_s * 1000)
        run.obstacle = Obstacle(name, of, world.now_ms, until_ms)
        if hand := world.hands.get(run.holder):
            for tally in (hand.total, world.tally(hand)):
                tally.waits += 1
                tally.waited_s += wait_s
        self._plan(run, wait_s, self.goes_on)

    def goes_on(self, run: Run) -> None:
        """What was in its way is gone."""
        run.obstacle = None
        self.go(run)

    def _fail(self, run: Run) -> None:
        """A request got no usable answer; the policy says what becomes of it."""
        world = self.world
        self.stop(run)
        status = world.rng.choice((500, 502, 503, None))
        words = "no answer within 30 s" if status is None else "Discord could not answer"
        error = DiscordUnavailable(
            f"{words} in 5 attempts",
            route=f"GET /channels/{run.sketch.channel_id}/messages",
            status=status,
        )
        self.fail(run, error)

    def fail(self, run: Run, error: Exception) -> None:
        """What the policy makes of an error: a retry, a wait or a dead letter."""
        world = self.world
        outcome = policy.decide(
            error,
            attempts=run.attempts,
            max_attempts=RULES.max_attempts,
            backoff_s=BACKOFF_S,
            rng=world.rng,
        )
        match outcome:
            case policy.Retry(delay_s, failure):
                run.attempts, run.waits, run.obstacle = run.attempts + 1, 0, None
                note_failure(world, run, failure)
                detail = {"attempts": run.attempts, "delay_s": round(delay_s, 3)}
                why = {"reason": failure.reason, "error": failure.error}
                self._delay(run, "retry", delay_s, {**why, **detail}, failed=True)
            case policy.Wait():
                self.put_off(run, outcome)
            case policy.Dead(failure):
                self.bury(run, failure)

    def put_off(self, run: Run, wait: policy.Wait) -> None:
        """An obstacle is in its way: until it is due, it takes no slot."""
        run.waits, run.reason, run.error = run.waits + 1, wait.why, ""
        run.obstacle = Obstacle(wait.why, wait.of, self.world.now_ms)
        told = {"why": wait.why, "of": wait.of, "delay_s": round(wait.delay_s, 3)}
        self._delay(run, "wait", wait.delay_s, told, failed=False)

    def _delay(
        self, run: Run, event: str, delay_s: float, detail: dict[str, object], *, failed: bool
    ) -> None:
        world = self.world
        if not run.has_body:
            self._conclude(run, "gone")
            return
        tell_of(world, run, event, detail)
        run.spot, run.holder, run.since_ms = Spot.DELAYED, "", world.now_ms
        run.due_ms, run.has_failed = world.now_ms + round(delay_s * 1000), failed
        run.deliveries, run.turn = 0, run.turn + 1
        self.plan_due(run)
        self.dispatch()

    def plan_due(self, run: Run) -> None:
        """It goes to the end of the stream when it is due."""
        self._plan(run, (run.due_ms - self.world.now_ms) / 1000, self._come_due)

    def _come_due(self, run: Run) -> None:
        if "token" in self.world.away:
            self.put_off(run, policy.Wait(TOKEN_WAIT_S, "token_rejected"))
        elif not self.world.workers_that_take():
            self._plan(run, 1.0, self._come_due)
        else:
            self.push(run)

    def push(self, run: Run) -> None:
        """To the end of the stream, under a new entry id; it is read some seconds later."""
        world = self.world
        run.entry_id, run.spot = world.new_id(), Spot.UNREAD
        run.holder, run.since_ms, run.due_ms, run.turn = "", world.now_ms, 0, run.turn + 1
        self.plan_read(run)

    def plan_read(self, run: Run) -> None:
        """The group reads it within some seconds, a live job at once."""
        live = run.sketch.type == LIVE
        self._plan(run, 0.1 if live else self.world.rng.uniform(2.0, 7.0), self._be_read)

    def _be_read(self, run: Run) -> None:
        if not self.world.workers_that_take():
            self._plan(run, 1.0, self._be_read)
            return
        run.spot, run.since_ms = Spot.LINE, self.world.now_ms
        self.world.line.append(run.run_id)
        self.dispatch()

    def stand_again(self, run: Run, event: str) -> None:
        """It has had its time and others wait: to the end of the stream."""
        self.stop(run)
        if run.has_body:
            tell_of(self.world, run, event, {})
            self.push(run)
        else:
            self._conclude(run, "gone")
        self.dispatch()

    def free(self, run: Run) -> None:
        """It waits in line again, in front, under the same entry id."""
        run.spot, run.holder, run.since_ms = Spot.LINE, "", self.world.now_ms
        run.obstacle, run.turn = None, run.turn + 1
        self.world.line.insert(0, run.run_id)

    def _end(self, run: Run) -> None:
        self.stop(run)
        if run.sketch.type == LIVE and run.has_body:
            add_posted(self.world, run)
        self._conclude(run, "done" if run.has_body else "gone")
        self.dispatch()

    def _conclude(self, run: Run, state: str) -> None:
        tell_of(self.world, run, state, {})
        self.leave(run, state)

    def leave(self, run: Run, state: str, note: str = "", reason: str | None = None) -> None:
        """It is over, and off the stream."""
        world = self.world
        world.ended.appendleft(Ended(replace(run), state, world.now_ms, run.holder, note, reason))
        self.forget(run)

    def forget(self, run: Run) -> None:
        """It is on no list any more."""
        run.turn += 1
        self.world.runs.pop(run.run_id, None)
        if run.run_id in self.world.line:
            self.world.line.remove(run.run_id)

    def bury(self, run: Run, failure: policy.Failure, by: str = "") -> str:
        """To the dead letters, by its holder or by a person; returns the letter's id."""
        world = self.world
        self.stop(run)
        run.holder = by or run.holder
        note_failure(world, run, failure)
        tell_of(world, run, "dead", {"reason": failure.reason, "error": failure.error})
        letter_id = world.new_id()
        world.letters[letter_id] = letter_of(replace(run), failure, letter_id, stage=stage_of(run))
        self.leave(run, "dead", failure.error, failure.reason)
        self.dispatch()
        return letter_id
