"""What lies between one worker and one server: a unix socket that can be cut, or fall silent."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import trio

_CHUNK_BYTES = 65_536
_LOST_AT_ONCE = 4
_AWAY = (OSError, trio.BrokenResourceError, trio.ClosedResourceError)


@dataclass(eq=False)
class Link:
    """Passes on what comes, until it is told otherwise."""

    entrance: Path
    """The socket to which the worker connects."""
    server: Path
    cuts: int = 0
    """Connections that were broken here."""
    lost: int = 0
    """Answers that never arrived."""
    _open: set[trio.CancelScope] = field(default_factory=set)
    _speaks: trio.Event = field(default_factory=trio.Event)
    _loses: int = 0
    _loses_until: float = float("-inf")

    def __post_init__(self) -> None:
        self._speaks.set()

    async def serve(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Takes connections until cancelled."""
        with trio.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
            await listening.bind(str(self.entrance))
            listening.listen(128)
            self.entrance.chmod(0o700)
            task_status.started()
            await trio.serve_listeners(self._connected, [trio.SocketListener(listening)])

    def cut(self) -> None:
        """Breaks every connection."""
        self.cuts += len(self._open)
        for scope in self._open:
            scope.cancel()

    def lose_answers(self, seconds: float) -> None:
        """The next answers, if they come within so long, are lost, and their connections broken."""
        self._loses, self._loses_until = _LOST_AT_ONCE, trio.current_time() + seconds

    async def be_silent(self, seconds: float) -> None:
        """For so long nothing gets through, and no connection breaks."""
        self._speaks = trio.Event()
        await trio.sleep(seconds)
        self._speaks.set()

    async def _connected(self, worker: trio.SocketStream) -> None:
        async with worker:
            try:
                server = await trio.open_unix_socket(str(self.server))
            except OSError:
                return  # it is down: the worker's connection ends at once
            async with server, trio.open_nursery() as nursery:
                scope = nursery.cancel_scope
                self._open.add(scope)
                nursery.start_soon(partial(self._pass_on, worker, server, scope, is_answer=False))
                nursery.start_soon(partial(self._pass_on, server, worker, scope, is_answer=True))
        self._open.discard(scope)

    async def _pass_on(
        self,
        source: trio.SocketStream,
        sink: trio.SocketStream,
        connection: trio.CancelScope,
        *,
        is_answer: bool,
    ) -> None:
        """One direction, until either end is gone; then the other direction ends as well."""
        try:
            while data := await source.receive_some(_CHUNK_BYTES):
                await self._speaks.wait()
                if is_answer and self._loses and trio.current_time() < self._loses_until:
                    self._loses -= 1
                    self.lost += 1
                    self.cuts += 1
                    break
                await sink.send_all(data)
        except _AWAY:
            pass
        connection.cancel()
