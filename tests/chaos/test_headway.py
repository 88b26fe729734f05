"""What counts as getting on, so that a hang is found."""

from __future__ import annotations

from chaos.headway import Done, Headway


def test_what_ends_or_is_read_is_headway() -> None:
    headway = Headway(100.0)
    assert headway.look(100.0, 10, Done(5, 20)) == 0
    assert headway.look(130.0, 10, Done(5, 20)) == 30
    assert headway.look(140.0, 10, Done(5, 21)) == 0
    assert headway.look(150.0, 10, Done(6, 21)) == 0
    assert headway.look(160.0, 9, Done(6, 21)) == 0  # one that had ended is acknowledged


def test_entries_that_come_and_go_are_none() -> None:
    """As those of a job that is delivered again and again, or waits for ever."""
    headway = Headway(100.0)
    headway.look(100.0, 10, Done(5, 20))
    for now in range(101, 191):
        since = headway.look(now, 10 + now % 2, Done(5, 20) if now % 3 else None)
    assert since == 90
