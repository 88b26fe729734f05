"""Looks in the background whether old clips are still there at Discord.

What is looked at is asked for by jobs, as anything else is: `runs` counts what they found, and they
take their turn behind all that is live. One at a time is on the stream.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
import trio

from clipsaver import snowflake
from clipsaver.database import checking, chores
from clipsaver.database.checking import CheckedChannel, CheckedRun
from clipsaver.queue import produce
from clipsaver.records import RunState
from clipsaver.worker.place import Workplace
from clipsaver.worker.privacy import left_guilds, rounds
from clipsaver.worker.privacy.chores import LEASE_S, Chore, Hand
from clipsaver.worker.privacy.rounds import Round, SeenClip

_log = structlog.get_logger()

_FIRST_IN_S = 300.0
_LOOKED_AT = 500
"""Clips that one statement comes by."""
_STEPS = 100
"""Statements after which a search for something to look at goes on another time."""
_GO_ON_S = 1.0
_LATELY_S = 86_400.0
"""What was posted or read again within this is not looked at."""
_ASK_S = (0.2, 5.0)
"""Between two looks at a job that is not over: the first pause, and the longest."""


def check(place: Workplace) -> Chore:
    """The chore; not for privacy.check_share = 0."""
    return Chore("check", _FIRST_IN_S, _Check(place).do)


@dataclass(frozen=True, slots=True)
class _Next:
    """The next sample."""

    channel: CheckedChannel
    messages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Check:
    place: Workplace

    async def do(self, hand: Hand) -> float:
        """One sample, from choosing it to what became of its job."""
        at = Round.read(hand.taken.place)
        if at.asked_at is None:
            at = at.begun(hand.now)
            at, sample = await self._next(hand, at)
            if sample is None:
                is_over = at.channel == 0
                await hand.keep((at.over() if is_over else at).text)
                return at.rest_s(hand.now) if is_over else _GO_ON_S
            at = at.asking(hand.taken.now)
            await hand.keep(at.text)  # first, so that a crash loses a sample and doubles none
            await self._push(at, sample)
        run = await self._end_of(hand, at)
        await hand.keep(at.answered().text)
        if run is None:
            _log.warning("check_lost", job_id=at.job_id)
        else:
            _tell(at, run)
            if run.state is RunState.FAILED:
                # The bot may have left: better known before each channel there has a dead letter.
                await self.place.with_database(lambda c: chores.hasten_chore(c, left_guilds.NAME))
        await self._forget(at.forgotten_id)
        config = self.place.config
        return rounds.pause_s(
            0 if run is None else run.requests,
            share=config.privacy.check_share,
            per_second=config.discord.requests_per_second,
        )

    async def _next(self, hand: Hand, at: Round) -> tuple[Round, _Next | None]:
        """The next sample and where that leads; with channel 0 there is none up to the end."""
        now = hand.now
        oldest = self.place.retention.oldest_clip(now)
        for _ in range(_STEPS):
            channel = await self.place.with_database(
                lambda conn: checking.channel_from(conn, at.channel)  # noqa: B023
            )
            if channel is None:
                return at.at(0, 0), None
            after = at.message if channel.channel_id == at.channel else 0
            seen = await self._seen(channel, max(after, oldest - 1), now)
            if not seen:
                at = at.at(channel.channel_id + 1, 0)
                continue
            sample = rounds.choose(seen)
            at = at.at(channel.channel_id, sample.up_to)
            if sample.messages:
                return at, _Next(channel, sample.messages)
        return at, None

    async def _seen(self, channel: CheckedChannel, after: int, now: float) -> list[SeenClip]:
        if not channel.may_be_read:
            return []
        found = await self.place.with_database(
            lambda conn: checking.clips_behind(
                conn,
                channel.channel_id,
                after,
                newest=snowflake.from_unix(now - _LATELY_S),
                looked_at_before=now - _LATELY_S,
                limit=_LOOKED_AT,
            )
        )
        return [SeenClip(message_id, is_due) for message_id, is_due in found]

    async def _push(self, at: Round, sample: _Next) -> None:
        channel = sample.channel
        assert at.asked_at is not None
        # Of before it was chosen: what is purged meanwhile is not wanted again by that.
        wanted_at_ms = int(at.asked_at * 1000)
        job = rounds.job_of(channel.guild_id, channel.channel_id, sample.messages, at.job_id)
        await self.place.with_redis(
            lambda: produce.push_noted(
                self.place.me.link, {at.job_id: job}, wanted_at_ms=wanted_at_ms
            )
        )

    async def _end_of(self, hand: Hand, at: Round) -> CheckedRun | None:
        """What the job came to, when it is over; None where it was lost."""
        assert at.asked_at is not None
        since, (pause_s, longest_s) = at.asked_at - 1.0, _ASK_S
        kept_at = trio.current_time()
        while True:
            run = await self.place.with_database(
                lambda conn: checking.checked_run(conn, at.job_id, since)
            )
            if run is not None and run.state.is_over:
                return run
            if trio.current_time() - kept_at > LEASE_S / 3:
                await hand.keep()
                kept_at = trio.current_time()
                is_late = hand.taken.now - at.asked_at > rounds.LOST_AFTER_S
                if run is None and is_late and not await self._waits(at.job_id):
                    return None
            await trio.sleep(pause_s)
            pause_s = min(2 * pause_s, longest_s)

    async def _forget(self, job_id: str | None) -> None:
        if job_id is not None:
            await self.place.with_database(lambda conn: checking.forget_run(conn, job_id))

    async def _waits(self, job_id: str) -> bool:
        link = self.place.me.link
        return bool(await self.place.with_redis(lambda: produce.not_begun(link, [job_id])))


def _tell(at: Round, run: CheckedRun) -> None:
    log = _log.info if run.clips_deleted else _log.debug
    log(
        "check_found",
        job_id=at.job_id,
        channel_id=str(at.channel),
        messages=run.messages,
        requests=run.requests,
        deleted=run.clips_deleted,
    )
