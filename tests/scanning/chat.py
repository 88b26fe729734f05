"""A channel behind a mocked transport, with everything that can be wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from clipsaver import snowflake

GUILD, CHANNEL = 7, snowflake.from_unix(1_600_000_000)
NOW = 1_700_000_000.0
MESSAGES = 250


def id_of(number: int) -> int:
    """The message with this number; they are a minute apart, and the last two minutes old."""
    return snowflake.from_unix(NOW - 60 * (MESSAGES + 1 - number))


def clip_ids(*numbers: int) -> set[str]:
    """The clips of these messages, as far as they hold one."""
    return {f"{id_of(number)}-{number}" for number in numbers if number % 10 == 0}


def _message(number: int) -> dict[str, Any]:
    attachment = {
        "id": str(number),
        "filename": "a.webm" if number % 20 else "a.mp4",
        "content_type": "video/webm" if number % 20 else "video/mp4",
        "url": f"https://cdn.discordapp.com/attachments/{CHANNEL}/{number}/a",
        "size": 5,
    }
    return {
        "id": str(id_of(number)),
        "author": {"id": str(number % 3 + 1), "username": "someone"},
        "content": f"message {number}",
        "attachments": [attachment] if number % 10 == 0 else [],
    }


@dataclass(eq=False)
class Chat:
    """Answers a bot's requests about one channel; change it while it is read."""

    messages: dict[int, dict[str, Any]] = field(
        default_factory=lambda: {id_of(n): _message(n) for n in range(1, MESSAGES + 1)}
    )
    type: int = 0
    guild_id: int | None = GUILD
    may_view: bool = True
    may_read_history: bool = True
    has_intent: bool = True
    token_is_good: bool = True
    exists: bool = True
    guild_answers: tuple[int, Any] = (200, {"id": str(GUILD), "name": "guild"})
    repeats: bool = False
    """Each full page has its second message twice, in place of its last."""
    asked: list[str] = field(default_factory=list)
    """Requests in order: path and query."""

    @property
    def pages(self) -> list[dict[str, int]]:
        """The queries of all pages that were asked for."""
        found = [httpx.URL(target) for target in self.asked]
        return [
            {name: int(value) for name, value in url.params.items()}
            for url in found
            if url.path.endswith("/messages")
        ]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v10")
        self.asked.append(f"{path}?{request.url.query.decode()}")
        status, body = self._answer(path, request.url.params)
        return httpx.Response(status, content=json.dumps(body), headers={"via": "1.1 google"})

    def _answer(self, path: str, query: httpx.QueryParams) -> tuple[int, Any]:
        if not self.token_is_good:
            return 401, {"code": 0, "message": "401: Unauthorized"}
        if path == "/applications/@me":
            return 200, {"id": "1", "flags": 1 << 19 if self.has_intent else 0}
        if path == f"/guilds/{GUILD}":
            return self.guild_answers
        if not self.exists:
            return 404, {"code": 10003, "message": "Unknown Channel"}
        if not self.may_view:
            return 403, {"code": 50001, "message": "Missing Access"}
        if path == f"/channels/{CHANNEL}":
            return 200, self._channel()
        if path == f"/channels/{CHANNEL}/messages":
            return 200, self._page(query)
        if not self.may_read_history:
            return 403, {"code": 50013, "message": "Missing Permissions"}
        found = self.messages.get(int(path.rpartition("/")[2]))
        return (200, found) if found else (404, {"code": 10008, "message": "Unknown Message"})

    def _channel(self) -> dict[str, Any]:
        return {
            "id": str(CHANNEL),
            "type": self.type,
            "guild_id": None if self.guild_id is None else str(self.guild_id),
            "name": "clips",
            "last_message_id": str(max(self.messages)) if self.messages else None,
        }

    def _page(self, query: httpx.QueryParams) -> list[dict[str, Any]]:
        if not self.may_read_history:
            return []
        limit = int(query["limit"])
        ids = sorted(self.messages)
        if "around" in query:
            middle = int(query["around"])
            below = [one for one in ids if one < middle][-limit // 2 :]
            ids = below + [one for one in ids if one >= middle][: limit // 2]
        elif "after" in query:
            ids = [one for one in ids if one > int(query["after"])][:limit]
        elif "before" in query:
            ids = [one for one in ids if one < int(query["before"])][-limit:]
        else:
            ids = ids[-limit:]
        ids.reverse()
        if self.repeats and len(ids) == limit and limit > 2:
            ids = self._repeating(ids, forward="after" in query)
        return [self._shown(self.messages[one]) for one in ids]

    @staticmethod
    def _repeating(ids: list[int], *, forward: bool) -> list[int]:
        """One message twice instead of the one farthest from the cursor, which comes next time."""
        return [ids[1], *ids[1:]] if forward else [*ids[:-1], ids[1]]

    def _shown(self, message: dict[str, Any]) -> dict[str, Any]:
        return message if self.has_intent else {**message, "content": "", "attachments": []}
