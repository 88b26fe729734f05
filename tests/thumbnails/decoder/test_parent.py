"""The parent of all decoders: it dies, gets stuck or does not start, and never leaves anything."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from clipsaver.thumbnails.decoder.decoders import Decoders, Limits, open_decoders
from clipsaver.thumbnails.errors import (
    DecoderKilled,
    DecoderTimedOut,
    DecoderUnavailable,
    MediaUnavailable,
)
from tests.thumbnails.decoder.stage import (
    Clip,
    children_of,
    command,
    has_ended,
    is_gone,
    open_descriptors,
)

PATIENCE_S = 10.0


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    async with open_decoders(command=command(), dice=lambda: 0.999) as decoders:
        await decoders.start()
        yield decoders


def parent_of(decoders: Decoders) -> int:
    assert decoders.parent_pid is not None
    return decoders.parent_pid


def only_child_of(decoders: Decoders) -> int:
    (child,) = children_of(parent_of(decoders))
    return child


class Held(Clip):
    """A clip whose bytes do not come until they are let go."""

    def __init__(self, content: str) -> None:
        super().__init__(content, on_read=self._hold)
        self.asked = trio.Event()
        self.go = trio.Event()

    async def _hold(self, _start: int, _end: int) -> None:
        self.asked.set()
        await self.go.wait()


async def test_nothing_runs_before_it_is_needed() -> None:
    async with open_decoders(command=command()) as decoders:
        assert decoders.isolation is None
        assert decoders.statistics().starts == 0
        await decoders.picture(Clip("picture"))
        assert decoders.isolation is not None
        assert decoders.statistics().starts == 1


async def test_the_end_of_the_block_ends_the_parent_and_leaves_no_descriptor() -> None:
    before = open_descriptors()
    async with open_decoders(command=command()) as decoders:
        await decoders.picture(Clip("picture"))
        parent = parent_of(decoders)
    assert is_gone(parent)
    assert open_descriptors() == before


async def test_many_at_once_are_apart(decoders: Decoders) -> None:
    clips = [Held("picture") for _ in range(20)]
    async with trio.open_nursery() as nursery:
        for clip in clips:
            nursery.start_soon(decoders.picture, clip)
        for clip in clips:
            await clip.asked.wait()
        assert len(children_of(parent_of(decoders))) == decoders.statistics().running == 20
        for clip in clips:
            clip.go.set()
    assert children_of(parent_of(decoders)) == []
    assert decoders.statistics().made == 20


async def test_a_parent_that_died_unnoticed_is_started_anew(decoders: Decoders) -> None:
    first = parent_of(decoders)
    os.kill(first, signal.SIGKILL)
    await has_ended(first)
    with capture_logs() as logs:
        await decoders.picture(Clip("picture"))
    assert parent_of(decoders) != first
    assert is_gone(first)
    assert decoders.statistics().starts == 2
    ended, ready = logs
    assert (ended["event"], ended["pid"]) == ("decoders_ended", first)
    assert ended["how"] == "it was ended by signal 9"
    assert ready["event"] == "decoders_ready"


async def test_one_that_dies_now_and_then_is_started_at_once_each_time(decoders: Decoders) -> None:
    for _ in range(3):
        parent = parent_of(decoders)
        os.kill(parent, signal.SIGKILL)
        await has_ended(parent)
        await decoders.picture(Clip("picture"))
    assert decoders.statistics().starts == 4


async def test_a_parent_that_ends_kills_its_children_where_no_kernel_does() -> None:
    async with open_decoders(command=command("--untied", "--only", "limits")) as decoders:
        clip = Held("loop")

        async def fails() -> None:
            with pytest.raises(DecoderUnavailable):
                await decoders.picture(clip)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails)
            await clip.asked.wait()
            child = only_child_of(decoders)
            clip.go.set()
            await decoders.close()
            with trio.fail_after(PATIENCE_S):
                await has_ended(child)


async def test_a_parent_that_dies_takes_its_children_along(decoders: Decoders) -> None:
    first, clip = parent_of(decoders), Held("loop")

    async def fails() -> None:
        with pytest.raises(DecoderUnavailable, match="parent of the decoders has ended"):
            await decoders.picture(clip)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(fails)
        await clip.asked.wait()
        child = only_child_of(decoders)
        clip.go.set()
        os.kill(first, signal.SIGKILL)
        with trio.fail_after(PATIENCE_S):
            await has_ended(child)
    await decoders.picture(Clip("picture"))


async def test_a_parent_that_is_stuck_is_replaced() -> None:
    async with open_decoders(Limits(birth_s=0.5), command=command()) as decoders:
        await decoders.start()
        first = parent_of(decoders)
        os.kill(first, signal.SIGSTOP)
        await decoders.picture(Clip("picture"))
        assert is_gone(first)
        assert parent_of(decoders) != first


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"])
async def test_signals_that_end_a_worker_let_it_finish_its_clips(
    decoders: Decoders, name: str
) -> None:
    clip = Held("picture")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(decoders.picture, clip)
        await clip.asked.wait()
        for pid in (parent_of(decoders), only_child_of(decoders)):
            os.kill(pid, signal.Signals[name])
        clip.go.set()
    await decoders.picture(Clip("picture"))
    assert decoders.statistics().starts == 1


async def test_a_child_that_somebody_kills_is_tried_again_later(decoders: Decoders) -> None:
    async def kill(_start: int, _end: int) -> None:
        os.kill(only_child_of(decoders), signal.SIGKILL)

    with pytest.raises(DecoderKilled):
        await decoders.picture(Clip("picture", on_read=kill))
    assert decoders.statistics().starts == 1


async def test_a_parent_that_cannot_start_says_why_and_is_not_started_all_the_time(
    mock_clock: MockClock,
) -> None:
    async with open_decoders(
        command=command("--fails", "no module named av"), dice=lambda: 0.999
    ) as decoders:
        for _ in range(2):
            with pytest.raises(DecoderUnavailable, match="exit status 1: no module named av"):
                await decoders.start()
        with pytest.raises(DecoderUnavailable, match="have ended 2 times") as caught:
            await decoders.picture(Clip("picture"))
        assert 0 < caught.value.retry_after_s < 1
        mock_clock.jump(caught.value.retry_after_s)
        with pytest.raises(DecoderUnavailable, match="no module named av"):
            await decoders.start()
        assert decoders.statistics().failed == {"decoder_unavailable": 1}
        assert decoders.statistics().starts == 0


async def test_a_program_that_is_not_there_is_told() -> None:
    before = open_descriptors()
    async with open_decoders(command=("/nowhere/python",)) as decoders:
        with pytest.raises(DecoderUnavailable, match="/nowhere/python"):
            await decoders.start()
    assert open_descriptors() == before


async def test_a_program_that_is_no_parent_of_decoders_is_told() -> None:
    async with open_decoders(command=("/bin/echo",)) as decoders:
        with pytest.raises(DecoderUnavailable, match="exit status 0"):
            await decoders.start()


@pytest.mark.parametrize("options", [(), ("--without-pidfd",)])
async def test_cancelling_kills_the_child_at_once(options: tuple[str, ...]) -> None:
    """By its pidfd, or where the system has none by its parent."""
    async with open_decoders(command=command(*options)) as decoders:
        await decoders.start()
        before = open_descriptors()
        for clip in (Held("loop"), Held("sleep")):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(decoders.picture, clip)
                await clip.asked.wait()
                child = only_child_of(decoders)
                nursery.cancel_scope.cancel()
            assert is_gone(child)
        assert open_descriptors() == before
        assert decoders.statistics().running == 0


@pytest.mark.parametrize("options", [(), ("--without-pidfd",)])
async def test_a_child_that_computes_is_killed_as_well(options: tuple[str, ...]) -> None:
    async with open_decoders(Limits(wall_s=0.5), command=command(*options)) as decoders:
        await decoders.start()
        with pytest.raises(DecoderTimedOut):
            await decoders.picture(Clip("loop"))
        assert children_of(parent_of(decoders)) == []


async def test_bytes_that_do_not_come_are_not_the_decoders_fault() -> None:
    async with open_decoders(Limits(wall_s=0.3), command=command()) as decoders:
        await decoders.start()
        with pytest.raises(MediaUnavailable, match="its bytes took longer"):
            await decoders.picture(Held("picture"))


async def test_what_the_source_raises_comes_through_and_the_child_goes(decoders: Decoders) -> None:
    async def refuse(_start: int, _end: int) -> None:
        raise MediaUnavailable("503")

    with pytest.raises(MediaUnavailable, match="503"):
        await decoders.picture(Clip("picture", on_read=refuse))
    assert children_of(parent_of(decoders)) == []


async def test_cancelling_at_any_moment_leaves_nothing(decoders: Decoders) -> None:
    """The deadlines fall before, within and after the fork, as the machine happens to be."""
    before = open_descriptors()
    for tenths_ms in range(0, 100, 2):
        with trio.move_on_after(tenths_ms / 10_000):
            await decoders.picture(Clip("asks 0-5 0-6 0-7"))
    await decoders.picture(Clip("picture"))
    assert open_descriptors() == before
    assert decoders.statistics().starts == 1
    with trio.fail_after(PATIENCE_S):
        for child in children_of(parent_of(decoders)):
            await has_ended(child)


async def test_cancelling_the_start_leaves_no_process() -> None:
    before, children = open_descriptors(), set(children_of(os.getpid()))
    async with open_decoders(command=command()) as decoders:
        for hundredths_s in (0, 1, 3):
            with trio.move_on_after(hundredths_s / 100):
                await decoders.start()
        await decoders.picture(Clip("picture"))
    assert open_descriptors() == before
    assert set(children_of(os.getpid())) <= children
