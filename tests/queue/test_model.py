"""Random lives of jobs over three workers, held against a model after every step.

Workers read, lose replies, take, settle, fall silent, crash, wake up again with leases of long ago
and settle those, too. At every moment each run is in exactly one place, and only its holder moves
it. Time is played by ageing entries: their idle time is what the queue looks at.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis

from clipsaver.queue import intake, lease, produce
from clipsaver.queue.entries import Entry, parse_entry
from clipsaver.queue.intake import WAITING
from clipsaver.queue.lease import Lease
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.queue.outcomes import Verdict, settle
from clipsaver.queue.policy import Cancelled, Dead, Done, Failure, HandBack, Retry, Slice, Wait
from tests.examples import examples
from tests.queue.probe import BATCH, MESSAGE, Probe

FAILURE = Failure("internal_error", "x", "abc")
OUTCOMES = (
    Done(),
    Cancelled(),
    Retry(60, FAILURE),
    Wait(60, "x"),
    Slice(),
    Dead(FAILURE),
    HandBack(),
)
WORKERS = ("w0", "w1", "w2")
workers = st.sampled_from(WORKERS)
picks = st.integers(0, 10_000)


@dataclass
class Worker:
    """What one process has in memory."""

    seen: dict[str, Entry] = field(default_factory=dict)
    """Read and not taken."""
    leases: dict[str, Lease] = field(default_factory=dict)

    @property
    def held(self) -> list[str]:
        return [*self.seen, *self.leases]


class QueueMachine(RuleBasedStateMachine):
    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=asyncio.SelectorEventLoop)
        self.redis = Redis.from_url(self.url, protocol=3)
        self.link = Link(self.redis, Names("clips", "workers"), "the test server")
        self.probe = Probe(self.link)
        self.run(self.link.command("FLUSHALL"))
        self.run(intake.ensure_group(self.link))
        self.workers = {name: Worker() for name in WORKERS}
        self.ghosts: list[tuple[str, Lease]] = []
        """Leases of processes that crashed, or that were settled or lost: they may come again."""
        self.place: dict[str, str] = {}
        """Of each run: stream, delayed, dead or over."""
        self.owner: dict[str, str] = {}
        """Of each pending entry: the consumer."""
        self.fence: dict[str, int] = {}
        self.settled: set[int] = set()

    def run(self, coroutine):
        return self.runner.run(coroutine)

    def consumer(self, name: str) -> Consumer:
        return Consumer(self.link, name, f"host-{name}", 15_000)

    def teardown(self) -> None:
        self.run(self.redis.aclose())
        self.runner.close()

    def received(self, name: str, entries, *, lost: bool = False) -> None:
        """Entries that the server now counts as this worker's."""
        for entry in entries:
            assert entry.entry_id not in self.workers[name].held, "given twice"
            assert self.place[entry.run_id] == "stream"
            self.owner[entry.entry_id] = name
            if not lost:
                self.workers[name].seen[entry.entry_id] = entry

    def leases(self) -> list[tuple[str, Lease]]:
        """All that workers in memory hold, or believe to hold."""
        return [(name, held) for name in WORKERS for held in self.workers[name].leases.values()]

    @initialize()
    def begin(self) -> None:
        self.push([BATCH, BATCH, MESSAGE, BATCH, MESSAGE])

    @rule(jobs=st.lists(st.sampled_from([BATCH, BATCH, MESSAGE]), min_size=1, max_size=4))
    def push(self, jobs) -> None:
        for entry_id in self.run(produce.push(self.link, jobs)):
            self.place[produce.run_id_of(self.link, entry_id)] = "stream"

    @rule(name=workers, count=st.integers(1, 3), lost=st.booleans())
    def read(self, name, count, lost) -> None:
        entries = self.run(intake.read(self.consumer(name), count, block_ms=1))
        assert not [entry for entry in entries if entry.entry_id in self.owner], "delivered before"
        self.received(name, entries, lost=lost)

    @rule(name=workers, restarted=st.booleans())
    def own_pending(self, name, restarted) -> None:
        held = self.workers[name].held
        me = self.consumer(name)
        found = self.run(intake.own_pending(me, held=held, restarted=restarted))
        assert not found.gone
        assert {self.owner[entry.entry_id] for entry in found.entries} <= {name}
        self.received(name, found.entries)

    @rule(name=workers)
    def reclaim(self, name) -> None:
        held, me = self.workers[name].held, self.consumer(name)
        before = self.run(self.probe.pending())
        back = self.run(intake.reclaim(me, held=held))
        assert not back.gone
        after = self.run(self.probe.pending())
        moved = {entry_id for entry_id in after if after[entry_id] != before[entry_id]}
        moved = {entry_id for entry_id in moved if after[entry_id].consumer == WAITING}
        moved -= {entry_id for entry_id in moved if before[entry_id].consumer == WAITING}
        assert len(moved) == back.count
        for entry_id in moved:
            assert before[entry_id].idle_ms >= me.lease_ms, "taken from a living holder"
            assert after[entry_id].deliveries == before[entry_id].deliveries
            assert entry_id not in held
            self.owner[entry_id] = WAITING

    @rule(name=workers, count=st.integers(1, 3), others=st.integers(0, 3))
    def take_next(self, name, count, others) -> None:
        held, me = self.workers[name].held, self.consumer(name)
        found = self.run(intake.take_next(me, count, others=others, held=held))
        assert not found.gone
        assert len(found.entries) <= count
        assert sum(entry.job == BATCH for entry in found.entries) <= others
        for entry_id, row in self.run(self.probe.pending()).items():
            self.owner.setdefault(entry_id, WAITING)
            assert row.consumer in (self.owner[entry_id], name)
        assert all(self.owner[entry.entry_id] == WAITING for entry in found.entries)
        self.received(name, found.entries)

    @rule()
    def lose_the_line(self) -> None:
        names = self.link.names
        self.run(self.link.command("DEL", names.line, names.live, names.turns))
        # A lease so long that none has run out.
        self.run(intake.reclaim(Consumer(self.link, "nobody", "host", 10**12)))

    @precondition(lambda self: any(worker.seen for worker in self.workers.values()))
    @rule(pick=picks)
    def take(self, pick) -> None:
        seen = [(name, entry) for name in WORKERS for entry in self.workers[name].seen.values()]
        name, entry = seen[pick % len(seen)]
        self.take_one(name, entry)

    @precondition(lambda self: any(worker.seen for worker in self.workers.values()))
    @rule()
    def take_all(self) -> None:
        for name in WORKERS:
            for entry in list(self.workers[name].seen.values()):
                self.take_one(name, entry)

    def take_one(self, name, entry) -> None:
        del self.workers[name].seen[entry.entry_id]
        held = self.run(lease.take(self.consumer(name), entry, {}))
        if self.owner.get(entry.entry_id) != name:
            assert held is None, "took what another has"
            return
        assert held is not None
        assert held.fence > self.fence.get(entry.run_id, 0)
        self.fence[entry.run_id] = held.fence
        self.workers[name].leases[entry.entry_id] = held

    def is_held(self, name: str, held: Lease) -> bool:
        return (
            self.owner.get(held.entry.entry_id) == name
            and self.fence[held.run_id] == held.fence
            and held.fence not in self.settled
        )

    def settle_and_check(self, name: str, held: Lease, outcome) -> None:
        expected = Verdict.LOST
        if self.is_held(name, held):
            expected = Verdict.SETTLED
        elif self.fence[held.run_id] == held.fence and held.fence in self.settled:
            expected = Verdict.ALREADY
        assert self.run(settle(self.consumer(name), held, outcome)) is expected
        if expected is not Verdict.SETTLED:
            return
        self.settled.add(held.fence)
        if isinstance(outcome, HandBack):
            self.owner[held.entry.entry_id] = WAITING
        else:
            del self.owner[held.entry.entry_id]
        match outcome:
            case Done() | Cancelled():
                self.place[held.run_id] = "over"
            case Retry() | Wait():
                self.place[held.run_id] = "delayed"
            case Dead():
                self.place[held.run_id] = "dead"

    @precondition(lambda self: self.leases())
    @rule(pick=picks, outcome=st.sampled_from(OUTCOMES))
    def settle(self, pick, outcome) -> None:
        name, held = self.leases()[pick % len(self.leases())]
        del self.workers[name].leases[held.entry.entry_id]
        self.ghosts.append((name, held))
        self.settle_and_check(name, held, outcome)

    @precondition(lambda self: self.ghosts)
    @rule(pick=picks, outcome=st.sampled_from(OUTCOMES))
    def settle_with_a_lease_of_long_ago(self, pick, outcome) -> None:
        name, held = self.ghosts[pick % len(self.ghosts)]
        self.settle_and_check(name, held, outcome)

    @precondition(lambda self: self.leases())
    @rule(name=workers)
    def renew(self, name) -> None:
        leases = self.workers[name].leases
        expected = [held for held in leases.values() if not self.is_held(name, held)]
        assert self.run(lease.renew(self.consumer(name), list(leases.values()))) == expected
        for held in expected:
            del leases[held.entry.entry_id]
            self.ghosts.append((name, held))

    @precondition(lambda self: self.leases())
    @rule(pick=picks)
    def commit_a_page(self, pick) -> None:
        name, held = self.leases()[pick % len(self.leases())]
        got_on = self.run(lease.note_progress(self.consumer(name), held))
        assert (got_on is not None) == self.is_held(name, held)
        if got_on:
            self.workers[name].leases[held.entry.entry_id] = got_on

    @rule(name=workers)
    def put_back(self, name) -> None:
        seen = self.workers[name].seen
        mine = [entry for entry in seen.values() if self.owner.get(entry.entry_id) == name]
        assert self.run(intake.put_back(self.consumer(name), list(seen.values()))) == len(mine)
        self.owner |= {entry.entry_id: WAITING for entry in mine}
        seen.clear()

    @precondition(lambda self: self.leases())
    @rule(name=workers)
    def crash(self, name) -> None:
        self.ghosts += [(name, held) for held in self.workers[name].leases.values()]
        self.workers[name] = Worker()

    @precondition(lambda self: set(self.owner.values()) - {WAITING})
    @rule(pick=picks)
    def fall_silent(self, pick) -> None:
        held = sorted(entry for entry, owner in self.owner.items() if owner != WAITING)
        self.run(self.probe.age(held[pick % len(held)]))

    @precondition(lambda self: "delayed" in self.place.values())
    @rule(limit=st.integers(1, 3))
    def let_delays_pass(self, limit) -> None:
        self.run(self.probe.make_due())
        promoted = self.run(intake.promote_due(self.link, limit))
        delayed = {run for run, place in self.place.items() if place == "delayed"}
        assert promoted == min(limit, len(delayed))
        for run in delayed - self.runs_delayed():
            self.place[run] = "stream"

    def runs_delayed(self) -> set[str]:
        return {entry.run_id for entry in self.entries_delayed()}

    def entries_delayed(self) -> list[Entry]:
        members = self.run(self.probe.delayed())
        pairs = [dict(zip(flat[::2], flat[1::2], strict=True)) for flat in members]
        return [
            parse_entry("clips", "0-0", {k.encode(): v.encode() for k, v in fields.items()})
            for fields in pairs
        ]

    def runs_on(self, stream: str) -> list[str]:
        rows = self.run(self.link.command("XRANGE", stream, "-", "+"))
        return [parse_entry("clips", entry_id, fields).run_id for entry_id, fields in rows]

    @invariant()
    def every_run_is_in_exactly_one_place(self) -> None:
        names = self.link.names
        found = {
            "stream": self.runs_on(names.stream),
            "delayed": [entry.run_id for entry in self.entries_delayed()],
            "dead": self.runs_on(names.dead),
        }
        for place, runs in found.items():
            expected = sorted(run for run, known in self.place.items() if known == place)
            assert sorted(runs) == expected, place

    @invariant()
    def every_entry_is_pending_with_its_holder(self) -> None:
        pending = self.run(self.probe.pending())
        assert {entry_id: row.consumer for entry_id, row in pending.items()} == self.owner

    @invariant()
    def who_waits_is_in_line(self) -> None:
        names = self.link.names
        lines = [self.run(self.link.command("ZRANGE", key, 0, -1)) for key in names.places[1:3]]
        expected = {entry for entry, owner in self.owner.items() if owner == WAITING}
        assert {entry.decode() for line in lines for entry in line} == expected
        assert expected or not self.run(self.link.command("EXISTS", names.turns))

    @invariant()
    def each_outcome_was_told_once(self) -> None:
        told = [event for event in self.run(self.probe.events()) if event != "reclaimed"]
        assert len(told) == len(self.settled)

    @invariant()
    def every_key_that_should_expire_does(self) -> None:
        keys = {key.decode() for key in self.run(self.link.command("KEYS", "*"))}
        for key in keys - self.link.names.lasting:
            assert self.run(self.link.command("PTTL", key)) > 0, key


def test_nothing_is_lost_or_doubled_whatever_happens(redis_url):
    machine = type("Machine", (QueueMachine,), {"url": redis_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples(25),
            stateful_step_count=40,
            derandomize=False,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
