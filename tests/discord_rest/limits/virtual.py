"""The limits in a real Valkey, with a clock that only a test moves."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import redis
import trio

from clipsaver.discord_rest import routes
from clipsaver.discord_rest.headers import NOTHING, LimitHeaders
from clipsaver.discord_rest.limits import wire
from clipsaver.discord_rest.limits.lua import script
from clipsaver.discord_rest.limits.permits import Turn, Why
from clipsaver.discord_rest.limits.view import unpack_view
from clipsaver.discord_rest.outcomes import Answer, Refusal
from clipsaver.redis_calls.scripts import Script

CLOCK = b"""
local function now_s() return tonumber(redis.call('GET', KEYS[1] .. ':virtual now')) end
local function server_id() return redis.call('GET', KEYS[1] .. ':virtual server') end
"""
START = 1_790_000_000.0
"""What the tests' 0 is on the virtual clock: times as large as real ones."""
_numbers = itertools.count(1)


def history(channel):
    return routes.MESSAGES.to(channel=channel)


def on_virtual_clock(name):
    real = script(name).source
    clock = script(name).source.index(b"-- The state of one token")
    return Script(name, CLOCK + real[clock:])


class VirtualRedis:
    """Redis for Trio tasks on a clock that jumps: its time is Trio's, and no command takes any.

    `trouble` is raised by each command while it is set.
    """

    def __init__(self, url):
        self._redis = redis.Redis.from_url(url, protocol=3)
        self._turned = trio.Event()
        self._known = {}
        self.trouble = None
        self.replies_may_arrive = trio.Event()
        self.replies_may_arrive.set()
        self.calls = 0

    async def execute_command(self, *words, **_):
        await trio.lowlevel.checkpoint()
        if self.trouble is not None:
            raise self.trouble
        if words[0] == "XREAD":
            return await self._read(words)
        assert words[0] in ("EVALSHA", "EVAL")
        reply = self._turn(words[3], words[2:])
        await self.replies_may_arrive.wait()
        return reply

    def _turn(self, key, arguments):
        self.calls += 1
        self._redis.set(key + ":virtual now", repr(START + trio.current_time()))
        self._redis.set(key + ":virtual server", "s", nx=True)
        if key not in self._known:
            self._known[key] = on_virtual_clock("turn")
            self._redis.hset(key, "epoch", "s")
        try:
            return self._redis.evalsha(self._known[key].digest, *arguments)
        except redis.exceptions.NoScriptError:
            return self._redis.eval(self._known[key].source, *arguments)
        finally:
            self._turned.set()
            self._turned = trio.Event()

    async def _read(self, words):
        _, _, block_ms, _, stream, last = words
        with trio.move_on_after(block_ms / 1000):
            while not (found := self._redis.xread({stream: last})):
                await self._turned.wait()
            return found
        return {}


@dataclass(frozen=True)
class Wait:
    until: float
    why: Why


@dataclass
class Admission:
    id: str
    mark: str
    route: str
    major: str
    sent: float


@dataclass
class Ticket:
    """A request of one worker that may wait."""

    request: object
    turn: Turn = Turn.BACKFILL
    worker: str = "w"
    trial: bool = False
    id: str = field(default_factory=lambda: f"t{next(_numbers)}")
    seq: int = 0
    since: float = 0.0


