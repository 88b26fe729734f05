"""Figures as Prometheus reads them, in both of its formats."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_plain

from clipsaver.worker.exposing.exposition import expose
from clipsaver.worker.exposing.figures import ALL, Kind, Snapshot
from tests.worker.exposing.making import BUSY, STARTING

OPENMETRICS = "application/openmetrics-text;version=1.0.0"


def families(snapshot: Snapshot, accept: str = "") -> dict[str, Metric]:
    text, content_type = expose(snapshot, accept)
    is_open = content_type.startswith("application/openmetrics-text")
    assert is_open == bool(accept)
    parse = parse_openmetrics if is_open else parse_plain
    found = list(parse(text.decode()))
    assert len({family.name for family in found}) == len(found)
    return {family.name: family for family in found}


def value(found: dict[str, Metric], name: str, **labels: str) -> float:
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in found.values()
        for sample in family.samples
    }
    return samples[name, *sorted(labels.items())]


def families_of(names: Iterable[str]) -> set[str]:
    return {name.removesuffix("_total") for name in names}


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_every_figure_of_a_busy_worker_is_there_and_as_it_was_declared(accept: str) -> None:
    found = families(BUSY, accept)
    for figure in ALL:
        family = found[figure.name.removesuffix("_total")]
        assert family.type == figure.kind.value
        assert family.documentation == figure.help
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(figure.labels) - {"le"}
    ours = {name for name in found if name.startswith("clipsaver_")}
    assert ours == families_of(figure.name for figure in ALL)


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("clipsaver_jobs_total", {"type": "batch", "outcome": "slice"}, 2),
        ("clipsaver_jobs_total", {"type": "rescan", "outcome": "dead"}, 0),
        ("clipsaver_jobs_total", {"type": "bad_job", "outcome": "dead"}, 1),
        ("clipsaver_redeliveries_total", {"cause": "worker_lost"}, 2),
        ("clipsaver_redeliveries_total", {"cause": "retry"}, 0),
        ("clipsaver_jobs_running", {"kind": "ending"}, 2),
        ("clipsaver_leases", {"state": "held"}, 8),
        ("clipsaver_queue_entries", {"place": "waiting"}, 100),
        ("clipsaver_queue_oldest_seconds", {}, 61.5),
        ("clipsaver_discord_requests_total",
            {"route": "GET /channels/{channel}/messages", "status": "429"}, 1),
        ("clipsaver_discord_refusals_total", {"scope": "user"}, 1),
        ("clipsaver_discord_refusals_total", {"scope": "global"}, 0),
        ("clipsaver_discord_wait_seconds_total", {}, 42.25),
        ("clipsaver_discord_token_rejected", {}, 1),
        ("clipsaver_discord_allowance_used_ratio", {}, 0.2),
        ("clipsaver_thumbnails_total", {"source": "none", "outcome": "pending"}, 1),
        ("clipsaver_thumbnails_total", {"source": "discord", "outcome": "failed"}, 0),
        ("clipsaver_media_saved_bytes_total", {}, 90_000_000),
        ("clipsaver_commit_seconds_bucket", {"le": "0.0025"}, 1),
        ("clipsaver_commit_seconds_bucket", {"le": "10.0"}, 3),
        ("clipsaver_commit_seconds_bucket", {"le": "+Inf"}, 4),
        ("clipsaver_commit_seconds_count", {}, 4),
        ("clipsaver_commit_seconds_sum", {}, 12.5),
        ("clipsaver_up", {"dependency": "thumbnails"}, 0),
        ("clipsaver_state", {"state": "running"}, 1),
        ("clipsaver_state", {"state": "paused"}, 0),
        ("clipsaver_connection_waiters", {"to": "postgresql"}, 4),
        ("clipsaver_redis_round_trip_seconds", {}, 0.0025),
    ],
)  # fmt: skip
def test_a_figure_is_what_the_worker_counted(
    name: str, labels: dict[str, str], expected: float
) -> None:
    assert math.isclose(value(families(BUSY), name, **labels), expected)


def test_a_worker_that_starts_shows_what_there_is() -> None:
    found = families(STARTING)
    ours = {name for name in found if name.startswith("clipsaver_")}
    assert ours == {
        "clipsaver_build_info",
        "clipsaver_state",
        "clipsaver_up",
        "clipsaver_scheduler_late_seconds",
    }


def test_what_redis_did_not_tell_is_left_out_and_the_rest_is_there() -> None:
    found = families(replace(BUSY, backlog=None, limits=None))
    left_out = {
        "clipsaver_queue_entries",
        "clipsaver_queue_oldest_seconds",
        "clipsaver_discord_allowance_used_ratio",
    }
    assert families(BUSY).keys() - found.keys() == left_out


def test_names_follow_the_rules_of_prometheus() -> None:
    assert len({figure.name for figure in ALL}) == len(ALL)
    for figure in ALL:
        assert re.fullmatch(r"clipsaver(_[a-z]+)+", figure.name)
        assert (figure.kind is Kind.COUNTER) == figure.name.endswith("_total")
        assert not figure.name.endswith(("_ms", "_milliseconds", "_count", "_sum", "_bucket"))
        assert re.fullmatch(r".{20,}\.", figure.help)
        assert all(re.fullmatch(r"[a-z]+", label) for label in figure.labels)


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="the client library reads /proc")
def test_the_process_is_there() -> None:
    found = families(BUSY)
    assert value(found, "process_resident_memory_bytes") > 10e6
