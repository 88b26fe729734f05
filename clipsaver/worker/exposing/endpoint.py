"""The endpoint of `metrics.listen`: /metrics, /healthz and /readyz, for the life of a worker.

It is there before the stores are: a worker that waits for Redis is alive, and not ready.
"""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
import trio

from clipsaver.config import Address, Config
from clipsaver.errors import UsageError
from clipsaver.trio_io.http_server import HttpAnswer, HttpRequest, serve_http
from clipsaver.worker.exposing.exposition import expose
from clipsaver.worker.exposing.health import Verdict, liveness, readiness
from clipsaver.worker.exposing.looking import Look
from clipsaver.worker.exposing.subject import Subject
from clipsaver.worker.exposing.ticks import Ticks, tick

_log = structlog.get_logger()

_PAGES = """\
clipsaver
/metrics  figures for Prometheus
/healthz  200 while the worker lives: its scheduler ticks
/readyz   200 while it takes jobs, and Redis, PostgreSQL and the token are good
"""
_WHY = {
    errno.EADDRINUSE: "the port is taken, perhaps by another worker with the same configuration: "
    "give this one a port of its own, as with clipsaver run --metrics",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
    errno.EACCES: "ports below 1024 are for root: take a higher one",
}


@asynccontextmanager
async def open_endpoint(
    address: Address, config: Config, subject: Subject, stopping: trio.Event
) -> AsyncIterator[None]:
    """Serves for the time of the block.

    Raises UsageError where nothing can listen there: whoever asked for metrics has to know at once.
    """
    listeners = await _listen(address)
    ticks = Ticks(trio.current_time())
    look = Look(config, subject, stopping)

    async def respond(request: HttpRequest) -> HttpAnswer:
        return await _respond(request, look, ticks)

    alone: BaseException | None = None
    try:
        async with trio.open_nursery() as nursery:
            await nursery.start(tick, ticks)
            await nursery.start(serve_http, listeners, respond)
            _log.info("metrics_served", at=[_url(listener) for listener in listeners])
            yield
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        alone = group.exceptions[0]
    if alone is not None:  # that there is a nursery in here is not the caller's business
        raise alone


async def _listen(address: Address) -> list[trio.SocketListener]:
    try:
        return await trio.open_tcp_listeners(address.port, host=address.host)
    except OSError as error:
        why = _WHY.get(error.errno or 0, error.strerror or str(error))
        raise UsageError(f"metrics.listen: nothing can listen on {address}: {why}") from error


async def _respond(request: HttpRequest, look: Look, ticks: Ticks) -> HttpAnswer:
    if request.method not in ("GET", "HEAD"):
        return HttpAnswer(405, b"only GET and HEAD\n", headers=[("Allow", "GET, HEAD")])
    now = trio.current_time()
    match request.path:
        case "/metrics":
            snapshot = await look.snapshot(ticks.worst_s(now))
            text, content_type = expose(snapshot, request.headers.get("accept", ""))
            return HttpAnswer(200, text, content_type)
        case "/healthz":
            return _told(liveness(ticks.late_s(now), ticks.worst_s(now)))
        case "/readyz":
            return _told(readiness(await look.standing()))
        case "/":
            return HttpAnswer(200, _PAGES.encode())
        case _:
            return HttpAnswer(404, b"there are /metrics, /healthz and /readyz\n")


def _told(verdict: Verdict) -> HttpAnswer:
    return HttpAnswer(verdict.status, verdict.text.encode())


def _url(listener: trio.SocketListener) -> str:
    host, port = listener.socket.getsockname()[:2]
    return f"http://{Address(host, port)}"
