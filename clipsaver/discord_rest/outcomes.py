"""What each of Discord's answers means, as one table.

Always by (HTTP status, code): 403 with 10008 is not a deleted message. Sources: Discord's
documentation, topic "Opcodes and Status Codes"; Discord Userdoccers for what it leaves out.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from clipsaver.discord_rest import headers
from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.models import ErrorBody
from clipsaver.errors import (
    AccessDenied,
    DiscordError,
    DiscordUnavailable,
    NotFound,
    RequestRefused,
    TokenRejected,
)

BLOCK_S = 60.0
"""How long nothing is sent after a block that does not say for how long."""
NO_JSON = -1
"""In the table: the code of an answer whose body is not what Discord writes, so has none."""
ITS_WORDS = "; it says: "
"""What an error's words have before Discord's own."""
UNSAID_RETRY_S = 1.0
"""The wait after one of Discord's own 429s that does not say how long."""

UNSAID_INDEXING_S = 5.0
"""The wait after a 202 that does not say how long. Source: Discord Userdoccers."""


class Outcome(enum.Enum):
    """What an answer means for the request."""

    DONE = "done"
    BUSY = "busy"
    """Transient: the same request again, after a backoff."""
    UNREADABLE = "unreadable"
    """It says that all is well and does not hold what was asked for: once more, and no oftener."""
    NOT_READY = "not_ready"
    """A 202: Discord does not know the answer yet; again when it says so; not a failed attempt."""
    LIMITED = "limited"
    """A 429: the same request again when it says so; not a failed attempt."""
    BLOCKED = "blocked"
    """Cloudflare or the anti-abuse system: nothing at all is sent for a while."""
    TOKEN_REJECTED = "token_rejected"  # noqa: S105 - not a password
    DENIED = "denied"
    NOT_FOUND = "not_found"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: the meaning, and what to tell a person."""

    outcome: Outcome
    words: str


def _busy(words: str) -> Row:
    return Row(Outcome.BUSY, words)


_TOKEN = Row(
    Outcome.TOKEN_REJECTED,
    "Discord rejects the bot token: it is wrong or was reset. Set a valid one (Developer Portal, "
    "Bot, Reset Token); until then nothing is sent but one question each 5 minutes",
)
_BLOCK = Row(
    Outcome.BLOCKED, "this host or its User-Agent is blocked before it reaches Discord (Cloudflare)"
)
_NOT_INDEXED = Row(Outcome.NOT_READY, "Discord has not indexed this yet")
_ELSEWHERE = "this server is not available in this host's country"

TABLE: Mapping[tuple[int | None, int | None], Row] = {
    (200, None): Row(Outcome.DONE, "done"),
    (200, NO_JSON): Row(Outcome.UNREADABLE, "its answer cannot be read"),
    (202, 110000): _NOT_INDEXED,
    (202, 110001): _NOT_INDEXED,
    (202, None): _NOT_INDEXED,
    (202, NO_JSON): Row(Outcome.UNREADABLE, "its answer cannot be read"),
    (401, 0): _TOKEN,
    (401, 40001): _TOKEN,
    (401, 50014): _TOKEN,
    (401, None): _TOKEN,
    (403, 10008): Row(Outcome.BLOCKED, "Discord's anti-abuse system blocked the request"),
    (403, 40333): _BLOCK,
    (403, NO_JSON): _BLOCK,
    (403, 20001): Row(Outcome.DENIED, "bots may not use this endpoint"),
    (403, 50001): Row(
        Outcome.DENIED, "the bot cannot see this; give its role View Channel there, or invite it"
    ),
    (403, 50013): Row(Outcome.DENIED, "the bot's role lacks a permission that this needs"),
    (403, 50095): Row(Outcome.DENIED, _ELSEWHERE),
    (403, None): Row(Outcome.DENIED, "Discord denies this to the bot"),
    (404, 10003): Row(Outcome.NOT_FOUND, "there is no such channel: deleted, or the id is wrong"),
    (404, 10004): Row(Outcome.NOT_FOUND, "the bot is not in this server any more"),
    (404, 10008): Row(Outcome.NOT_FOUND, "the message was deleted"),
    (404, None): Row(Outcome.NOT_FOUND, "there is no such thing"),
    (400, 50008): Row(Outcome.REFUSED, "this kind of channel holds no messages, only threads"),
    (400, 50024): Row(Outcome.REFUSED, "this cannot be done with a channel of this kind"),
    (400, 50035): Row(Outcome.REFUSED, "Discord finds the request malformed"),
    (400, 50085): Row(Outcome.REFUSED, "the date lies before the thread was made"),
    (400, 50095): Row(Outcome.REFUSED, _ELSEWHERE),
    (400, None): Row(Outcome.REFUSED, "Discord refuses the request"),
    (408, None): _busy("the request took too long to arrive"),
    (429, None): Row(Outcome.LIMITED, "Discord asks for a pause"),
    (429, NO_JSON): Row(
        Outcome.BLOCKED,
        "this host sent too much and is blocked before it reaches Discord (Cloudflare)",
    ),
    (429, 40062): Row(Outcome.LIMITED, "Discord limits what everybody asks of this"),
    # Limits of writing: a reader should never meet them, and waits all the same.
    (429, 20016): Row(Outcome.LIMITED, "the channel is in slow mode"),
    (429, 20028): Row(Outcome.LIMITED, "too much is written in this channel"),
    (429, 20029): Row(Outcome.LIMITED, "too much is written in this server"),
    (None, 40006): _busy("Discord has switched this feature off for a while"),
    (None, 130000): _busy("this part of Discord is overloaded"),
    # Named for the reader: every other 5xx is treated alike.
    (500, None): _busy("Discord has an internal error"),
    (502, None): _busy("no server of Discord's took the request"),
    (503, None): _busy("Discord is not available"),
    (504, None): _busy("Discord took too long"),
    (507, None): _busy("Discord is out of room"),
    (520, None): _busy("Cloudflare got no usable answer from Discord"),
    (522, None): _busy("Cloudflare could not connect to Discord"),
    (523, None): _busy("Cloudflare cannot reach Discord"),
    (524, None): _busy("Discord took too long for Cloudflare"),
}


class Scope(enum.StrEnum):
    """What a refusal to serve is about."""

    USER = "user"
    """This bot, on this route and channel."""
    SHARED = "shared"
    """This channel, by everybody's requests; does not count as an invalid request."""
    GLOBAL = "global"
    """This bot, everywhere."""
    CLOUDFLARE = "cloudflare"
    """This host, everywhere: it did not come from Discord's API."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that says: not now."""

    scope: Scope
    retry_after_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, whole: a body that was cut off is not an answer."""

    status: int
    headers: LimitHeaders
    body: bytes
    at: float
    """When its last byte was read, on the caller's clock."""
    error: ErrorBody | None = None
    """Of a status other than 200, what it says; None if that is not one of Discord's errors."""
    refusal: Refusal | None = None

    @property
    def asked_wait_s(self) -> float:
        """How long it asks for patience; 0 where it does not."""
        said = headers.seconds(self.error.retry_after) if self.error is not None else None
        return said if said is not None else self.headers.retry_after_s or 0.0


