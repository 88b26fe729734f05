"""A Discord of canned answers: no sockets, so the clock may jump."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

import httpx

from clipsaver.discord_rest.client import open_client
from clipsaver.discord_rest.flow import Policy

TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.a-bot-token-that-nobody-may-see"
API = "https://discord.example/api/v10"


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
    async with open_client(
        TOKEN,
        api_url=API,
        requests_per_second=rate,
        request_timeout_s=10,
        transport=httpx.MockTransport(discord),
        policy=Policy(attempts=attempts, patience_s=patience_s),
        dice=lambda: 0.5,
        **options,
    ) as client:
        yield client
