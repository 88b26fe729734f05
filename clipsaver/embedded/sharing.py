"""Who uses a server: it starts with the first user and stops with the last, of any process.

Two locks per server. `users` is shared by everyone who uses it; the kernel lets go of it when a
process ends, so a user that was killed does not count. `guard` is held by one process at a time
while it decides and acts:

    enter    guard; share `users`; start the server unless it runs; release guard
    leave    guard; if `users` can be had alone, stop the server; release `users`; release guard

Nobody enters while another decides to stop, and of two who leave at once the second finds itself
alone. A process killed anywhere in between leaves a server without users: the next one in adopts
it and stops it on its way out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from clipsaver.embedded.lifecycle import Server, ensure_running, is_running, stop
from clipsaver.embedded.locks import FileLock
from clipsaver.embedded.polling import Pause, plain_pause, wait_until
from clipsaver.errors import EmbeddedServerError

_GUARD_TIMEOUT_S = 330.0
"""A little more than a start may take."""
_LEAVE_GUARD_TIMEOUT_S = 10.0

_log = structlog.get_logger()


class Use:
    """One user's hold on one server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._users: FileLock | None = None

    def enter(self, pause: Pause) -> None:
        """Returns when the server answers; it runs at least until `leave`.

        Raises EmbeddedServerError, and whatever `pause` raises to give up; then nothing is held.
        """
        with self._guard(pause, _GUARD_TIMEOUT_S):
            self._users = users = self.server.place.open_lock("users")
            try:
                ensure_running(self.server, alone=_share(users), pause=pause)
            except BaseException:
                self._let_go(users)
                raise

    def renew(self, pause: Pause) -> None:
        """Starts the server again if it has died in use."""
        if self._users is None or is_running(self.server):
            return
        with self._guard(pause, _GUARD_TIMEOUT_S):
            ensure_running(self.server, alone=_share(self._users), pause=pause)

    def leave(self) -> None:
        """Stops the server if nobody else uses it. Never raises for what a server does."""
        users = self._users
        if users is None:
            return
        try:
            with self._guard(plain_pause, _LEAVE_GUARD_TIMEOUT_S):
                self._let_go(users)
        except EmbeddedServerError as error:
            # Somebody is entering, who will be the last one out instead of us.
            _log.warning("embedded.left_running", server=self.server.title, reason=str(error))
        finally:
            users.close()
            self._users = None

    def _let_go(self, users: FileLock) -> None:
        """With the guard held."""
        try:
            if users.try_exclusive():
                stop(self.server, plain_pause)
        finally:
            users.close()
            self._users = None

    @contextmanager
    def _guard(self, pause: Pause, timeout_s: float) -> Iterator[None]:
        guard = self.server.place.open_lock("guard")
        try:
            if not wait_until(guard.try_exclusive, timeout_s, pause):
                raise EmbeddedServerError(
                    f"Another clipsaver process has been starting or stopping {self.server.title} "
                    f"for {timeout_s:.0f} s; its log is {self.server.place.log}."
                )
            yield
        finally:
            guard.close()


def _share(users: FileLock) -> bool:
    """Counts us among the users; True if there is no other. With the guard held, so nobody
    can come in between."""
    alone = users.try_exclusive()
    users.try_shared()
    return alone