_error_decoder = msgspec.json.Decoder(ErrorBody)


def read_answer(status: int, limits: LimitHeaders, body: bytes, at: float) -> Answer:
    """Takes an answer apart as far as the limits and the retries need it."""
    if status == 200:
        return Answer(status, limits, body, at)
    try:
        error = _error_decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        error = None
    return Answer(status, limits, body, at, error, _refusal(status, limits, error))


def row_for(status: int, code: int | None) -> Row:
    """The row of this answer: its own, else its code's, else its status's, else its family's."""
    of_code = () if status == 429 else ((None, code),)  # a 429 says when, whatever its code
    for key in ((status, code), *of_code, (status, None)):
        if key in TABLE:
            return TABLE[key]
    if status >= 500:
        return _busy("Discord has trouble")
    if 200 <= status < 300:
        return TABLE[200, NO_JSON]
    if 300 <= status < 400:
        return Row(
            Outcome.REFUSED, "Discord redirects; that is not followed, check discord.api_url"
        )
    return Row(Outcome.REFUSED, "Discord answered with what this request does not expect")


def meaning(answer: Answer) -> Row:
    """The row of an answer, with blocks told apart from Discord's own refusals."""
    code = answer.error.code if answer.error else None if answer.status == 200 else NO_JSON
    row = row_for(answer.status, code)
    is_blocked = answer.refusal is not None and answer.refusal.scope is Scope.CLOUDFLARE
    if is_blocked and row.outcome is not Outcome.BLOCKED:
        return row_for(answer.status, NO_JSON)
    return row


def error_for(request: object, answer: Answer) -> DiscordError:
    """The error that tells a person about this answer to `request` (named by its `str`)."""
    row, error = meaning(answer), answer.error
    words = row.words
    if error is not None and error.message:
        words += f"{ITS_WORDS}{_short(error.message)}"
    if error is not None and error.errors:
        words += f" [{_short('; '.join(_field_errors(error.errors)))}]"
    kind: type[DiscordError] = {
        Outcome.TOKEN_REJECTED: TokenRejected,
        Outcome.DENIED: AccessDenied,
        Outcome.NOT_FOUND: NotFound,
        Outcome.REFUSED: RequestRefused,
    }.get(row.outcome, DiscordUnavailable)
    code = error.code if error is not None else None
    return kind(words, route=str(request), status=answer.status, code=code)


def _refusal(status: int, limits: LimitHeaders, error: ErrorBody | None) -> Refusal | None:
    # Only the body's retry_after is exact; on 429s Reset-After may say something else.
    said = headers.seconds(error.retry_after) if error is not None else None
    outcome = row_for(status, NO_JSON if error is None else error.code).outcome
    if outcome is Outcome.BLOCKED:
        return Refusal(Scope.CLOUDFLARE, limits.retry_after_s or BLOCK_S)
    if outcome is not Outcome.LIMITED:
        return None
    if error is None or (said is None and not limits.from_discord):
        return Refusal(Scope.CLOUDFLARE, limits.retry_after_s or BLOCK_S)
    wait = next((s for s in (said, limits.retry_after_s) if s is not None), UNSAID_RETRY_S)
    if limits.scope == "global" or limits.is_global or error.is_global:
        return Refusal(Scope.GLOBAL, wait)
    return Refusal(Scope.SHARED if limits.scope == "shared" else Scope.USER, wait)


def _short(text: str) -> str:
    """One line of at most 200 printable characters."""
    line = " ".join(text.split())
    return "".join(c for c in line if c.isprintable())[:200]


def _field_errors(errors: Any, path: str = "") -> Iterator[str]:
    """Discord's tree of field errors as `limit: must be at most 100`."""
    if not isinstance(errors, dict):
        return
    for key, below in errors.items():
        if key == "_errors" and isinstance(below, list):
            for one in below:
                if isinstance(one, dict):
                    yield f"{path or '$'}: {one.get('message', one.get('code', '?'))}"
        else:
            yield from _field_errors(below, f"{path}.{key}" if path else str(key))
