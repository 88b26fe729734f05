"""Where thumbnails are stored and how they are decoded, judged. Pure.

Neither keeps a scan from working: clips are found all the same, and wait for their thumbnails.
"""

from __future__ import annotations

from collections.abc import Iterator

from clipsaver.doctor.facts import ThumbnailFacts
from clipsaver.doctor.findings import Finding, ok, warning

_MEANWHILE = "no thumbnails are made until then"
_MORE_LAYERS = (
    "clips are strangers' files: run workers on Linux 5.13 or later with libseccomp, and let their "
    "container use namespaces and landlock"
)


def judge_thumbnails(facts: ThumbnailFacts) -> Iterator[Finding]:
    """Whether pictures can be kept, and what keeps a clip's file from doing harm."""
    yield _storage(facts)
    yield _decoders(facts)


def _storage(facts: ThumbnailFacts) -> Finding:
    if facts.storage_obstacle:
        # Its words say what to do about it.
        return warning("thumbnails", facts.storage_obstacle, f"see to it; {_MEANWHILE}")
    found = f"they can be stored, read and deleted in {facts.place}"
    return ok("thumbnails", found)


def _decoders(facts: ThumbnailFacts) -> Finding:
    isolation = facts.isolation
    if isolation is None:
        advice = f"see to it; {_MEANWHILE}"
        return warning("decoders", facts.decoders_obstacle, advice)
    layers = tuple(
        f"{layer.name}: {layer.words}" if layer.is_on else f"{layer.name} is off: {layer.words}"
        for layer in isolation.layers
    )
    off = isolation.off
    on = len(isolation.layers) - len(off)
    stands = f"{on} of {len(isolation.layers)} layers isolate them"
    if isolation.reaches:
        # What is off first: only a few of them are shown.
        told = (*(one for one in layers if " is off: " in one), *layers)
        found = f"{stands}; one could reach {', '.join(isolation.reaches)}"
        return warning("decoders", found, _MORE_LAYERS, *dict.fromkeys(told))
    return ok("decoders", f"{stands}; one could reach nothing", *layers)
