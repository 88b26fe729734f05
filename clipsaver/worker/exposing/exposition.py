"""Figures in the formats that Prometheus reads, by its client library.

Nothing counts with the library's own objects: a scrape reads what the parts of the worker count
anyway, so that a worker that nobody watches pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Metric, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from clipsaver.worker.exposing.figures import ALL, Figure, Kind, Snapshot


def expose(snapshot: Snapshot, accept: str) -> tuple[bytes, str]:
    """All figures as text, and its content type; `accept` is what the client says it reads."""
    encode, content_type = choose_encoder(accept)
    return encode(_Scrape(snapshot)), content_type


class _Scrape(Collector):
    """One snapshot as the library wants it, with what it knows of the process itself."""

    _process = ProcessCollector(registry=None)
    """Memory, CPU and open files, where there is a /proc."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        for figure in ALL:
            if (family := _family(figure, self._snapshot)).samples:
                yield family
        yield from self._process.collect()


def _family(figure: Figure, snapshot: Snapshot) -> Metric:
    samples = figure.read(snapshot)
    match figure.kind:
        case Kind.HISTOGRAM:
            histogram = HistogramMetricFamily(figure.name, figure.help)
            counts = {labels[0]: value for labels, value in samples}
            if counts:
                total = counts.pop("sum")
                buckets = [("+Inf" if le == "inf" else le, n) for le, n in counts.items()]
                histogram.add_metric([], buckets=buckets, sum_value=total)
            return histogram
        case Kind.COUNTER:
            counter = CounterMetricFamily(figure.name, figure.help, labels=figure.labels)
            for labels, value in samples:
                counter.add_metric(labels, value)
            return counter
        case Kind.GAUGE:
            gauge = GaugeMetricFamily(figure.name, figure.help, labels=figure.labels)
            for labels, value in samples:
                gauge.add_metric(labels, value)
            return gauge
