"""Permits for tests in which limits are not the point: every request may be sent at once."""

from __future__ import annotations

from clipsaver.discord_rest.limits.statistics import LimitStatistics
from clipsaver.errors import TokenRejected


class AtOnce:
    """Both the permits and each permit."""

    def __init__(self):
        self.held_since = None

    def permit(self, request, *, turn, deadline, trial=False):
        return self

    async def may_ask_again(self):
        return False

    def waiting(self):
        return ()

    def statistics(self):
        return LimitStatistics(on_their_way=0, waiting=0, learnt={}, invalid_requests=0)

    async def __aenter__(self):
        if self.held_since is not None:
            raise TokenRejected("not sent", route="", status=401)
        return self

    async def __aexit__(self, *_):
        pass

    def answered(self, answer):
        if answer.status == 401:
            self.held_since = answer.at
