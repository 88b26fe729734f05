"""Asks a person for a job, one question at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from clipsaver import jobs
from clipsaver.errors import BadJob, UsageError

_T = TypeVar("_T")

_LINK_HINT = "a channel's link, or its id (right click on it, 'Copy link')"


def ask_for_job(ask: Callable[[str], str] | None = None) -> jobs.AnyJob:
    """A batch job from the answers; each answer is checked at once and asked for again.

    `ask` shows a question and returns the answer; by default on the terminal.
    """
    ask = ask or _on_terminal
    guild_id, channel_id = _ask(ask, f"Which channel? ({_LINK_HINT}): ", _channel)
    if not guild_id:
        guild_id = _ask(ask, "Id of its server: ", _snowflake)
    limit = _ask(ask, "How many messages, newest first? [all]: ", _limit)
    fields: dict[str, Any] = {
        "type": "batch",
        "guild_id": guild_id,
        "channel_id": channel_id,
        "limit": limit,
    }
    try:
        return jobs.decode(msgspec.json.encode(fields))
    except BadJob as error:
        raise UsageError(str(error)) from None


def _on_terminal(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise UsageError("nothing was pushed: the questions were not answered")
    return line.strip()


def _ask(ask: Callable[[str], str], question: str, check: Callable[[str], _T]) -> _T:
    while True:
        try:
            return check(ask(question))
        except ValueError as error:
            question = f"{error}: "


def _snowflake(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise ValueError("An id has digits only, such as 175928847299117063")
    return text


def _channel(text: str) -> tuple[str, str]:
    """Guild and channel of a link such as https://discord.com/channels/1/2/3; guild may be ''."""
    if "/" not in text:
        return "", _snowflake(text)
    parts = text.rstrip("/").partition("/channels/")[2].split("/")
    if len(parts) < 2:
        raise ValueError("A link looks like https://discord.com/channels/SERVER/CHANNEL")
    return _snowflake(parts[0]), _snowflake(parts[1])


def _limit(text: str) -> int | None:
    if text in ("", "all"):
        return None
    if not text.isdecimal() or int(text) == 0:
        raise ValueError("A number of messages from 1, or all")
    return int(text)
