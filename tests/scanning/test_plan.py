"""The plan against Discord's paging rules, and against a channel that is read to the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clipsaver import snowflake
from clipsaver.job_settings import Direction
from clipsaver.jobs import BatchJob, Known
from clipsaver.ranges import Range, RangeSet
from clipsaver.scanning import plan

NOW = 1_800_000_000.0
SETTLED = snowflake.from_unix(NOW - plan.SETTLING_S)
IDS = list(range(SETTLED - 300, SETTLED))


def ask(step: plan.Step, channel: list[int]) -> list[int]:
    """Discord's answer to a step: ids, newest first."""
    ids = sorted(channel)
    if step.after is not None:
        page = [i for i in ids if i > step.after][: step.limit]
    else:
        page = [i for i in ids if step.before is None or i < step.before][-step.limit :]
    return page[::-1]


def read_all(
    remaining: RangeSet, channel: list[int], *, direction: Direction, limit: int | None
) -> tuple[list[int], RangeSet, int]:
    """Every message that a run reads, what it covers, and its number of requests."""
    seen: list[int] = []
    covered = RangeSet()
    requests = 0
    while True:
        left = None if limit is None else limit - len(seen)
        step = plan.next_step(remaining, direction=direction, messages_left=left)
        if step is None:
            return seen, covered, requests
        page = ask(step, channel)
        requests += 1
        is_full = len(page) == step.limit
        reading = plan.what_was_read(step, page, is_full=is_full, remaining=remaining, now=NOW)
        seen += [i for i in page if i in remaining]
        assert remaining - reading.read != remaining, "each page must bring the end nearer"
        remaining -= reading.read
        covered |= reading.covered


def batch(**fields: object) -> BatchJob:
    return BatchJob(guild_id="1", channel_id="2", **fields)  # type: ignore[arg-type]


class TestWanted:
    def test_everything(self) -> None:
        assert plan.wanted(batch()) == RangeSet.of(0, None)

    def test_bounds_are_not_part_of_it(self) -> None:
        job = batch(after_message_id="10", before_message_id="20")
        assert plan.wanted(job) == RangeSet.of(11, 20)


class TestToRead:
    known = RangeSet((Range(10, 20), Range(40, 50)))

    def test_skip_reads_the_gaps(self) -> None:
        left = plan.to_read(RangeSet.of(0, None), self.known, known="skip", direction="backward")
        assert str(left) == "{[0,10),[20,40),[50,)}"

    def test_reread_reads_everything(self) -> None:
        asked = RangeSet.of(0, None)
        assert plan.to_read(asked, self.known, known="reread", direction="backward") == asked

    def test_stop_backward_keeps_what_is_newer_than_the_first_known(self) -> None:
        left = plan.to_read(RangeSet.of(0, None), self.known, known="stop", direction="backward")
        assert left == RangeSet.of(50, None)

    def test_stop_forward_keeps_what_is_older_than_the_first_known(self) -> None:
        left = plan.to_read(RangeSet.of(0, None), self.known, known="stop", direction="forward")
        assert left == RangeSet.of(0, 10)

    def test_stop_where_the_first_message_is_known(self) -> None:
        asked = RangeSet.of(0, 45)
        assert not plan.to_read(asked, self.known, known="stop", direction="backward")


