"""The share of an allowance: never more than all of it, however a client bursts."""

from __future__ import annotations

import io

import pytest

from benchmarks.fleet import Traffic
from benchmarks.peers import last_line
from benchmarks.rivals import OURS, Result, allowance_per_s, ratios, used_share


def bursts(channels: int, windows: int) -> list[float]:
    """All that 5 per 5 s allow, as early as 50 a second allow it, and the next window's first."""
    each = [number / 50 for number in range(channels * 5)]
    return [100.0 + window * 5.0 + at for window in range(windows) for at in each] + [
        100.0 + windows * 5.0
    ]


@pytest.mark.parametrize(("channels", "per_s"), [(10, 10.0), (40, 40.0), (50, 50.0), (80, 50.0)])
def test_the_allowance_is_the_channels_or_the_tokens_whichever_is_less(
    channels: int, per_s: float
) -> None:
    assert allowance_per_s(channels) == per_s


def traffic(pages: list[float], others: list[float] | None = None) -> Traffic:
    """Pages, and what else was let through."""
    return Traffic(sorted([*pages, *(others or [])]), [(0.5, "user")], pages, 200.0)


@pytest.mark.parametrize("channels", [10, 40, 50])
def test_who_bursts_uses_all_and_not_more(channels: int) -> None:
    assert used_share(traffic(bursts(channels, windows=3)), channels) == pytest.approx(1.0)


def test_every_other_page_is_half() -> None:
    assert used_share(traffic([7.0 + number / 20 for number in range(401)]), channels=40) == 0.5


def test_what_comes_after_the_last_whole_window_does_not_count() -> None:
    pages = bursts(40, windows=2)
    late = [pages[-1] + number / 50 for number in range(1, 150)]
    assert used_share(traffic([*pages, *late]), channels=40) == pytest.approx(1.0)


def test_who_gives_up_within_the_first_window_is_counted_over_all_of_it() -> None:
    assert used_share(traffic([0.0, 0.1, 0.2, 0.3]), channels=4) == 0.2


def test_other_requests_use_the_tokens_limit_and_not_the_channels() -> None:
    pages = [number / 10 for number in range(51)]
    others = [-0.5, *(number / 10 + 0.05 for number in range(50))]
    assert used_share(traffic(pages, others), channels=40) == 0.25
    assert used_share(traffic(pages, others), channels=80) == 0.4


def result(name: str, pages: int, read: int, cpu_s: float) -> Result:
    seen = traffic([number / 100 for number in range(pages)])
    return Result(name, seen, 40, read, cpu_s, ["process 1 failed after 8 s: 429"])


def test_who_got_no_page_at_all_used_nothing() -> None:
    assert used_share(traffic([], [0.0]), channels=4) == 0.0
    assert ratios([result(OURS, 30, 3000, 1.0), result("hikari", 0, 0, 0.5)]) == []


def test_a_row_tells_of_refusals_and_of_who_gave_up() -> None:
    row, failure = result("hikari", 2, 400, 0.5).lines()
    assert row.split() == ["hikari", "1", "of", "3", "1.0%", "200", "800"]
    assert failure.strip() == "process 1 failed after 8 s: 429"


def test_ours_is_set_beside_each_of_the_others_and_not_beside_itself() -> None:
    mine, other = result(OURS, 30, 3100, 1.0), result("hikari", 10, 1000, 0.5)
    assert ratios([other, mine]) == [
        "  clipsaver to hikari: 1.55 times the messages per CPU second, 3.00 times the messages"
    ]
    assert ratios([other]) == []


@pytest.mark.parametrize(
    ("errors", "told"),
    [("Traceback\n  File\nHTTPException: 429\n\n", "HTTPException: 429"), ("", "without a word")],
)
def test_a_failure_is_told_in_its_last_line(errors: str, told: str) -> None:
    assert last_line(io.StringIO(errors)) == told
