"""Figures of Discord: what was asked, what was refused, and what is left of the allowance."""

from __future__ import annotations

from collections.abc import Iterable

from clipsaver.discord_rest.outcomes import Scope
from clipsaver.worker.exposing.figures.figure import (
    Figure,
    Kind,
    Sample,
    Snapshot,
    by_name,
    by_two,
    of_worker,
    one,
)


def _share_used(snapshot: Snapshot) -> Iterable[Sample]:
    limits = snapshot.limits
    if limits is None or not snapshot.requests_per_second:
        return ()
    return one(limits.sent / (limits.rate or snapshot.requests_per_second))


FIGURES = (
    Figure(
        "clipsaver_discord_requests_total",
        Kind.COUNTER,
        "Answers of Discord's API by route (method and path, with names for ids) and HTTP status.",
        of_worker(lambda it: by_two(it.discord.routes)),
        ("route", "status"),
    ),
    Figure(
        "clipsaver_discord_failures_total",
        Kind.COUNTER,
        "Requests without a whole answer: timeouts, resets, bodies that were cut off.",
        of_worker(lambda it: it.discord.failures),
    ),
    Figure(
        "clipsaver_discord_retries_total",
        Kind.COUNTER,
        "Requests that were sent again, after a 429, a 5xx or no answer.",
        of_worker(lambda it: it.discord.retries),
    ),
    Figure(
        "clipsaver_discord_refusals_total",
        Kind.COUNTER,
        "429s and blocks by scope: user (this bot on one route), shared (a channel, whoever asks), "
        "global (this bot everywhere), cloudflare (this address everywhere). A limit that was not "
        "known costs one of user and is known then; any of global or cloudflare is worth a look.",
        of_worker(lambda it: by_name(it.discord.refusals, [scope.value for scope in Scope])),
        ("scope",),
    ),
    Figure(
        "clipsaver_discord_requests_in_flight",
        Kind.GAUGE,
        "Requests that were sent and not answered yet.",
        of_worker(lambda it: it.limits.on_their_way),
    ),
    Figure(
        "clipsaver_discord_requests_waiting",
        Kind.GAUGE,
        "Requests that wait until a limit lets them go; clipsaver limits says for what.",
        of_worker(lambda it: it.limits.waiting),
    ),
    Figure(
        "clipsaver_discord_waits_total",
        Kind.COUNTER,
        "Requests that had to wait for a limit.",
        of_worker(lambda it: it.limits.waits),
    ),
    Figure(
        "clipsaver_discord_wait_seconds_total",
        Kind.COUNTER,
        "For how long these waited, together. Its rate is how many requests wait on average.",
        of_worker(lambda it: it.limits.waited_s),
    ),
    Figure(
        "clipsaver_discord_invalid_requests",
        Kind.GAUGE,
        "Answers 401, 403 and 429 that this worker's address got in the last 10 minutes. At 5,000 "
        "clipsaver sends nothing more for a while; at 10,000 Discord would ban the address.",
        of_worker(lambda it: it.limits.invalid_requests),
    ),
    Figure(
        "clipsaver_discord_token_rejected",
        Kind.GAUGE,
        "1 while Discord rejects the token (401) and all workers that use it hold still.",
        of_worker(lambda it: float(it.discord.token_held_for_s is not None)),
    ),
    Figure(
        "clipsaver_discord_allowed_requests_per_second",
        Kind.GAUGE,
        "discord.requests_per_second: what all workers of a token may send together.",
        lambda it: one(it.requests_per_second) if it.requests_per_second else (),
    ),
    Figure(
        "clipsaver_discord_allowance_used_ratio",
        Kind.GAUGE,
        "Share of that which all workers used in the second before the scrape; 1 is as fast as it "
        "may be. The same from every worker; left out while Redis does not answer.",
        _share_used,
    ),
)
