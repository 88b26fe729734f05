"""The page, the dashboard and the alerts ask for nothing that a worker does not show."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from clipsaver.worker.exposing.exposition import expose
from clipsaver.worker.exposing.figures import ALL
from scripts import metrics_page
from tests.worker.exposing.making import BUSY
from tests.worker.exposing.promql import TARGET, Known, Wrong, names_in

ROOT = Path(__file__).parents[3]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "ops/grafana/clipsaver.json").read_text("utf-8"))
ALERTS: dict[str, Any] = yaml.safe_load((ROOT / "ops/prometheus/alerts.yml").read_text("utf-8"))
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
TARGETS = [(panel["title"], target) for panel in PANELS for target in panel["targets"]]
FROM_ELSEWHERE = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
"""Prometheus' own, and the client library's, which knows them where there is a /proc."""


def known() -> Known:
    """What a busy worker shows, and what stands beside it."""
    labels: dict[str, frozenset[str]] = dict.fromkeys(FROM_ELSEWHERE, frozenset())
    values: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for family in text_string_to_metric_families(expose(BUSY, "")[0].decode()):
        for sample in family.samples:
            labels[sample.name] = frozenset(sample.labels)
            for name, value in sample.labels.items():
                values[sample.name, name].add(value)
    return Known(labels, {key: frozenset(seen) for key, seen in values.items()})


KNOWN = known()


def names_in_braces(legend: str) -> set[str]:
    return set(re.findall(r"\{\{ *(?:\$labels\.)?([a-z_]+) *\}\}", legend))


def test_the_page_lists_every_metric_as_it_is_declared() -> None:
    page = metrics_page.PAGE.read_text("utf-8")
    said = "docs/metrics.md is not what is declared; renew it: python -m scripts.metrics_page"
    assert page == metrics_page.renewed(page), said


def test_what_the_page_asks_can_be_asked() -> None:
    blocks = re.findall(r"```promql\n(.*?)```", metrics_page.PAGE.read_text("utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if not line.startswith("#")]
    assert len(lines) >= 4
    for line in lines:
        KNOWN.result(line)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_asks_for_what_there_is_and_says_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    labels = KNOWN.result(rule["expr"])
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "description"}
    for words in rule["annotations"].values():
        assert set(re.findall(r"\$labels\.([a-z_]+)", words)) <= labels


def test_alerts_have_names_of_their_own() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(name.startswith("Clipsaver") for name in names)


@pytest.mark.parametrize(("title", "target"), TARGETS, ids=lambda one: one if one is str else None)
def test_a_panel_shows_what_there_is(title: str, target: dict[str, Any]) -> None:
    labels = KNOWN.result(target["expr"])
    assert names_in_braces(target["legendFormat"]) <= labels, title


def test_the_dashboard_shows_every_metric() -> None:
    variables = DASHBOARD["templating"]["list"]
    asked = {name for _, target in TARGETS for name in names_in(target["expr"])}
    shown = {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked}
    (instances,) = re.findall(r"label_values\((\w+), instance\)", json.dumps(variables[1]["query"]))
    assert {figure.name for figure in ALL} == (shown | {instances}) - FROM_ELSEWHERE


def test_the_dashboard_can_be_imported_anywhere() -> None:
    assert [one["name"] for one in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    for panel in PANELS:
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    places = [tuple(panel["gridPos"].values()) for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places)
    assert "__inputs" not in DASHBOARD


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("clipsaver_nothing_total", "there is no metric clipsaver_nothing_total"),
        ("clipsaver_pages_total{route='x'}", "clipsaver_pages_total has no label route"),
        ("clipsaver_jobs_total{outcome=~'done|died'}", "has no outcome 'died'"),
        ("sum by (kind) (rate(clipsaver_jobs_total[5m]))", r"by \['kind'\], of which"),
        ("sum(sum by (outcome) (clipsaver_jobs_total)) by (type)", r"by \['type'\], of which"),
    ],
)
def test_an_expression_that_would_show_nothing_is_found(expression: str, said: str) -> None:
    with pytest.raises(Wrong, match=said):
        KNOWN.result(expression)


def test_labels_of_results_are_known() -> None:
    assert KNOWN.result("max(clipsaver_up)") == set()
    assert KNOWN.result("clipsaver_up == 0") == {"dependency"} | TARGET
    assert KNOWN.result("1 - clipsaver_up") == {"dependency"} | TARGET
    with pytest.raises(ValueError, match="unclosed"):
        KNOWN.result("sum(clipsaver_up")
