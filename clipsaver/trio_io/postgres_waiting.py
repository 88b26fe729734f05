"""Drives psycopg's protocol generators: what they wait for is waited for with Trio."""

from __future__ import annotations

import contextlib
import select
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeVar, cast

import psycopg
import trio
from psycopg.errors import _WaitTimeout
from psycopg.waiting import Ready, Wait

if TYPE_CHECKING:
    from psycopg.abc import PQGenConn

_T = TypeVar("_T")


def _poll(fd: int, want: int) -> int:
    """What `fd` is ready for now, as psycopg's Ready flags; errors and hang-ups are readiness."""
    poller = select.poll()
    poller.register(fd, (want & Wait.R and select.POLLIN) | (want & Wait.W and select.POLLOUT))
    ready = 0
    for _, events in poller.poll(0):
        if events & ~select.POLLOUT:
            ready |= Ready.R
        if events & ~select.POLLIN:
            ready |= Ready.W
    return ready & want


async def _wait_until_ready(fd: int, want: int) -> int:
    if want == Wait.R:
        await trio.lowlevel.wait_readable(fd)
        return Ready.R
    # Nearly always ready at once, and asking is far cheaper than two tasks in a nursery.
    if ready := _poll(fd, want):
        await trio.lowlevel.checkpoint()
        return ready
    if want == Wait.W:
        await trio.lowlevel.wait_writable(fd)
        return Ready.W
    async with trio.open_nursery() as nursery:

        async def one_of(wait: Any, flag: int) -> None:
            nonlocal ready
            # That it was closed is for the generator to find out, and to say in psycopg's words.
            with contextlib.suppress(trio.ClosedResourceError):
                await wait(fd)
            ready |= flag
            nursery.cancel_scope.cancel()

        nursery.start_soon(one_of, trio.lowlevel.wait_readable, Ready.R)
        nursery.start_soon(one_of, trio.lowlevel.wait_writable, Ready.W)
    return ready


async def drive(
    gen: Generator[Any, Any, _T], state: Any, *, fd: int | None, limit_s: float | None
) -> _T:
    """Drive a started generator to its end.

    `state` is what it yielded last: what to wait for, with its own descriptor where `fd` is None.
    Raises psycopg's _WaitTimeout after that time.
    """
    with trio.move_on_after(float("inf") if limit_s is None else limit_s):
        try:
            while True:
                where, want = state if fd is None else (fd, state)
                state = gen.send(await _wait_until_ready(where, want))
        except StopIteration as stop:
            return cast(_T, stop.value)
        except (OSError, trio.ClosedResourceError) as error:
            raise psycopg.OperationalError("connection socket closed") from error
    raise _WaitTimeout("wait timeout expired")


async def drive_all(gen: PQGenConn[_T], limit_s: float | None) -> _T:
    """Drive a generator that brings its own descriptors: connecting, cancelling."""
    try:
        state = next(gen)
    except StopIteration as stop:
        return cast(_T, stop.value)
    return await drive(gen, state, fd=None, limit_s=limit_s)
