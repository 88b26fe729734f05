"""The file that FFmpeg reads: what it fetches, when it seems to end, and why."""

from __future__ import annotations

import io
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.thumbnails.picture.errors import BudgetSpent, SourceFailed
from clipsaver.thumbnails.picture.growth import FIRST_BLOCK, LARGEST_BLOCK, LATER_BLOCK
from clipsaver.thumbnails.picture.range_file import RangeFile
from clipsaver.thumbnails.picture.sources import BytesRanges, FileRanges
from clipsaver.thumbnails.picture.wanted import KIB, MIB, Budgets

CONTENT = random.Random(1).randbytes(5 * MIB)


class Noted(BytesRanges):
    """Writes down what it was asked for; may tell its size late or never, and fail."""

    def __init__(
        self, content: bytes = CONTENT, *, tells: bool | None = True, fails: Exception | None = None
    ) -> None:
        super().__init__(content)
        self.asked: list[tuple[int, int]] = []
        self._tells = tells
        self._fails = fails

    @property
    def size(self) -> int | None:  # type: ignore[override]
        is_told = self._tells is True or (self._tells is None and self.asked)
        return len(self._content) if is_told else None

    def read(self, start: int, end: int) -> bytes:
        assert 0 <= start < end
        self.asked.append((start, end))
        if self._fails is not None:
            raise self._fails
        return super().read(start, end)


def opened(source: Noted, **budgets: int) -> RangeFile:
    return RangeFile(source, Budgets(**budgets))


def read_exactly(file: RangeFile, n: int) -> bytes:
    parts: list[bytes] = []
    while n and (part := file.read(min(n, 32 * KIB))):
        parts.append(part)
        n -= len(part)
    return b"".join(parts)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(1, 400 * KIB)),
        st.tuples(st.just("seek"), st.integers(0, 6 * MIB)),
        st.tuples(st.just("end"), st.integers(-6 * MIB, 10)),
        st.tuples(st.just("fetch"), st.integers(0, 5 * MIB)),
    ),
    max_size=20,
)


@given(steps, st.sampled_from([True, None]))
def test_it_reads_as_any_file_and_fetches_nothing_twice(
    todo: list[tuple[str, int]], tells: bool | None
) -> None:
    source = Noted(tells=tells)
    file, model = opened(source), io.BytesIO(CONTENT)
    file.bytes_of(0, 1)
    for what, number in todo:
        if what == "read":
            found = file.read(number)
            assert len(found) <= number
            assert found == model.read(len(found))
            assert found or model.tell() >= len(CONTENT)
        elif what == "fetch":
            assert file.fetch(number, number + 1000)
            assert file.bytes_of(number, number + 1000) == CONTENT[number : number + 1000]
        else:
            whence = 0 if what == "seek" else 2
            wanted = number if whence == 0 else len(CONTENT) + number
            assert file.seek(number, whence) == (wanted if wanted >= 0 else -1)
            if wanted >= 0:
                model.seek(wanted)
        assert file.tell() == model.tell()
    fetched = sorted(source.asked)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(fetched))
    assert (file.requests, file.bytes_read) == (source.requests, source.bytes_read)


def test_blocks_double_while_it_is_read_in_a_row_and_begin_again_elsewhere() -> None:
    source = Noted()
    file = opened(source)
    read_exactly(file, 3 * MIB)
    lengths = [end - start for start, end in source.asked]
    later = [min(LATER_BLOCK << n, LARGEST_BLOCK) for n in range(len(lengths) - 1)]
    assert lengths == [FIRST_BLOCK, *later]
    file.seek(4 * MIB + 500 * KIB)
    file.read(10)
    assert source.asked[-1][1] - source.asked[-1][0] == LATER_BLOCK


def test_a_packet_comes_in_one_request() -> None:
    source = Noted()
    file = opened(source)
    file.read(100)
    file.seek(1 * MIB)
    assert file.read(700 * KIB) == CONTENT[1 * MIB : 1 * MIB + 700 * KIB]
    assert source.asked[1:] == [(1 * MIB, 1 * MIB + 700 * KIB)]


