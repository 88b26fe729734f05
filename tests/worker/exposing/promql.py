"""What an expression asks for, by Prometheus' own grammar, and the labels of its result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import promql_parser as promql

TARGET = frozenset({"job", "instance"})
"""Labels that Prometheus gives to every series of a scrape."""
GRAFANA = {"[$__rate_interval]": "[5m]", '"$instance"': '".*"'}


class Wrong(Exception):
    """The expression asks for what there is not."""


@dataclass(frozen=True, slots=True)
class Known:
    """The series that there are: their labels, and the values of labels that were seen."""

    labels: Mapping[str, frozenset[str]]
    values: Mapping[tuple[str, str], frozenset[str]]

    def result(self, expression: str) -> frozenset[str]:
        """The labels of what comes out. Raises Wrong, and ValueError where it cannot be read."""
        for variable, value in GRAFANA.items():
            expression = expression.replace(variable, value)
        return self._labels(promql.parse(expression))

    def _labels(self, expr: Any) -> frozenset[str]:
        match expr:
            case promql.VectorSelector():
                return self._selected(expr)
            case promql.MatrixSelector():
                return self._selected(expr.vector_selector)
            case promql.AggregateExpr():
                return self._aggregated(expr)
            case promql.Call():
                every = reduce(frozenset.union, map(self._labels, expr.args), frozenset())
                return every - ({"le"} if expr.func.name == "histogram_quantile" else set())
            case promql.BinaryExpr():
                right = self._labels(expr.rhs)
                return self._labels(expr.lhs) or right
            case promql.ParenExpr() | promql.UnaryExpr():
                return self._labels(expr.expr)
            case promql.NumberLiteral() | promql.StringLiteral():
                return frozenset()
        raise Wrong(f"{type(expr).__name__} is not known here: {expr}")

    def _selected(self, selector: Any) -> frozenset[str]:
        name = selector.name
        if name not in self.labels:
            raise Wrong(f"there is no metric {name}")
        for matcher in selector.matchers.matchers:
            if matcher.name in TARGET:
                continue
            if matcher.name not in self.labels[name]:
                raise Wrong(f"{name} has no label {matcher.name}")
            if matcher.op in (promql.MatchOp.Equal, promql.MatchOp.Re):
                self._check_values(name, matcher)
        return self.labels[name] | TARGET

    def _check_values(self, name: str, matcher: Any) -> None:
        seen = self.values[name, matcher.name]
        for value in matcher.value.split("|"):
            if matcher.name != "status" and value not in seen:
                raise Wrong(f"{name} has no {matcher.name} {value!r}, only {sorted(seen)}")

    def _aggregated(self, expr: Any) -> frozenset[str]:
        inner = self._labels(expr.expr)
        if expr.modifier is None:
            return frozenset()
        if expr.modifier.type != promql.AggModifierType.By:
            raise Wrong(f"only `by` is known here: {expr}")
        by = frozenset(expr.modifier.labels)
        if unknown := by - inner:
            raise Wrong(f"by {sorted(unknown)}, of which there is none in {expr.expr}")
        return by


def names_in(expression: str) -> Iterator[str]:
    """The metrics that an expression asks for."""
    found: list[str] = []

    def visit(expr: Any) -> None:
        if isinstance(expr, promql.MatrixSelector):
            expr = expr.vector_selector
        if isinstance(expr, promql.VectorSelector):
            found.append(expr.name)

    for variable, value in GRAFANA.items():
        expression = expression.replace(variable, value)
    promql.walk(promql.parse(expression), visit)
    yield from found
