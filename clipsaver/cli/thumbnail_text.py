"""What `clipsaver thumbnail` has to say. Pure; strangers' text is made printable here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from clipsaver.cli.json_text import json_text
from clipsaver.masking import mask
from clipsaver.terminal_text import printable
from clipsaver.thumbnails.by_hand import Attempt, Spent
from clipsaver.thumbnails.ladder import Source
from clipsaver.thumbnails.picture.found import Facts, Picture, Still

_LONGEST_NAME = 100
_WHENCE = {Source.DECODE: "decoded here", Source.DISCORD: "Discord's still"}


def name_of(clip: str) -> str:
    """What pictures of it are called: the file's own name without its ending, made harmless."""
    path = unquote(clip.partition("?")[0].partition("#")[0]) if "://" in clip else clip
    name = Path(path.rstrip("/").replace("\0", "")).stem if path else ""
    safe = "".join(one if one not in "/\\" else "_" for one in printable(name)).lstrip(".-")
    return safe.encode()[:_LONGEST_NAME].decode(errors="ignore").strip() or "clip"


def attempt_lines(
    clip: str, attempt: Attempt, paths: Mapping[str, Path], *, verbose: bool
) -> Iterator[str]:
    """For a person."""
    yield _shown(clip)
    facts: list[tuple[str, str]] = []
    if attempt.picture is not None:
        facts += [
            *_facts_of(attempt.picture),
            ("picture", _picture(attempt.picture, attempt.source)),
        ]
    elif attempt.error is not None:
        words = printable(mask(attempt.words))
        facts.append(("no picture", f"{attempt.error.reason}: {words}"))
    facts += _costs(attempt.spent, attempt.picture)
    for size, path in paths.items():
        still = _still(attempt.picture, size)
        told = f"{still.width}x{still.height}, {len(still.webp):,} bytes"
        facts.append((size, f"{printable(str(path))}, {told}"))
    if verbose:
        facts += [
            (f"{layer.name} {'on' if layer.is_on else 'OFF'}", printable(layer.words))
            for layer in attempt.isolation.layers
        ]
        facts.append(("reaches", ", ".join(attempt.isolation.reaches) or "nothing"))
    width = max(len(name) for name, _ in facts)
    yield from (f"  {name:<{width}}  {value}" for name, value in facts)


def attempt_json(clip: str, attempt: Attempt, paths: Mapping[str, Path]) -> str:
    """For a program."""
    picture, spent = attempt.picture, attempt.spent
    told: dict[str, Any] = {
        "clip": _shown(clip),
        "error": None
        if attempt.error is None
        else {"reason": attempt.error.reason, "words": mask(attempt.words)},
        "source": attempt.source and attempt.source.value,
        "facts": picture and picture.facts,
        "at_s": picture and picture.at_s,
        "is_flat": picture and picture.is_flat,
        "pictures": [
            {
                "size": size,
                "path": str(path),
                "width": _still(picture, size).width,
                "height": _still(picture, size).height,
                "size_bytes": len(_still(picture, size).webp),
            }
            for size, path in paths.items()
        ],
        "cost": {
            "requests": spent.requests,
            "bytes_read": spent.bytes_read,
            "frames": picture and picture.cost.frames,
            "seconds": round(spent.seconds, 3),
            "start_seconds": round(spent.start_s, 3),
            "cpu_seconds": spent.cpu_s,
            "peak_bytes": spent.peak_bytes or None,
        },
        "isolation": attempt.isolation,
    }
    return json_text(told)


def _facts_of(picture: Picture) -> Iterator[tuple[str, str]]:
    facts = picture.facts
    if facts is None:
        yield "clip", "not looked into: its bytes were not read"
        return
    yield "clip", ", ".join(_of_clip(facts))


def _of_clip(facts: Facts) -> Iterator[str]:
    yield facts.content_type
    yield facts.codec
    stored = (facts.stored_width, facts.stored_height)
    turned = f" (stored as {stored[0]}x{stored[1]})"
    size = f"{facts.width}x{facts.height}"
    yield size if stored == (facts.width, facts.height) else size + turned
    yield "length unknown" if facts.duration_s is None else f"{facts.duration_s:,.2f} s"
    if facts.frames_per_s is not None:
        yield f"{facts.frames_per_s:.4g} frames a second"
    if facts.is_hdr:
        yield "HDR"


def _picture(picture: Picture, source: Source | None) -> str:
    whence = _WHENCE[source] if source is not None else ""
    moment = "" if picture.at_s is None else f", of {picture.at_s:.2f} s"
    flat = ", of one colour, as all that was looked at" if picture.is_flat else ""
    return f"{whence}{moment}{flat}"


def _costs(spent: Spent, picture: Picture | None) -> Iterator[tuple[str, str]]:
    requests = "1 request" if spent.requests == 1 else f"{spent.requests:,} requests"
    told = [requests, f"{spent.bytes_read:,} bytes"]
    if picture is not None:
        frames = picture.cost.frames
        told.append("1 frame" if frames == 1 else f"{frames:,} frames")
    told.append(f"{spent.seconds * 1000:,.0f} ms")
    start = f"after {spent.start_s * 1000:,.0f} ms until decoders were ready"
    yield "it took", f"{', '.join(told)}, {start}"
    if spent.peak_bytes:
        peak = f"{spent.peak_bytes / 1e6:,.0f} MB of memory at most"
        yield "decoder", f"{spent.cpu_s * 1000:,.0f} ms of CPU, {peak}"


def _still(picture: Picture | None, size: str) -> Still:
    assert picture is not None
    return picture.small if size == "small" else picture.large


def _shown(clip: str) -> str:
    """A link without what it is signed with."""
    return printable(clip.partition("?")[0] if "://" in clip else clip)
