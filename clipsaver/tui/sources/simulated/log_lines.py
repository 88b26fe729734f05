"""Log lines as workers send them: events named `log`, with all that is said in their detail."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from clipsaver.tui.sources.simulated.state import Run

_TREE = [
    "clipsaver",
    "├─ job 7f3a (scan)",
    "│  └─ page 412: waits for an answer, GET /channels/{channel.id}/messages",
    "└─ upkeep: sleeps",
]


def log_line(dice: random.Random, now_ms: int, run: Run | None) -> dict[str, object]:
    """The detail of one line; of a job where there is one."""
    said_at = datetime.fromtimestamp(now_ms // 1000, UTC)
    kind = dice.randrange(5) if run else 4
    level, event, more = _lines(dice)[kind]
    about: dict[str, object] = {}
    if run is not None and kind != 4:
        job = run.sketch
        ids = {"type": job.type, "guild_id": job.guild_id, "channel_id": job.channel_id}
        about = {name: value for name, value in ids.items() if value}
        about["attempt"] = run.attempts + 1
    time = f"{said_at:%Y-%m-%dT%H:%M:%S}.{now_ms % 1000:03}Z"
    return {"level": level, "event": event, "time": time, **about, **more}


def _lines(dice: random.Random) -> tuple[tuple[str, str, dict[str, object]], ...]:
    waited_s = round(dice.uniform(31, 90), 1)
    return (
        ("warning", "job_stalled", {"stage": "scan", "for_s": 60.0, "tree": _TREE}),
        ("info", "job_goes_on", {"after_s": waited_s}),
        (
            "warning",
            "thumbnail_failed",
            {
                "clip_id": f"{1_400_000_000_000_000_000 + dice.randrange(10**9)}-"
                f"{1_400_000_000_000_000_001 + dice.randrange(10**9)}",
                "reason": "media_unavailable",
                "error": "the CDN answered 503 three times",
            },
        ),
        (
            "warning",
            "request_retried",
            {
                "route": "GET /channels/{channel.id}/messages",
                "status": 502,
                "attempt_of_request": 2,
            },
        ),
        ("warning", "loop_blocked", {"for_s": round(dice.uniform(0.6, 2.4), 2), "at": "zlib"}),
    )
