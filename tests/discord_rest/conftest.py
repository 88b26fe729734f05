"""A Discord of canned answers: no sockets, so the clock may jump."""

from __future__ import annotations

import itertools
import json
from contextlib import asynccontextmanager

import httpx
import pytest

from clipsaver.discord_rest.client import open_client
from clipsaver.discord_rest.flow import Policy
from clipsaver.discord_rest.limits.opening import open_limits
from tests.discord_rest.limits.virtual import VirtualRedis

TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.a-bot-token-that-nobody-may-see"
API = "https://discord.example/api/v10"


_url = ""
_numbers = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def _valkey(valkey_url):
    """Limits are always real; here their clock is the test's."""
    global _url  # noqa: PLW0603 - set once, for a context that is no fixture
    _url = valkey_url


@asynccontextmanager
async def limits_of(*, rate=1000.0, redis=None, token=None, egress=None):
    """The limits of a new token, on a clock that may jump."""
    name = f"token-{next(_numbers)}"
    async with open_limits(
        redis or VirtualRedis(_url),
        server="here",
        token=token or name,
        requests_per_second=rate,
        egress=egress or name,
        dice=lambda: 0.5,
    ) as permits:
        yield permits


class Discord:
    """Answers requests in the order of its script; the last one for ever."""

    def __init__(self, *script):
        self.script = list(script)
        self.requests: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Exception):
            answer.request = request
            raise answer
        if callable(answer):
            answer = answer(request)
            if not isinstance(answer, httpx.Response):
                answer = await answer
        return answer


def answer(status=200, body=None, *, text=None, **headers):
    """A fresh response for each request, with the header that Discord's own answers have."""
    named = {"via": "1.1 google"} | {k.replace("_", "-"): v for k, v in headers.items()}
    if text is not None:
        return lambda request: httpx.Response(status, text=text, headers=headers)
    return lambda request: httpx.Response(status, content=json.dumps(body), headers=named)


def message(message_id, **fields):
    return {"id": str(message_id), "author": {"id": "1"}} | fields


@asynccontextmanager
async def client_of(discord, *, rate=1000.0, attempts=5, patience_s=60.0, **options):
    async with (
        limits_of(rate=rate) as permits,
        open_client(
            TOKEN,
            api_url=API,
            permits=permits,
            request_timeout_s=10,
            transport=httpx.MockTransport(discord),
            policy=Policy(attempts=attempts, patience_s=patience_s),
            dice=lambda: 0.5,
            **options,
        ) as client,
    ):
        yield client
