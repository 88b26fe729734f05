"""The limits in a real Valkey, with a clock that only a test moves."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, field

import redis
import trio

from clipsaver.discord_rest import routes
from clipsaver.discord_rest.headers import NOTHING, LimitHeaders
from clipsaver.discord_rest.limits import wire
from clipsaver.discord_rest.limits.lua import script
from clipsaver.discord_rest.limits.permits import Turn, Why
from clipsaver.discord_rest.limits.view import Question, unpack_view
from clipsaver.discord_rest.outcomes import Answer, Refusal
from clipsaver.redis_calls.scripts import Script

CLOCK = b"""
local function now_s() return tonumber(ARGV[2]) end
local function server_id() return ARGV[3] end
"""
START = 1_790_000_000.0
"""What the tests' 0 is on the virtual clock: times as large as real ones."""
_numbers = itertools.count(1)


def search(guild):
    return routes.SEARCH.to(guild=guild)


def history(channel):
    return routes.MESSAGES.to(channel=channel)


@functools.cache
def on_virtual_clock(name):
    real = script(name).source
    clock = real.index(b"-- The state of one token")
    return Script(name, CLOCK + real[clock:])


class Wire:
    """One connection to Redis, and nothing around it: a client costs more than the script does."""

    def __init__(self, url, **options):
        pool = redis.ConnectionPool.from_url(url, **options)
        self._connection = pool.make_connection()

    def run(self, on_clock, keys, call, now, server):
        """Runs a script of `on_virtual_clock`; `now` is in seconds from START."""
        words = (len(keys), *keys, call, repr(START + now), server)
        try:
            return self._send("EVALSHA", on_clock.digest, *words)
        except redis.exceptions.NoScriptError:
            return self._send("EVAL", on_clock.source, *words)

    def _send(self, *words):
        self._connection.send_command(*words)
        return self._connection.read_response()


class VirtualRedis:
    """Redis for Trio tasks on a clock that jumps: its time is Trio's, and no command takes any.

    `trouble` is raised by each command while it is set.
    """

    def __init__(self, url):
        self._redis = redis.Redis.from_url(url, protocol=3)
        self._wire = Wire(url, protocol=3)
        self._turned = trio.Event()
        self._known = set()
        self.trouble = None
        self.replies_may_arrive = trio.Event()
        self.replies_may_arrive.set()

    async def execute_command(self, *words, **_):
        await trio.lowlevel.checkpoint()
        if self.trouble is not None:
            raise self.trouble
        if words[0] == "XREAD":
            return await self._read(words)
        assert words[0] in ("EVALSHA", "EVAL")
        _, _, _, *keys, call = words
        reply = self._turn(keys, call)
        await self.replies_may_arrive.wait()
        return reply

    def _turn(self, keys, call):
        if keys[0] not in self._known:
            self._known.add(keys[0])
            self._redis.hset(keys[0], "epoch", "s")
        try:
            return self._wire.run(on_virtual_clock("turn"), keys, call, trio.current_time(), "s")
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
    at_once: int = 1


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


def told_of(kind, admission):
    one = admission
    return kind(one.id, one.mark, one.route, one.major, at_once=one.at_once)


class VirtualLimits:
    """One token's limits. Times are seconds from START."""

    def __init__(self, url, rate=1e9, *, margin=0.0, quiet=False):
        self.redis = redis.Redis.from_url(url)
        self._wire = Wire(url)
        self._now = 0.0
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

    def turn(self, now, *things, worker="w", longest=1.0, lessons=-1):
        call = wire.Call(worker, self.rate, self.margin, longest, lessons, things)
        self.last = wire.unpack(self._run("turn", call, now))
        return self.last

    def view(self, now, strip=0):
        """What `clipsaver limits` would show."""
        question = Question("", 1.0, 0.0, 0.0, -1, (), strip=strip)
        return unpack_view(self._run("view", question, now))

    def _run(self, name, call, now):
        self._now = now
        keys = (self.key, self.invalid_key)
        return self._wire.run(on_virtual_clock(name), keys, wire.pack(call), now, self.server)

    def take(self, ticket, now):
        """Admission, Wait or `held`."""
        request = ticket.request
        it = wire.Take(
            ticket.id, request.route.name, request.major, str(request), ticket.turn,
            START + ticket.since, seq=ticket.seq, trial=ticket.trial,
            at_once=request.route.at_once,
        )  # fmt: skip
        (reply,) = self.turn(now, it, worker=ticket.worker).replies
        if reply[0] == "go":
            route = request.route
            return Admission(ticket.id, reply[2], route.name, request.major, now, route.at_once)
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
        self.turn(
            now,
            wire.Leave(
                ticket.id,
                ticket.request.route.name,
                ticket.request.major,
                ticket.seq,
                at_once=ticket.request.route.at_once,
            ),
        )

    def answered(self, admission, said: LimitHeaders, refusal, now, status=None):
        status = status or (429 if refusal else 200)
        answer = Answer(status, said, b"", now, None, refusal)
        one = admission
        told = wire.answered(one.id, one.mark, one.route, one.major, answer, at_once=one.at_once)
        return self.turn(now, told)

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
        self.turn(now, told_of(wire.Lost, admission))

    def returned(self, admission, now):
        self.turn(now, told_of(wire.Returned, admission))

    def serve(self, request, now, said=NOTHING, took_s=0.0):
        self.answered(self.admitted(request, now), said, None, now + took_s)

    def admitted(self, request, now):
        verdict = self.admit(request, now)
        assert isinstance(verdict, Admission), verdict
        return verdict

    @property
    def learnt(self):
        """Route -> count and window."""
        known = self.turn(self._now).learnt
        return {route: (count, window_s) for route, count, window_s, _ in known}