class VirtualLimits:
    """One token's limits. Times are seconds from START."""

    def __init__(self, url, rate=1e9, *, margin=0.0, quiet=False):
        self.redis = redis.Redis.from_url(url)
        self.script = on_virtual_clock("turn")
        self.rate, self.margin = rate, margin
        self.key = f"{{test:{next(_numbers)}}}"
        self.host = "here"
        self.budget = f"{self.key}:invalid"
        self.last = None
        self.restart()
        if not quiet:
            self.redis.hset(self.key, mapping={"epoch": self.server, "born": START, "lessons": 1})

    @property
    def invalid_key(self):
        return f"{self.budget}:{self.host}"

    def restart(self, *, flushed=False):
        """Another server answers from now on."""
        if flushed:
            for key in self.redis.scan_iter(match=self.key.replace("{", "\\{") + "*"):
                self.redis.delete(key)
        self.server = f"server {next(_numbers)}"
        self.redis.set(f"{self.key}:virtual server", self.server)

    def turn(self, now, *things, worker="w", longest=1.0, lessons=-1):
        self.redis.set(f"{self.key}:virtual now", repr(START + now))
        call = wire.Call(worker, self.rate, self.margin, longest, lessons, things)
        keys = (self.key, self.invalid_key)
        try:
            reply = self.redis.evalsha(self.script.digest, 2, *keys, wire.pack(call))
        except redis.exceptions.NoScriptError:
            reply = self.redis.eval(self.script.source, 2, *keys, wire.pack(call))
        self.last = wire.unpack(reply)
        return self.last

    def view(self, now):
        """What `clipsaver limits` would show."""
        self.redis.set(f"{self.key}:virtual now", repr(START + now))
        nobody = wire.pack(wire.Call("", 1.0, 0.0, 0.0, -1, ()))
        looking = on_virtual_clock("view")
        return unpack_view(self.redis.eval(looking.source, 2, self.key, self.invalid_key, nobody))

    def take(self, ticket, now):
        """Admission, Wait or `held`."""
        request = ticket.request
        it = wire.Take(
            ticket.id, request.route.name, request.major, str(request), ticket.turn,
            START + ticket.since, seq=ticket.seq, trial=ticket.trial,
        )  # fmt: skip
        (reply,) = self.turn(now, it, worker=ticket.worker).replies
        if reply[0] == "go":
            return Admission(ticket.id, reply[2], request.route.name, request.major, now)
        if reply[0] == "held":
            return "held"
        ticket.seq = int(reply[3])
        return Wait(now + reply[1], Why(reply[2]))

    def admit(self, request, now):
        """As take, for somebody who does not wait: a Wait leaves nothing behind."""
        ticket = Ticket(request)
        verdict = self.take(ticket, now)
        if isinstance(verdict, Wait):
            self.leave(ticket, now)
        return verdict

    def leave(self, ticket, now):
        self.turn(now, wire.Leave(ticket.id, ticket.request.major, ticket.seq))

    def answered(self, admission, said: LimitHeaders, refusal, now, status=None):
        status = status or (429 if refusal else 200)
        answer = Answer(status, said, b"", now, None, refusal)
        one = admission
        return self.turn(now, wire.answered(one.id, one.mark, one.route, one.major, answer))

    def came(self, now, status, scope=None, retry_after_s=1.0):
        """An answer to no matter which request."""
        refusal = Refusal(scope, retry_after_s) if scope else None
        answer = Answer(status, NOTHING, b"", now, None, refusal)
        return self.hear(now, answer)

    def hear(self, now, answer):
        mark = f"{START + now:.6f}:a{next(_numbers)}"
        name = mark.partition(":")[2]
        return self.turn(now, wire.answered(name, mark, "GET /users/@me", "", answer))

    def lost(self, admission, now):
        self.turn(now, wire.Lost(admission.id, admission.mark, admission.route, admission.major))

    def returned(self, admission, now):
        one = admission
        self.turn(now, wire.Returned(one.id, one.mark, one.route, one.major))

    def serve(self, request, now, said=NOTHING, took_s=0.0):
        self.answered(self.admitted(request, now), said, None, now + took_s)

    def admitted(self, request, now):
        verdict = self.admit(request, now)
        assert isinstance(verdict, Admission), verdict
        return verdict

    @property
    def learnt(self):
        """Route -> count and window."""
        known = self.turn(float(self.redis.get(f"{self.key}:virtual now")) - START).learnt
        return {route: (count, window_s) for route, count, window_s, _ in known}
