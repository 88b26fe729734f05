"""Claims pending clips and makes their thumbnails, so many at once, until the worker stops.

    claim -> sign the link, if it ends soon -> wait for a place -> make -> store -> record

What is claimed ahead waits in hand: its links are signed together, and of live clips none waits
behind those of a backfill.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
import trio

from clipsaver.config import Config
from clipsaver.database import Database
from clipsaver.database.thumbnails.claims import (
    ClaimedClip,
    ClaimLost,
    claim_clips,
    hand_back_claims,
    places_for_due,
    renew_claims,
)
from clipsaver.database.thumbnails.results import FreshLink, record_links
from clipsaver.errors import ClipsaverError
from clipsaver.outage import Outage
from clipsaver.thumbnails.errors import DecoderUnavailable
from clipsaver.thumbnails.ladder import SOURCES
from clipsaver.thumbnails.making import Missed, Tools, make_thumbnail
from clipsaver.thumbnails.media.links import Link, needs_refresh
from clipsaver.worker.thumbnailing.due import Due
from clipsaver.worker.thumbnailing.gate import TROUBLE, Gate
from clipsaver.worker.thumbnailing.in_hand import Held, InHand
from clipsaver.worker.thumbnailing.kit import Kit, wanted_of
from clipsaver.worker.thumbnailing.recording import WithDatabase, keep, of_clip, record_missed
from clipsaver.worker.thumbnailing.tally import Tally, ThumbnailStatistics
from clipsaver.worker.thumbnailing.upkeep import sweep

_log = structlog.get_logger()

LEASE_S = 60.0
"""Of a claim: others take the clip so long after its worker died."""
_RENEW_EVERY_S = LEASE_S / 3
_LOOK_EVERY_S = 2.0
"""While nothing is due and nobody in this process said otherwise: others make clips due, too."""
_LAST_WORDS_S = 3.0


class Thumbnails:
    """`run` is the service."""

    def __init__(
        self,
        config: Config,
        kit: Kit,
        database: Database,
        *,
        with_database: WithDatabase,
        due: Due,
        stopping: trio.Event,
        clock: Callable[[], float],
        rng: random.Random,
    ) -> None:
        """`with_database` waits while the database is away; `clock` gives Unix seconds."""
        self._kit = kit
        self._database = database
        self._with_database = with_database
        self._due = due
        self._stopping = stopping
        self._grace_s = config.worker.shutdown_grace
        self._clock = clock
        self._rng = rng
        self._in_hand = InHand(config.thumbnails.concurrency)
        self._storage = Gate(Outage("storage"), kit.storage.prove, rng.random)
        self._decoders = Gate(kit.decoders.outage, kit.decoders.start, rng.random)
        self._claimed = 0
        self._tally = Tally()
        self._tools = Tools(
            media=kit.media,
            decoders=kit.decoders,
            sign=self._sign,
            sources=SOURCES[config.thumbnails.source],
            wanted=wanted_of(config.thumbnails),
            max_bytes=config.thumbnails.max_bytes,
        )

    @property
    def is_idle(self) -> bool:
        """Whether no clip is in hand."""
        return self._in_hand.is_empty

    @property
    def away_since(self) -> float | None:
        """Since when nothing can be made here (Trio's clock): the storage, or the decoders."""
        since = (self._storage.away_since, self._decoders.away_since)
        return min((one for one in since if one is not None), default=None)

    @property
    def _serves(self) -> bool:
        return self._storage.is_open and self._decoders.is_open

    def statistics(self) -> ThumbnailStatistics:
        """Counts of now and since the start."""
        tally, media = self._tally, self._kit.media.statistics()
        return ThumbnailStatistics(
            making=self._in_hand.making,
            waiting=self._in_hand.waiting,
            made=tally.made,
            missed=dict(tally.missed),
            by_source={source: dict(states) for source, states in tally.by_source.items()},
            requests=tally.requests,
            bytes_read=tally.bytes_read,
            bytes_saved=tally.bytes_saved,
            answers={str(status): count for status, count in media.answers.items()},
            bytes_fetched=media.bytes_read,
        )

    async def run(self) -> None:
        """Works until the worker is to stop; what is being made then has the grace time to end."""
        try:
            async with trio.open_nursery() as helpers:
                await helpers.start(self._kit.links.run)
                helpers.start_soon(self._storage.run)
                helpers.start_soon(self._decoders.run)
                helpers.start_soon(self._renew)
                helpers.start_soon(
                    sweep, self._database, self._kit.storage, self._rng.random, self._away
                )
                with trio.CancelScope() as making:
                    async with trio.open_nursery() as makers:
                        async with trio.open_nursery() as claims:
                            claims.start_soon(self._claim, claims, makers)
                            await self._stopping.wait()
                            claims.cancel_scope.cancel()
                        making.deadline = trio.current_time() + self._grace_s
                        await self._hand_back(self._in_hand.give_up())
                helpers.cancel_scope.cancel()
        finally:
            with trio.move_on_after(_LAST_WORDS_S, shield=True):
                await self._hand_back(list(self._in_hand.all))

    async def _claim(self, preparing: trio.Nursery, makers: trio.Nursery) -> None:
        """Claims what is due while there is room for it and it can be made."""
        while True:
            await self._storage.opened()
            await self._decoders.opened()
            self._begin(makers)  # what became ready while it did not serve
            is_live = self._due.take()
            room = self._in_hand.room(for_live=is_live)
            claimed = await self._claim_some(room, newest_only=is_live) if room else ()
            if not self._serves:  # it has ended meanwhile
                await self._hand_back(self._in_hand.give_up())
                continue
            for held in claimed:
                preparing.start_soon(self._prepare, held, makers)
            if not room or len(claimed) < room:
                with trio.move_on_after(_LOOK_EVERY_S):
                    await self._due.wait()

    async def _claim_some(self, count: int, *, newest_only: bool) -> Sequence[Held]:
        """Claims up to so many; not cut off, or they would be nobody's until their leases end."""
        for_due = 0
        if not newest_only:
            for_due = places_for_due(count, self._claimed)
            self._claimed += count
        token = self._rng.getrandbits(62)

        async def claim(conn: Any) -> Sequence[ClaimedClip]:
            return await claim_clips(
                conn, count=count, for_due=for_due, token=token, lease_s=LEASE_S
            )

        with trio.move_on_after(_LAST_WORDS_S, shield=True):  # a database that is away ends it
            return self._in_hand.take(await self._with_database(claim))
        return ()

    async def _prepare(self, held: Held, makers: trio.Nursery) -> None:
        """Has the link signed if that is due; then the clip waits for its turn."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        with of_clip(held.clip), held.working():
            if needs_refresh(held.link, now):
                try:
                    held.link = await self._sign(held.link)
                except ClipsaverError as error:
                    await self._record(held, Missed(error, str(error)))
                    return
                except Exception as error:  # noqa: BLE001 - as below
                    await self._broke(held, error)
                    return
                held.is_signed = True
            self._in_hand.is_prepared(held, self._clock())
            self._begin(makers)

    def _begin(self, makers: trio.Nursery) -> None:
        """Makes those whose turn it is, as long as there is a place."""
        while (
            self._serves
            and not self._stopping.is_set()
            and (held := self._in_hand.next()) is not None
        ):
            makers.start_soon(self._make, held, makers)

    async def _make(self, held: Held, makers: trio.Nursery) -> None:
        try:
            with of_clip(held.clip), held.working():
                await self._attempt(held)
        finally:
            self._in_hand.is_made()
            self._begin(makers)
            self._due.nudge()

    async def _attempt(self, held: Held) -> None:
        """Makes the thumbnail of one clip, or says why not. A clip that fails costs only itself."""
        clip = held.clip
        size = None if clip.width is None or clip.height is None else (clip.width, clip.height)
        try:
            made = await make_thumbnail(
                held.link, self._tools, size=size, was_signed=held.is_signed
            )
            await keep(self._kit.storage, self._with_database, held.claim, made)
        except Missed as missed:
            if isinstance(missed.error, TROUBLE):
                await self._away(missed.error, also=held)
            else:
                await self._record(held, missed)
        except TROUBLE as problem:
            await self._away(problem, also=held)
        except ClaimLost:
            self._in_hand.drop(held)
        except Exception as error:  # noqa: BLE001 - as with jobs; its traceback is told
            await self._broke(held, error)
        else:
            self._in_hand.drop(held)
            self._tally.is_made(made, size_bytes=clip.size_bytes)
            _log.debug("thumbnail_made", source=made.source.value)

    async def _broke(self, held: Held, error: Exception) -> None:
        _log.error("thumbnail_attempt_broke", exc_info=error)
        await self._record(held, Missed(ClipsaverError(str(error)), repr(error)))

    async def _record(self, held: Held, missed: Missed) -> None:
        self._tally.missed[missed.error.reason] += 1
        with suppress(ClaimLost):  # whoever has it records what came of it
            state = await record_missed(
                self._with_database, held.clip, missed, dice=self._rng.random()
            )
            self._tally.is_recorded(missed.source, state)
        self._in_hand.drop(held)

    async def _away(self, problem: ClipsaverError, *, also: Held | None = None) -> None:
        """Nothing can be made here now: what waits goes back as it was, for whoever can."""
        gate = self._decoders if isinstance(problem, DecoderUnavailable) else self._storage
        gate.close(problem)
        await self._hand_back(self._in_hand.give_up(also=also))

    async def _sign(self, link: Link) -> Link:
        fresh = await self._kit.links.refresh(link)
        stored = FreshLink(fresh.clip_id, fresh.url, fresh.expires_at)
        await self._with_database(lambda c: record_links(c, [stored]))
        return fresh

    async def _renew(self) -> None:
        """Keeps the claims until cancelled; what is another worker's by now is let go of."""
        while True:
            await trio.sleep(_RENEW_EVERY_S)
            asked = list(self._in_hand.all)
            if asked:
                claims = [held.claim for held in asked]
                still = await self._with_database(
                    lambda c: renew_claims(c, claims, lease_s=LEASE_S)  # noqa: B023
                )
                self._in_hand.keep_only(asked, still)

    async def _hand_back(self, given_up: Sequence[Held]) -> None:
        """Others take them at once. Out of hand as they are, this is not cut off."""
        claims = [held.claim for held in given_up]
        if claims:
            with trio.move_on_after(_LAST_WORDS_S, shield=True):
                await self._with_database(lambda c: hand_back_claims(c, claims))
