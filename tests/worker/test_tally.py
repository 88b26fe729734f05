"""What is counted of deliveries and of thumbnails."""

from __future__ import annotations

import pytest

from clipsaver.queue.entries import Carried, Entry
from clipsaver.queue.lease import Lease
from clipsaver.records import ThumbnailState
from clipsaver.thumbnails.ladder import Source
from clipsaver.thumbnails.making import Made
from clipsaver.worker.tally import Tally
from clipsaver.worker.thumbnailing import tally


def a_lease(*, deliveries: int = 1, attempts: int = 0, waits: int = 0) -> Lease:
    carried = Carried(run="clips/1-0", attempts=attempts, waits=waits)
    return Lease(Entry("1-0", b"{}", carried), fence=1, deliveries=deliveries)


@pytest.mark.parametrize(
    ("lease", "counted"),
    [
        (a_lease(), {}),
        (a_lease(waits=3), {}),
        (a_lease(attempts=2), {"retry": 1}),
        (a_lease(deliveries=2), {"worker_lost": 1}),
        (a_lease(deliveries=2, attempts=2), {"worker_lost": 1}),
    ],
)
def test_a_redelivery_is_counted_once_by_what_it_is_for(lease: Lease, counted: object) -> None:
    count = Tally()
    count.is_taken(lease)
    assert count.redelivered == counted


def test_outcomes_are_counted_in_all_and_by_type() -> None:
    count = Tally()
    for kind, outcome in (("batch", "done"), ("message", "done"), ("batch", "retry")):
        count.has_ended(kind, outcome)
    assert count.outcomes == {"done": 2, "retry": 1}
    assert count.by_type == {"batch": {"done": 1, "retry": 1}, "message": {"done": 1}}


def test_bytes_are_saved_where_a_file_was_not_read_to_its_end() -> None:
    count = tally.Tally()
    for size_bytes in (1_000_000, None, 5_000):
        made = Made(None, Source.DECODE, requests=2, bytes_read=10_000)  # type: ignore[arg-type]
        count.is_made(made, size_bytes=size_bytes)
    count.is_recorded(None, ThumbnailState.PENDING)
    assert (count.made, count.requests, count.bytes_read) == (3, 6, 30_000)
    assert count.bytes_saved == 990_000
    assert count.by_source == {"decode": {"ready": 3}, "none": {"pending": 1}}
