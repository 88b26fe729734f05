"""Whatever a clip does to its decoder costs its own thumbnail, and nothing else."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

import pytest
import trio

from clipsaver.errors import ClipsaverError
from clipsaver.thumbnails.decoder.decoders import Decoders, Limits, open_decoders
from clipsaver.thumbnails.errors import DecoderCrashed, DecoderKilled, DecoderTimedOut
from clipsaver.thumbnails.picture import errors
from tests.thumbnails.decoder.stage import Clip, children_of, command, open_descriptors

WALL_S = 0.4
MIB = 1024 * 1024


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    async with open_decoders(Limits(wall_s=20.0), command=command("--cpu", "1")) as decoders:
        yield decoders


@pytest.fixture
async def impatient() -> AsyncIterator[Decoders]:
    async with open_decoders(Limits(wall_s=WALL_S), command=command()) as decoders:
        await decoders.start()
        yield decoders


async def failure_of(decoders: Decoders, clip: str) -> ClipsaverError:
    """What becomes of it; the next clip is fine, in the same parent, which has no child left."""
    with pytest.raises(ClipsaverError) as caught:
        await decoders.picture(Clip(clip))
    await decoders.picture(Clip("picture"))
    assert decoders.statistics().starts == 1
    assert decoders.statistics().failed == {caught.value.reason: 1}
    assert decoders.parent_pid is not None
    assert children_of(decoders.parent_pid) == []
    return caught.value


@pytest.mark.parametrize(
    ("clip", "kind", "words"),
    [
        ("segfault", DecoderCrashed, "SIGSEGV"),
        ("abort", DecoderCrashed, "SIG"),  # SIGSEGV where no signal can be sent to oneself
        ("exit 3", DecoderCrashed, "exit status 3"),
        ("exit 0", DecoderCrashed, "exit status 0"),
        ("quit", DecoderCrashed, "exit status 70"),
        ("memory", DecoderCrashed, "MemoryError"),
        ("recursion", DecoderCrashed, "RecursionError"),
        ("loop", DecoderTimedOut, "of computing"),
        ("say 52000000ff", DecoderCrashed, "255 bytes; 16 are allowed"),
        ("say 50ffffffff", DecoderCrashed, "4,294,967,295 bytes"),
        ("say 50000000020102", DecoderCrashed, "cannot be read"),
        ("say 460000000101", DecoderCrashed, "cannot be read"),
        ("say 44000000080000000000000000", DecoderCrashed, "unknown kind b'D'"),
        ("say 00", DecoderTimedOut, "no picture"),
        ("asks" + " 0-1" * 240, errors.BudgetSpent, "200 requests"),
        ("hang-up", DecoderCrashed, "hung up"),
        ("asks 5-5", DecoderCrashed, "from 5 to 5"),
        ("asks 9-5", DecoderCrashed, "from 9 to 5"),
        ("raises NoVideo only a song", errors.NoVideo, "only a song"),
        ("raises TooBig", errors.TooBig, ""),
    ],
)
async def test_a_clip_that_does_harm_fails_alone(
    clip: str, kind: type[Exception], words: str
) -> None:
    limits = Limits(wall_s=WALL_S if clip == "say 00" else 20.0)
    async with open_decoders(limits, command=command("--cpu", "1")) as decoders:
        failure = await failure_of(decoders, clip)
        assert type(failure) is kind
        assert words in str(failure)


@contextmanager
def ignoring(number: signal.Signals) -> Iterator[None]:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)


async def test_what_a_worker_ignores_ends_its_decoders_all_the_same() -> None:
    with ignoring(signal.SIGXCPU):
        async with open_decoders(Limits(wall_s=20.0), command=command("--cpu", "1")) as decoders:
            assert isinstance(await failure_of(decoders, "loop"), DecoderTimedOut)


async def test_a_loop_that_will_not_end_is_ended(decoders: Decoders) -> None:
    assert isinstance(await failure_of(decoders, "unwilling"), DecoderKilled)


@pytest.mark.parametrize("clip", ["sleep", "loop"])
async def test_the_wall_limit_ends_what_does_not_answer(impatient: Decoders, clip: str) -> None:
    began = trio.current_time()
    failure = await failure_of(impatient, clip)
    assert isinstance(failure, DecoderTimedOut)
    assert WALL_S <= trio.current_time() - began < WALL_S + 5


async def test_a_decoder_that_is_stopped_is_ended(impatient: Decoders) -> None:
    async def stop(_start: int, _end: int) -> None:
        assert impatient.parent_pid is not None
        (child,) = children_of(impatient.parent_pid)
        os.kill(child, signal.SIGSTOP)

    with pytest.raises(DecoderTimedOut):
        await impatient.picture(Clip("picture", on_read=stop))
    assert impatient.parent_pid is not None
    assert children_of(impatient.parent_pid) == []
    await impatient.picture(Clip("picture"))


async def test_a_child_that_asks_and_never_listens_is_ended(impatient: Decoders) -> None:
    """Where the budget ends it, or else the time: its answers fill the socket."""
    failure = await failure_of(impatient, "chatter")
    assert failure.reason in {"budget_spent", "decoder_timed_out"}


async def test_a_file_is_not_asked_for_what_it_does_not_have(decoders: Decoders) -> None:
    clip = Clip("asks 0-2000 5000-6000")
    picture = await decoders.picture(clip)
    assert clip.reads == [(0, 1000), (0, len("asks 0-2000 5000-6000"))]
    assert (picture.cost.requests, picture.cost.bytes_read) == (3, 42)


async def test_a_clip_gets_no_more_bytes_than_one_may(decoders: Decoders) -> None:
    beyond = Clip(f"asks 0-{33 * MIB}", told_size=False)
    with pytest.raises(errors.BudgetSpent, match="33,554,432 bytes at once"):
        await decoders.picture(beyond)
    assert beyond.reads == [(0, 1000)]


async def test_nor_in_many_parts(decoders: Decoders) -> None:
    parts = " ".join(f"{start * MIB}-{(start + 30) * MIB}" for start in (0, 30, 60, 90))
    greedy = Clip(f"asks {parts}".encode().ljust(120 * MIB))
    with pytest.raises(errors.BudgetSpent, match="67,108,864 bytes"):
        await decoders.picture(greedy)
    assert len(greedy.reads) == 3


async def test_hostile_clips_leave_no_descriptor_behind(decoders: Decoders) -> None:
    await decoders.start()
    before = open_descriptors()
    for clip in ("picture", "segfault", "raises NoVideo x", "exit 1", "say 52000000ff") * 5:
        with suppress(ClipsaverError):
            await decoders.picture(Clip(clip))
    assert open_descriptors() == before
