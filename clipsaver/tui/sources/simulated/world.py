"""Time in a made-up fleet: what is due, and what has happened so far.

Nothing moves between two things that are due but what can be told from the time alone, so however
often and whenever somebody looks, the same is seen at the same time.
"""

from __future__ import annotations

import heapq
import json
import random
import zlib
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from clipsaver.queue.events import Event
from clipsaver.queue.operating.audit import AuditEvent
from clipsaver.queue.operating.workers import WorkerState
from clipsaver.tui.sources.simulated.cast import OPERATOR, STREAM, Channel
from clipsaver.tui.sources.simulated.clips import Clip
from clipsaver.tui.sources.simulated.letters import Letter
from clipsaver.tui.sources.simulated.state import Ended, Hand, Run, Spot, Tally

KEPT_MINUTES = 120
_MOST_EVENTS = 1000
_MOST_ENDED = 200


class World:
    """All that there is; `working`, `faults` and the deeds of the operator change it."""

    def __init__(self, seed: int, began_ms: int, channels: Sequence[Channel]) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.channels = tuple(channels)
        self.began_ms = began_ms
        self.now_ms = began_ms
        self.size = 0
        """Runs that there are to be, more or less: others are pushed where some ended."""
        self.runs: dict[str, Run] = {}
        self.line: list[str] = []
        """Runs that wait for a slot, by whose turn it is."""
        self.hands: dict[str, Hand] = {}
        self.letters: dict[str, Letter] = {}
        self.retried: dict[str, Letter] = {}
        """The letters that were retried, by the run that this began."""
        self.ended: deque[Ended] = deque(maxlen=_MOST_ENDED)
        self.events: deque[Event] = deque(maxlen=_MOST_EVENTS)
        self.audit: deque[AuditEvent] = deque(maxlen=_MOST_EVENTS)
        self.minutes: dict[int, dict[str, Tally]] = {}
        self.depths: dict[int, int] = {}
        self.away: dict[str, int] = {}
        """`redis`, `database` or `token`: since when it does not serve."""
        self.quiet_until_ms = 0
        """Nothing is taken over before: Redis has just come back."""
        self.clips: list[Clip] = []
        """Those that can be looked at, the newest first."""
        self.clips_found = 0.0
        """In all, those that nobody has looked at included."""
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = 0
        self._given: Counter[int] = Counter()

    def advance(self, to_ms: int) -> None:
        """Let everything happen that is due by then; time never goes back."""
        while self._due and self._due[0][0] <= to_ms:
            at_ms, _, action = heapq.heappop(self._due)
            self.now_ms = max(self.now_ms, at_ms)
            action()
        self.now_ms = max(self.now_ms, to_ms)

    def later(self, delay_s: float, action: Callable[[], None]) -> None:
        """It is due then; of those of one moment, what was planned first goes first."""
        self._numbers += 1
        at_ms = self.now_ms + max(0, round(delay_s * 1000))
        heapq.heappush(self._due, (at_ms, self._numbers, action))

    def new_id(self) -> str:
        """An id for an entry, a letter or an event, of now; none is given twice."""
        number = self._given[self.now_ms]
        self._given[self.now_ms] += 1
        return f"{self.now_ms}-{number}"

    def forget_old(self) -> None:
        """What is kept for each moment or minute goes, where it is of no use any more."""
        self._given = Counter({at: n for at, n in self._given.items() if at >= self.now_ms})
        oldest = self.now_ms // 60_000 - KEPT_MINUTES
        self.minutes = {at: one for at, one in self.minutes.items() if at >= oldest}
        self.depths = {at: one for at, one in self.depths.items() if at >= oldest}

    def tell(
        self, name: str, run: str = "", worker: str = "", detail: Mapping[str, object] | None = None
    ) -> None:
        """One more event on the stream."""
        event_id = self.new_id()
        self.events.append(
            Event(event_id, int(event_id.partition("-")[0]), name, run, worker, dict(detail or {}))
        )

    def note(
        self,
        action: str,
        what: str,
        why: str,
        ids: Sequence[str],
        copies: Sequence[Sequence[str]] = (),
    ) -> None:
        """What the operator does, on record; `copies` as in the audit's entries."""
        event_id = self.new_id()
        request = f"{zlib.crc32(event_id.encode()):08x}"
        raw = json.dumps(copies).encode() if copies else b""
        self.audit.append(
            AuditEvent(event_id, action, OPERATOR, why, what, request, len(ids), tuple(ids), raw)
        )

    def tally(self, hand: Hand) -> Tally:
        """What the worker did in this minute."""
        by_worker = self.minutes.setdefault(self.now_ms // 60_000, {})
        return by_worker.setdefault(hand.name, Tally())

    def held_by(self, name: str) -> list[Run]:
        """What is under a worker's name, in the order of the entries."""
        found = (run for run in self.runs.values() if run.holder == name)
        return sorted(found, key=lambda run: id_order(run.entry_id))

    def at(self, spot: Spot) -> list[Run]:
        """What is in that part, in the order of the entries; what is delayed by when it is due."""
        if spot is Spot.LINE:
            return sorted(
                (self.runs[one] for one in self.line), key=lambda run: id_order(run.entry_id)
            )
        found = [run for run in self.runs.values() if run.spot is spot]
        if spot is Spot.DELAYED:
            return sorted(found, key=lambda run: (run.due_ms, run.run_id))
        return sorted(found, key=lambda run: id_order(run.entry_id))

    def idle_ms(self, run: Run) -> int:
        """Since its holder renewed its lease, or since it came where it waits."""
        hand = self.hands.get(run.holder)
        renewed_ms = hand.renewed_ms if hand and run.spot is Spot.HELD else 0
        return max(0, self.now_ms - max(run.since_ms, renewed_ms))

    def is_alive(self, hand: Hand) -> bool:
        """Whether its heartbeat is there."""
        return hand.is_alive(self.now_ms)

    def workers_that_take(self) -> list[Hand]:
        """Those that take jobs."""
        if self.away:
            return []
        return [
            hand
            for hand in self.hands.values()
            if not hand.is_dead and hand.state in (WorkerState.RUNNING, WorkerState.UNKNOWN)
        ]


def run_id_of(entry_id: str) -> str:
    """The run that begins with the entry."""
    return f"{STREAM}/{entry_id}"


@lru_cache(maxsize=4096)
def id_order(entry_id: str) -> tuple[int, int]:
    """Ids in the order of Redis."""
    at_ms, _, number = entry_id.partition("-")
    return int(at_ms), int(number)