def test_more_than_was_asked_for_is_cut_off() -> None:
    class Generous(Noted):
        def read(self, start: int, end: int) -> bytes:
            return super().read(start, end + 1000)

    file = opened(Generous())
    assert len(file.read(10)) == 10
    assert read_exactly(file, 300 * KIB) == CONTENT[10 : 10 + 300 * KIB]
    assert file.bytes_read == FIRST_BLOCK + LATER_BLOCK + 2 * LATER_BLOCK


def test_a_source_that_ends_sooner_than_it_said_ends_there() -> None:
    class Short(Noted):
        def read(self, start: int, end: int) -> bytes:
            return super().read(start, min(end, 200 * KIB)) if start < 200 * KIB else b""

    file = opened(Short())
    assert read_exactly(file, MIB) == CONTENT[: 200 * KIB]
    assert file.size == 200 * KIB
    assert file.seek(0, 2) == 200 * KIB
    file.check()


def test_without_a_size_there_is_no_end_to_seek_from() -> None:
    file = opened(Noted(tells=False))
    assert file.seek(-10, 2) == -1
    assert file.read(10) == CONTENT[:10]
    assert file.size is None
    read_exactly(file, 6 * MIB)
    assert file.size == len(CONTENT)


def test_a_failure_seems_to_be_the_end_and_is_told_when_asked() -> None:
    source = Noted(fails=OSError("the cable is cut"))
    file = opened(source)
    assert file.read(10) == b""
    assert file.read(10) == b""
    assert len(source.asked) == 1, "it is not asked again"
    with pytest.raises(SourceFailed, match="the cable is cut"):
        file.check()


@pytest.mark.parametrize("error", [BudgetSpent("enough"), SourceFailed("gone")])
def test_a_failure_of_the_declared_kinds_stays_itself(error: Exception) -> None:
    file = opened(Noted(fails=error))
    file.read(10)
    with pytest.raises(type(error)) as raised:
        file.check()
    assert raised.value is error


def test_a_phase_holds_its_budget_and_the_next_begins_anew() -> None:
    source = Noted()
    file = opened(source)
    with file.phase(FIRST_BLOCK + 40 * KIB):
        # A whole block more would be too much; what is asked for is not.
        assert read_exactly(file, MIB) == CONTENT[: FIRST_BLOCK + 40 * KIB]
        assert file.is_held
        file.seek(0)
        assert file.read(10) == CONTENT[:10], "what is here stays here"
    with file.phase(LATER_BLOCK):
        file.seek(MIB)
        assert file.read(10) == CONTENT[MIB : MIB + 10]
        assert not file.is_held
    file.check()


def test_the_whole_budget_outlives_all_phases() -> None:
    source = Noted()
    file = opened(source, total_bytes=200 * KIB)
    for _ in range(3):
        with file.phase(MIB):
            file.seek(0)
            read_exactly(file, MIB)
    assert source.bytes_read <= 200 * KIB
    assert file.is_held


def test_requests_have_a_budget() -> None:
    source = Noted()
    file = opened(source, requests=3)
    for start in range(10):
        file.bytes_of(start * 300 * KIB, start * 300 * KIB + 10)
    assert source.requests == 3
    with pytest.raises(BudgetSpent, match="3 requests"):
        file.check()


def test_a_file_on_a_disk_is_read_by_ranges(tmp_path) -> None:
    path = tmp_path / "clip"
    path.write_bytes(CONTENT)
    with FileRanges(path) as source:
        assert source.size == len(CONTENT)
        assert source.read(10, 20) == CONTENT[10:20]
        assert source.read(len(CONTENT) - 5, len(CONTENT) + 5) == CONTENT[-5:]
        assert (source.requests, source.bytes_read) == (2, 15)
