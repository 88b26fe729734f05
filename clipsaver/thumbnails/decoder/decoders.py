"""Pictures of clips, each made in a process of its own: what the rest of the worker uses."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import structlog
import trio

from clipsaver.outage import Outage, delay_s, tell
from clipsaver.thumbnails.decoder.checks import Allowance
from clipsaver.thumbnails.decoder.conversation import ChildGone, Conversation
from clipsaver.thumbnails.decoder.endings import cause_of, too_late
from clipsaver.thumbnails.decoder.messages import BadMessage
from clipsaver.thumbnails.decoder.warm_process import (
    LONGEST_END_S,
    PRODUCTION,
    Child,
    ParentGone,
    WarmProcess,
    start_warm_process,
)
from clipsaver.thumbnails.errors import DecoderCrashed, DecoderUnavailable, ThumbnailError
from clipsaver.thumbnails.picture.errors import PictureError
from clipsaver.thumbnails.picture.wanted import Budgets, Wanted
from clipsaver.thumbnails.ranges import HeldBytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from clipsaver.thumbnails.decoder.layers.probe import Isolation
    from clipsaver.thumbnails.picture.found import Picture
    from clipsaver.thumbnails.ranges import AsyncRanges

_log = structlog.get_logger()

_LONGEST_DELAY_S = 60.0
_LAST_BREATH_S = 2.0
"""From the end of a child's socket until it is gone."""
_DEFAULT = Wanted()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one clip may cost, kept from outside; the child has tighter ones of its own."""

    wall_s: float = 60.0
    requests: int = 200
    total_bytes: int = 64 * 1024 * 1024
    birth_s: float = 20.0
    """A fork takes some ms; a parent that takes longer is stuck, and is started anew."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What was made since the start."""

    running: int
    made: int
    failed: Mapping[str, int]
    """By reason."""
    requests: int
    bytes_read: int
    starts: int
    """Of the parent: more than one tells that it died."""
    cpu_s: float
    """Of the children that have ended, as far as it is known."""
    peak_bytes: int
    """The most memory that one of them held, what it shared with its parent included."""


_LEAST_BYTES = 8 << 20
"""A still goes through a decoder as well, however little a clip's own bytes may be."""


def limits_for(wanted: Wanted) -> Limits:
    """The limits that leave the child's own budgets to end first."""
    return Limits(total_bytes=max(_LEAST_BYTES, wanted.budgets.total_bytes))


