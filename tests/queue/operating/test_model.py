"""Jobs die, are retried, taken back and dropped by several people, held against a model.

After every step each job is in exactly one place, and the audit has each change once.
"""

from __future__ import annotations

import asyncio
import json

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis

from clipsaver.jobs import BatchJob, MessageJob, encode
from clipsaver.queue import intake, lease, produce
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.dead_letters import dead
from clipsaver.queue.operating.dead_letters.dead_actions import Fate, drop, retry, undo_retry
from clipsaver.queue.operating.dead_letters.wanted import Wanted
from clipsaver.queue.outcomes import settle
from clipsaver.queue.policy import Dead, Done, Failure

REASONS = ("not_found", "internal_error", "wrong_guild")
PEOPLE = ("alice@desk", "bob@desk")
ACTIONS = {retry: Fate.RETRIED, drop: Fate.DROPPED}
people = st.sampled_from(PEOPLE)
reasons = st.sampled_from(REASONS)
actions = st.sampled_from(list(ACTIONS))


class DeadMachine(RuleBasedStateMachine):
    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=asyncio.SelectorEventLoop)
        self.redis = Redis.from_url(self.url, protocol=3)
        self.link = Link(self.redis, Names("clips", "workers"), "the test server")
        self.me = Consumer(self.link, "me", "host-a", 15_000)
        self.run(self.link.command("FLUSHALL"))
        self.run(intake.ensure_group(self.link))
        self.place: dict[str, str] = {}
        """Of each job, by its job_id: stream, dead or over."""
        self.reason: dict[str, str] = {}
        self.letter: dict[str, str] = {}
        self.retries: dict[str, int] = {}
        self.asked: dict[str, list[str]] = {name: [] for name in PEOPLE}
        """Letters that each of them was shown last; others may have been there since."""
        self.changed = 0

    def run(self, coroutine):
        return self.runner.run(coroutine)

    def teardown(self) -> None:
        self.run(self.redis.aclose())
        self.runner.close()

    @rule(is_batch=st.booleans())
    def push(self, is_batch) -> None:
        job_id = str(len(self.place))
        job = (
            BatchJob(guild_id="1", channel_id="2", job_id=job_id)
            if is_batch
            else MessageJob(guild_id="1", channel_id="2", message_ids=("3",), job_id=job_id)
        )
        self.run(produce.push(self.link, [encode(job)]))
        self.place[job_id] = "stream"

    @precondition(lambda self: "stream" in self.place.values())
    @rule(reason=st.none() | reasons)
    def work(self, reason) -> None:
        """A worker takes the next job; with a reason it dies."""
        (entry,) = self.run(intake.read(self.me, 1, block_ms=1))
        job_id = entry.decoded().job_id
        assert self.place[job_id] == "stream"
        assert entry.carried.retries == self.retries.get(job_id, 0)
        held = self.run(lease.take(self.me, entry, {}))
        assert (held.attempts, held.deliveries) == (0, 1)
        outcome = Dead(Failure(reason, "x", f"of {reason}")) if reason else Done()
        self.run(settle(self.me, held, outcome))
        self.place[job_id] = "dead" if reason else "over"
        if reason:
            self.reason[job_id] = reason
            self.letter[job_id] = self.run(dead.look(self.link, count=1)).letters[0].letter_id

    @rule(who=people, reason=st.none() | reasons, limit=st.none() | st.integers(1, 3))
    def look(self, who, reason, limit) -> None:
        """Somebody is shown what there is, the oldest first."""
        wanted = Wanted(reason=frozenset([reason] if reason else []))
        expected = [
            self.letter[job_id]
            for job_id, place in self.place.items()
            if place == "dead" and reason in (None, self.reason[job_id])
        ]
        expected.sort(key=lambda one: tuple(map(int, one.split("-"))))
        selection = self.run(dead.select(self.link, wanted, limit=limit))
        assert selection.ids == expected[:limit]
        assert sum(selection.reasons.values()) == len(selection.ids)
        found = self.run(dead.look(self.link, wanted, count=limit or 10_000))
        assert [one.letter_id for one in found.letters] == expected[::-1][:limit]
        assert sum(group.count for group in self.run(dead.groups(self.link, wanted))) == len(
            expected
        )
        self.asked[who] = selection.ids

    @precondition(lambda self: any(self.asked.values()))
    @rule(who=people, action=actions)
    def act(self, who, action) -> None:
        """They act on what they were shown; somebody else may have been quicker."""
        there = {
            self.letter[job_id]: job_id for job_id, place in self.place.items() if place == "dead"
        }
        ids = self.asked[who]
        handled = self.run(action(self.link, ids, Act(who)))
        assert [one.letter_id for one in handled] == ids
        for one in handled:
            if one.letter_id not in there:
                assert one.fate is Fate.GONE
                continue
            assert one.fate is ACTIONS[action]
            job_id = there[one.letter_id]
            self.changed += 1
            if action is retry:
                self.place[job_id] = "stream"
                self.retries[job_id] = self.retries.get(job_id, 0) + 1
            else:
                self.place[job_id] = "over"

    @precondition(lambda self: any(self.asked.values()))
    @rule(who=people)
    def undo(self, who) -> None:
        """They take back what of it was retried, by whomever, and has not begun."""
        waiting = {
            self.letter[job_id]: job_id
            for job_id, place in self.place.items()
            if place == "stream" and job_id in self.letter
        }
        over = {
            self.letter[job_id]
            for job_id, place in self.place.items()
            if place == "over" and job_id in self.letter
        }
        for one in self.run(undo_retry(self.link, self.asked[who], Act(who))):
            if one.letter_id not in waiting:
                assert one.fate is Fate.GONE or one.letter_id in over
                continue
            assert one.fate is Fate.UNDONE
            job_id = waiting[one.letter_id]
            self.place[job_id], self.letter[job_id] = "dead", one.now_id
            self.retries[job_id] -= 1
            self.changed += 1

    @invariant()
    def every_job_is_in_exactly_one_place(self) -> None:
        names = self.link.names
        for place, key in (("stream", names.stream), ("dead", names.dead)):
            rows = self.run(self.link.command("XRANGE", key, "-", "+"))
            found = [json.loads(fields[b"job"])["job_id"] for _, fields in rows]
            expected = [job_id for job_id, known in self.place.items() if known == place]
            assert sorted(found) == sorted(expected), place

    @invariant()
    def every_change_is_on_record_once(self) -> None:
        events = self.run(audit.read(self.link, count=10_000))
        assert sum(event.count for event in events) == self.changed
        ids = [(event.action, one) for event in events for one in event.ids]
        assert len(ids) == len(set(ids)) == self.changed


def test_each_letter_is_retried_or_dropped_once_whoever_asks(redis_url):
    machine = type("Machine", (DeadMachine,), {"url": redis_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
