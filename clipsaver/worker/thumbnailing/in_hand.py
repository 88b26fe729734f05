"""Which clips this worker has claimed, and whose turn it is. Does no I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import trio

from clipsaver import snowflake
from clipsaver.database.thumbnails.claims import Claim, ClaimedClip
from clipsaver.thumbnails.media.links import Link

AHEAD = 50
"""Clips that are claimed before there is room for them: as many links are signed in one request."""
CLAIM_BELOW = AHEAD // 2
LIVE_S = 600.0
"""A clip that was posted within this is made before all others in hand."""


@dataclass(slots=True, eq=False)
class Held:
    """One clip in hand, from its claim to its result."""

    clip: ClaimedClip
    link: Link
    """By which it is fetched: its own, or as it was signed since."""
    is_signed: bool = False
    """Whether the link was signed for this attempt."""
    is_making: bool = False
    is_lost: bool = False
    """Another worker has it, or it was deleted: nothing is to be recorded."""
    _scope: trio.CancelScope = field(default_factory=trio.CancelScope)

    @property
    def claim(self) -> Claim:
        return self.clip.claim

    @contextmanager
    def working(self) -> Iterator[None]:
        """A step of the work, which ends at once where the clip is lost."""
        with trio.CancelScope() as self._scope:
            if self.is_lost:
                self._scope.cancel()
            yield

    def lose(self) -> None:
        """What is done with it is in vain."""
        self.is_lost = True
        self._scope.cancel()


class InHand:
    """Clips in hand: those whose link is being signed, those ready, and those being made."""

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._held: dict[str, Held] = {}
        self._ready: deque[Held] = deque()
        self._making = 0

    @property
    def making(self) -> int:
        """How many are being made."""
        return self._making

    @property
    def waiting(self) -> int:
        """In hand, and not being made yet."""
        return sum(not held.is_making for held in self._held.values())

    @property
    def is_empty(self) -> bool:
        return not self._held

    @property
    def all(self) -> Collection[Held]:
        return self._held.values()

    def room(self, *, for_live: bool) -> int:
        """How many clips to claim now: none while enough wait. Live ones are not kept waiting."""
        if for_live:
            return max(CLAIM_BELOW, AHEAD - self.waiting)
        return AHEAD - self.waiting if self.waiting < CLAIM_BELOW else 0

    def take(self, clips: Sequence[ClaimedClip]) -> list[Held]:
        """They are in hand from now on. One that already was is known under its new claim."""
        taken = [Held(clip, _link(clip)) for clip in clips]
        for held in taken:
            before = self._held.get(held.claim.clip_id)
            if before is not None:
                before.lose()
            self._held[held.claim.clip_id] = held
        return taken

    def is_prepared(self, held: Held, now: float) -> None:
        """It can be made. `now` is in Unix seconds; live clips go before all others."""
        if self._is_held(held):
            if now - snowflake.to_unix(held.clip.message_id) < LIVE_S:
                self._ready.appendleft(held)
            else:
                self._ready.append(held)

    def next(self) -> Held | None:
        """The one to be made now, which counts as being made; None if there is none, or no room."""
        while self._ready and self._making < self._concurrency:
            held = self._ready.popleft()
            if self._is_held(held):
                held.is_making = True
                self._making += 1
                return held
        return None

    def is_made(self) -> None:
        """Of one that `next` gave: there is room for another."""
        self._making -= 1

    def give_up(self, *, also: Held | None = None) -> list[Held]:
        """Nothing more is to be made: all that waits is out of hand, and `also` this one.

        `also` is the caller's own, so that it is not cut off in what it does next.
        """
        given_up = [held for held in self._held.values() if not held.is_making or held is also]
        for held in given_up:
            self.drop(held)
            if held is not also:
                held.lose()
        self._ready.clear()
        return given_up

    def keep_only(self, asked: Sequence[Held], still: Collection[str]) -> None:
        """Of those that were asked for, the others are not ours any more."""
        for held in asked:
            if held.claim.clip_id not in still and self._is_held(held):
                self.drop(held)
                held.lose()

    def drop(self, held: Held) -> None:
        """Out of hand: it has its result, or is nobody's."""
        if self._held.get(held.claim.clip_id) is held:
            del self._held[held.claim.clip_id]

    def _is_held(self, held: Held) -> bool:
        return not held.is_lost and self._held.get(held.claim.clip_id) is held


def _link(clip: ClaimedClip) -> Link:
    return Link(clip.claim.clip_id, clip.channel_id, clip.message_id, clip.url, clip.url_expires_at)