class TestReading:
    """The sentences of the contract, one each."""

    def step(self, before: int | None, after: int | None, gap: Range) -> plan.Step:
        return plan.Step(before=before, after=after, limit=3, gap=gap)

    def reading(self, step: plan.Step, ids: list[int]) -> plan.Reading:
        """Of a run that is to read everything."""
        return plan.what_was_read(
            step, ids, is_full=len(ids) >= step.limit, remaining=RangeSet.of(0, None), now=NOW
        )

    def test_a_full_page_before_an_id_covers_from_its_lowest_up_to_it(self) -> None:
        step = self.step(100, None, Range(0, 100))
        assert self.reading(step, [90, 80, 70]).covered == RangeSet.of(70, 100)

    def test_a_short_page_covers_down_to_the_beginning(self) -> None:
        step = self.step(100, None, Range(50, 100))
        reading = self.reading(step, [90, 80])
        assert reading.covered == RangeSet.of(0, 100)
        assert reading.read == RangeSet.of(0, 100)

    def test_the_newest_page_covers_from_its_lowest_to_its_highest(self) -> None:
        step = self.step(None, None, Range(0, None))
        assert self.reading(step, [90, 80, 70]).covered == RangeSet.of(70, 91)

    def test_an_empty_channel_covers_nothing(self) -> None:
        reading = self.reading(self.step(None, None, Range(0, None)), [])
        assert not reading.covered
        assert reading.read == RangeSet.of(0, None)

    def test_a_page_after_an_id_covers_from_it_to_its_highest(self) -> None:
        step = self.step(None, 50, Range(51, None))
        assert self.reading(step, [90, 80, 70]).covered == RangeSet.of(51, 91)

    def test_a_short_page_after_an_id_is_the_present(self) -> None:
        reading = self.reading(self.step(None, 50, Range(51, None)), [70])
        assert reading.read == RangeSet.of(51, None)
        assert reading.covered == RangeSet.of(51, 71)

    def test_young_ids_are_never_covered(self) -> None:
        young = SETTLED + 5
        reading = self.reading(self.step(None, None, Range(0, None)), [young, SETTLED - 3, 70])
        assert reading.covered == RangeSet.of(70, SETTLED)

    def test_a_cursor_in_the_future_does_not_cover_what_is_not_posted_yet(self) -> None:
        step = self.step(snowflake.MAX_ID, None, Range(0, snowflake.MAX_ID))
        reading = self.reading(step, [90, 80, 70])
        assert reading.covered == RangeSet.of(70, 91)
        assert reading.read == RangeSet.of(70, snowflake.MAX_ID)

    def test_what_was_not_to_be_read_is_not_covered(self) -> None:
        """Ids 75 to 79 are known; the run stops there, though 70 was never searched."""
        step = self.step(None, None, Range(80, None))
        reading = plan.what_was_read(
            step, [90, 75, 70], is_full=True, remaining=RangeSet.of(80, None), now=NOW
        )
        assert reading.covered == RangeSet.of(80, 91)


class TestShare:
    def test_nothing_is_done_at_first_and_all_at_the_end(self) -> None:
        all_ids = RangeSet.of(0, None)
        oldest = snowflake.from_unix(NOW - 1000)
        middle = snowflake.from_unix(NOW - 500)
        share = [
            plan.share_done(all_ids, left, oldest=oldest, now=NOW)
            for left in (all_ids, RangeSet.of(0, middle), RangeSet())
        ]
        assert share == [0.0, 0.5, 1.0]


channels = st.sets(st.sampled_from(IDS), max_size=300).map(sorted)
id_sets = st.lists(st.tuples(st.sampled_from(IDS), st.integers(0, 80)), max_size=4).map(
    lambda pairs: RangeSet(Range(lower, lower + length) for lower, length in pairs)
)
bounds = st.one_of(st.none(), st.sampled_from(IDS))


@given(
    channel=channels,
    covered=id_sets,
    after=bounds,
    before=bounds,
    direction=st.sampled_from(["backward", "forward"]),
    known=st.sampled_from(["skip", "stop", "reread"]),
)
def test_a_run_reads_what_is_left_once_and_covers_no_more(
    channel: list[int],
    covered: RangeSet,
    after: int | None,
    before: int | None,
    direction: Direction,
    known: Known,
) -> None:
    if after is not None and before is not None and before <= after + 1:
        after = None
    job = batch(
        after_message_id=None if after is None else str(after),
        before_message_id=None if before is None else str(before),
    )
    asked = plan.wanted(job)
    remaining = plan.to_read(asked, covered, known=known, direction=direction)
    seen, now_covered, requests = read_all(remaining, channel, direction=direction, limit=None)

    assert sorted(seen) == [i for i in channel if i in remaining], "each message once"
    if known != "stop":
        wanted = [i for i in channel if i in asked and (known == "reread" or i not in covered)]
        assert sorted(seen) == wanted
    # A later run over the same stretch finds what no run has seen: coverage tells the truth.
    again = plan.to_read(asked, covered | now_covered, known="skip", direction=direction)
    unseen = [i for i in channel if i in asked and i not in covered and i not in seen]
    assert [i for i in channel if i in again] == unseen
    assert requests <= len(channel) // plan.PAGE_SIZE + len(remaining) + 1


@given(
    channel=channels,
    limit=st.integers(1, 320),
    direction=st.sampled_from(["backward", "forward"]),
)
def test_a_limit_reads_the_nearest_messages_and_no_more(
    channel: list[int], limit: int, direction: Direction
) -> None:
    seen, covered, _ = read_all(RangeSet.of(0, None), channel, direction=direction, limit=limit)
    ordered = sorted(channel, reverse=direction == "backward")
    assert sorted(seen) == sorted(ordered[:limit])
    assert [i for i in channel if i in covered] == sorted(seen)