class Decoders:
    """A child for each clip, forked from one warm parent. Made by `open_decoders`."""

    def __init__(self, limits: Limits, command: Sequence[str], dice: Callable[[], float]) -> None:
        self._limits = limits
        self._command = command
        self._dice = dice
        self.outage = Outage("decoders")
        """Says when no parent can be started, and when one could be again."""
        self._starting = trio.Lock()
        self._parent: WarmProcess | None = None
        self._failures = 0
        self._not_before = 0.0
        self._running = self._made = self._starts = self._requests = self._bytes_read = 0
        self._cpu_s, self._peak_bytes = 0.0, 0
        self._failed: Counter[str] = Counter()

    @property
    def isolation(self) -> Isolation | None:
        """What isolates the children; None while no parent of them runs."""
        return None if self._parent is None else self._parent.isolation

    @property
    def parent_pid(self) -> int | None:
        """Of the process that the children are forked from."""
        return None if self._parent is None else self._parent.pid

    def statistics(self) -> Statistics:
        """As of now."""
        return Statistics(
            running=self._running, made=self._made, failed=dict(self._failed),
            requests=self._requests, bytes_read=self._bytes_read, starts=self._starts,
            cpu_s=self._cpu_s, peak_bytes=self._peak_bytes,
        )  # fmt: skip

    async def start(self) -> Isolation:
        """Starts the parent unless it runs; the first picture would do it as well.

        Raises DecoderUnavailable.
        """
        return (await self._warm()).isolation

    async def picture(self, ranges: AsyncRanges, wanted: Wanted = _DEFAULT) -> Picture:
        """A picture of the clip, made in a child of its own, which is gone when this returns.

        How many at once is the caller's affair. Raises PictureError for what the file is,
        DecoderCrashed and DecoderTimedOut for what it did, DecoderKilled where that is not known,
        DecoderUnavailable for what is ours, MediaUnavailable where its bytes took the time, and
        what `ranges` raises.
        """
        self._running += 1
        try:
            picture = await self._made_in_child(ranges, wanted)
        except (PictureError, ThumbnailError) as error:
            self._failed[error.reason] += 1
            raise
        finally:
            self._running -= 1
        self._made += 1
        return picture

    async def still(self, content: bytes, wanted: Wanted = _DEFAULT) -> Picture:
        """Both sizes of a still that somebody else made, decoded in a child like any clip."""
        # Its bytes are here already, so they are not those that a clip may cost.
        of_still = msgspec.structs.replace(wanted, of_still=True, budgets=Budgets())
        return await self.picture(HeldBytes(content), of_still)

    async def _made_in_child(self, ranges: AsyncRanges, wanted: Wanted) -> Picture:
        child = await self._fork()
        limits = self._limits
        allowance = Allowance(requests=limits.requests, total_bytes=limits.total_bytes)
        conversation = Conversation(child.data, ranges, wanted, allowance)
        try:
            with trio.move_on_after(limits.wall_s):
                return await conversation.hold()
            raise too_late(limits.wall_s, waits_for_media=conversation.waits_for_media)
        except BadMessage as error:
            raise DecoderCrashed(f"the decoder sent what none of ours sends: {error}") from error
        except ChildGone:
            raise await self._why_gone(child) from None
        finally:
            self._requests += allowance.requests
            self._bytes_read += allowance.bytes_read
            with trio.move_on_after(LONGEST_END_S, shield=True):
                await child.end()
            self._cpu_s += child.cpu_s
            self._peak_bytes = max(self._peak_bytes, child.peak_bytes)
            if not child.is_orphan:
                self._failures = 0

    async def _fork(self) -> Child:
        """From a parent that may have died since it was last used; once more from a new one."""
        for _ in range(2):
            parent = await self._warm()
            try:
                return await parent.fork(self._limits.birth_s)
            except ParentGone:
                await self._give_up(parent)
        raise DecoderUnavailable("the parent of the decoders ends as soon as it is asked for one")

    async def _warm(self) -> WarmProcess:
        async with self._starting:
            if self._parent is not None and not self._parent.is_alive:
                await self._give_up(self._parent)
            if self._parent is None:
                self._parent = await self._started()
            return self._parent

    async def _started(self) -> WarmProcess:
        began = trio.current_time()
        if began < self._not_before:
            left_s = self._not_before - began
            words = f"the decoders have ended {self._failures} times; again in {left_s:.0f} s"
            raise DecoderUnavailable(words, retry_after_s=left_s)
        try:
            parent = await start_warm_process(self._command)
        except DecoderUnavailable as problem:
            self._put_off()
            self.outage.began(problem)
            raise
        self.outage.ended()
        self._starts += 1
        _log_start(parent, trio.current_time() - began)
        return parent

    async def _give_up(self, parent: WarmProcess) -> None:
        """Whoever notices first that it has ended or is stuck says so and makes way for another."""
        if self._parent is parent:
            self._parent = None
            self._put_off()
            with trio.move_on_after(LONGEST_END_S, shield=True):
                words = await parent.end()
                tell(_log.warning, "decoders_ended", pid=parent.pid, how=words)

    def _put_off(self) -> None:
        """The first time it is started anew at once."""
        self._failures += 1
        if self._failures > 1:
            longest_s = _LONGEST_DELAY_S
            wait_s = delay_s(self._failures, self._dice(), longest_s=longest_s)
            self._not_before = trio.current_time() + wait_s

    async def _why_gone(self, child: Child) -> ThumbnailError:
        with trio.move_on_after(_LAST_BREATH_S):
            return cause_of(await child.status())
        return DecoderCrashed("the decoder hung up and went on")

    async def close(self) -> None:
        """Ends the parent and all that it forked."""
        if self._parent is not None:
            await self._parent.end()
            self._parent = None


def _log_start(parent: WarmProcess, seconds: float) -> None:
    isolation = parent.isolation
    tell(
        _log.warning if isolation.reaches else _log.info,
        "decoders_ready",
        pid=parent.pid,
        seconds=round(seconds, 2),
        on=[layer.name for layer in isolation.layers if layer.is_on],
        off={layer.name: layer.words for layer in isolation.off},
        reaches=list(isolation.reaches),
    )


@asynccontextmanager
async def open_decoders(
    limits: Limits | None = None,
    *,
    command: Sequence[str] = PRODUCTION,
    dice: Callable[[], float] = random.random,
) -> AsyncIterator[Decoders]:
    """Decoders whose parent starts with `start` or the first picture, and ends with the block.

    `command` is what the parent runs: production's, or what a test brings.
    """
    decoders = Decoders(limits or Limits(), command, dice)
    try:
        yield decoders
    finally:
        with trio.move_on_after(LONGEST_END_S, shield=True):
            await decoders.close()


async def isolation_here(command: Sequence[str] = PRODUCTION) -> Isolation:
    """What would isolate decoders on this machine: for who asks without making a picture.

    Takes a second. Raises DecoderUnavailable where none can be started.
    """
    async with open_decoders(command=command) as decoders:
        return await decoders.start()
