"""Figures of thumbnails."""

from __future__ import annotations

from clipsaver.thumbnails.ladder import Source
from clipsaver.worker.exposing.figures.figure import Figure, Kind, by_name, by_two, of_worker

_ENDS = tuple(
    (source.value, state)
    for source in Source
    for state in ("ready", "pending", "failed", "unavailable")
)

FIGURES = (
    Figure(
        "clipsaver_thumbnails_total",
        Kind.COUNTER,
        "Attempts at thumbnails by source (decode: a frame of the clip; discord: the media proxy's "
        "still; where there is no picture the last that was tried, or none) and by outcome, the "
        "state that the clip is in now: ready, pending (tried again later), failed, unavailable.",
        of_worker(lambda it: by_two(it.thumbnails.by_source, _ENDS)),
        ("source", "outcome"),
    ),
    Figure(
        "clipsaver_thumbnail_misses_total",
        Kind.COUNTER,
        "Attempts without a picture by reason; clipsaver thumbnails explains each.",
        of_worker(lambda it: by_name(it.thumbnails.missed)),
        ("reason",),
    ),
    Figure(
        "clipsaver_thumbnails_in_hand",
        Kind.GAUGE,
        "Clips that are being made (making) or are claimed and not begun (waiting).",
        of_worker(
            lambda it: [
                (("making",), it.thumbnails.making),
                (("waiting",), it.thumbnails.waiting),
            ]
        ),
        ("state",),
    ),
    Figure(
        "clipsaver_media_requests_total",
        Kind.COUNTER,
        "Answers of Discord's CDN and media proxy by HTTP status.",
        of_worker(lambda it: by_name(it.thumbnails.answers)),
        ("status",),
    ),
    Figure(
        "clipsaver_media_fetched_bytes_total",
        Kind.COUNTER,
        "Bytes read from both, for all attempts.",
        of_worker(lambda it: it.thumbnails.bytes_fetched),
    ),
    Figure(
        "clipsaver_media_saved_bytes_total",
        Kind.COUNTER,
        "Bytes of files that were not read, since a part of each was enough for its thumbnail.",
        of_worker(lambda it: it.thumbnails.bytes_saved),
    ),
)
