"""Jobs that die for a test."""

from __future__ import annotations

from dataclasses import dataclass

from clipsaver.queue import intake, lease
from clipsaver.queue.link import Consumer
from clipsaver.queue.outcomes import settle
from clipsaver.queue.policy import Dead, Failure
from tests.queue.probe import BATCH, Probe

NOT_FOUND = Failure("not_found", "no such channel", "aaaaaaaaaaaa")


@dataclass(frozen=True, slots=True)
class Dying:
    """Makes dead letters."""

    me: Consumer
    probe: Probe

    async def letter(self, job: bytes = BATCH, failure: Failure = NOT_FOUND, **fields: str) -> str:
        """The id of a letter that a worker wrote; `fields` are the producer's own."""
        link, names = self.me.link, self.me.names
        own = [word for pair in fields.items() for word in pair]
        await link.command("XADD", names.stream, "*", "job", job, *own)
        (entry,) = await intake.read(self.me, 1, block_ms=1)
        held = await lease.take(self.me, entry, {})
        assert held is not None
        await settle(self.me, held, Dead(failure), stage="scan")
        ((letter_id, _),) = await link.command("XREVRANGE", names.dead, "+", "-", "COUNT", 1)
        return letter_id.decode()

    async def many(self, count: int, *, at_ms: int | None = None) -> list[str]:
        """Letters of jobs of a channel each, without the work of a worker.

        With `at_ms` their ids are of that time and the milliseconds after it.
        """
        commands = []
        for number in range(count):
            letter_id = "*" if at_ms is None else f"{at_ms + number}-0"
            job = b'{"type":"batch","guild_id":"1","channel_id":"%d"}' % number
            dead = b'{"reason":"not_found","run":"clips/%d-0"}' % (number + 1)
            commands.append(("XADD", self.me.names.dead, letter_id, "dead", dead, "job", job))
        return [one.decode() for one in await self.me.link.together(commands)]
