"""The background check's way round, and its share of the requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver import jobs
from clipsaver.worker.privacy.rounds import (
    MOST_MESSAGES,
    ROUND_S,
    Round,
    SeenClip,
    choose,
    job_of,
    pause_s,
)

NOW = 1_700_000_000.0
texts = st.none() | st.text(max_size=40)


def seen(*pairs: tuple[int, bool]) -> list[SeenClip]:
    return [SeenClip(*pair) for pair in pairs]


def test_a_sample_is_what_is_due_of_neighbours() -> None:
    sample = choose(seen((1, True), (1, True), (2, False), (3, False), (3, True), (4, False)))
    assert sample.messages == (1, 3)
    assert sample.up_to == 4
    assert choose(seen((5, False))).messages == ()


@given(st.lists(st.tuples(st.integers(1, 120), st.booleans()), min_size=1, max_size=150))
def test_samples_one_after_the_other_pass_over_nothing_that_is_due(
    pairs: list[tuple[int, bool]],
) -> None:
    clips, looked_at, up_to = seen(*sorted(pairs)), [], 0
    while left := [clip for clip in clips if clip.message_id > up_to]:
        sample = choose(left)
        assert sample.up_to > up_to
        assert len(sample.messages) <= MOST_MESSAGES
        looked_at += sample.messages
        up_to = sample.up_to
    assert looked_at == sorted({clip.message_id for clip in clips if clip.is_due})


@given(
    st.lists(st.tuples(st.integers(0, 60), st.floats(0, 300)), min_size=1, max_size=30),
    st.floats(0.0001, 0.5),
    st.floats(0.1, 10_000),
)
def test_the_share_holds_on_average(
    samples: list[tuple[int, float]], share: float, per_second: float
) -> None:
    """However long a job waits its turn; counted are also the requests that its run does not."""
    requests = sum(asked + 1 for asked, _ in samples)
    passed_s = sum(
        took_s + pause_s(asked, share=share, per_second=per_second) for asked, took_s in samples
    )
    assert requests <= share * per_second * passed_s * (1 + 1e-9)


def test_a_hundredth_of_45_is_a_request_each_two_seconds() -> None:
    assert pause_s(8, share=0.01, per_second=45) == pytest.approx(20)


def test_a_round_begins_no_sooner_than_a_day_after_the_one_before() -> None:
    at = Round().begun(NOW).at(7, 70)
    assert at.begun(NOW + 50) == at, "it is under way"
    assert at.rest_s(NOW + 100) == ROUND_S - 100
    assert at.rest_s(NOW + 2 * ROUND_S) == 0
    assert at.rest_s(NOW - 5 * ROUND_S) == ROUND_S, "somebody's clock was wrong"
    again = at.over().begun(NOW + 2 * ROUND_S)
    assert (again.channel, again.message, again.began_at) == (0, 0, NOW + 2 * ROUND_S)


def test_what_it_keeps_says_where_it_stands() -> None:
    at = Round().begun(NOW).at(7, 70).asking(NOW + 1)
    assert Round.read(at.text) == at
    assert (at.job_id, at.asked_at) == ("check:1", NOW + 1)
    assert at.answered().asking(NOW + 9).job_id == "check:2"
    assert Round.read(at.answered().text).asked_at is None


@given(texts)
def test_it_begins_anew_where_nobody_knows_where_it_stood(text: str | None) -> None:
    assert isinstance(Round.read(text), Round)
    assert Round.read("[1]") == Round.read('{"number":"x"}') == Round.read(None) == Round()


def test_its_jobs_only_look() -> None:
    """They take their turn with history, and by their settings nothing is a clip to be stored."""
    job = job_of(7, 8, [1, 2], "check:5")
    assert jobs.decode(jobs.encode(job)) == job
    assert not jobs.is_live(job)
    assert jobs.exclusive_channel(job) is None
    assert (job.settings.allowed_mime_types, job.message_ids) == ((), ("1", "2"))
