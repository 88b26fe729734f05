"""429s, the headers of limits, and the errors of what stands before Discord."""

from __future__ import annotations

import math
from dataclasses import replace

from clipsaver.simulator.api.answers import Answer, Headers, Refused, encode, html, phrase
from clipsaver.simulator.traffic.faults import Fault, FaultKind
from clipsaver.simulator.traffic.limits import Allowed, Limited

_BEFORE_DISCORD = (502, 504, 520, 522, 523, 524)
"""Statuses that proxies give, with a page of HTML."""


def limit_headers(allowed: Allowed, now: float) -> Headers:
    """What an answer says about its bucket; `now` is Unix seconds."""
    return (
        ("X-RateLimit-Limit", str(allowed.limit)),
        ("X-RateLimit-Remaining", str(allowed.remaining)),
        ("X-RateLimit-Reset", f"{now + allowed.reset_after_s:.3f}"),
        ("X-RateLimit-Reset-After", f"{allowed.reset_after_s:.3f}"),
        ("X-RateLimit-Bucket", allowed.bucket),
    )


def too_many(limited: Limited, now: float) -> Answer:
    """A 429. Only the body's `retry_after` can be relied on; the header is rounded up."""
    retry_after_s = math.ceil(limited.retry_after_s * 1000) / 1000
    patience = ("Retry-After", str(math.ceil(retry_after_s)))
    if limited.scope == "cloudflare":
        page = html(429, "Error 1015: You are being rate limited", (patience,))
        return replace(page, scope=limited.scope)
    whom = "The resource is" if limited.scope == "shared" else "You are"
    body = {
        "message": f"{whom} being rate limited.",
        "retry_after": retry_after_s,
        "global": limited.scope == "global",
        "code": 0,
    }
    headers = (patience, ("X-RateLimit-Scope", limited.scope), *_details(limited, now))
    return Answer(429, encode(body), headers=headers, scope=limited.scope)


def _details(limited: Limited, now: float) -> Headers:
    if limited.scope == "global":
        return (("X-RateLimit-Global", "true"),)
    if limited.scope == "shared":
        # The bucket's own figures contradict the wait, as in the documentation's example.
        return limit_headers(Allowed(limited.bucket, 10, 9, 0.25), now)
    return limit_headers(Allowed(limited.bucket, limited.limit, 0, limited.retry_after_s), now)


def instead(fault: Fault, now: float) -> Answer | None:
    """The answer that a fault puts in place of the real one; None if it leaves it."""
    if fault.kind is FaultKind.GARBAGE:
        return Answer(200, b'[{"id": "1", "content": tru')
    if fault.kind is FaultKind.LIMITED:
        return too_many(Limited(fault.scope, fault.seconds, "0" * 32, 5), now)
    if fault.kind is FaultKind.REDIRECT:
        return html(302, "302 Found", (("Location", fault.location),))
    if fault.kind is not FaultKind.STATUS:
        return None
    title = f"{fault.code}: {phrase(fault.code)}"
    if fault.code in _BEFORE_DISCORD:
        return html(fault.code, title)
    return Refused(fault.code, fault.error, title).answer()
