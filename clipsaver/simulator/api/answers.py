"""What a request says, and answers in the shapes in which Discord gives them.

Source: Discord's documentation, "Error Messages" and "JSON Error Codes".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, parse_qsl

import msgspec

Headers = tuple[tuple[str, str], ...]
JSON_TYPE = "application/json"
_STATUSES = frozenset(HTTPStatus)


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read to its end."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""

    def query(self) -> dict[str, str]:
        """The parameters; of one that is given twice the last counts."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    def query_lists(self) -> dict[str, list[str]]:
        """The parameters, of which each may be given several times."""
        return parse_qs(self.query_string, keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Headers = ()
    through_api: bool = True
    """Whether it carries `Via`, which tells Discord's own answers from Cloudflare's."""
    scope: str | None = None
    """Of a 429: who limits."""

    @property
    def reason(self) -> str:
        return phrase(self.status)


def phrase(status: int) -> str:
    """What a status is called; Cloudflare has some that HTTP does not know."""
    return HTTPStatus(status).phrase if status in _STATUSES else "Unknown Error"


def encode(value: object) -> bytes:
    """JSON as bytes, lone surrogates included, which JSON can say and UTF-8 cannot."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def ok(value: object) -> Answer:
    """200 with a JSON body."""
    return Answer(200, encode(value))


def text(status: int, body: str) -> Answer:
    """A page of plain text, as stores and proxies give."""
    return Answer(status, body.encode(), "text/plain; charset=utf-8", through_api=False)


def html(status: int, title: str, headers: Headers = ()) -> Answer:
    """What Cloudflare answers by itself: HTML, and no `Via`."""
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, body.encode(), "text/html; charset=UTF-8", headers, through_api=False)


class Refused(Exception):
    """Raised by handlers to answer with one of Discord's errors."""

    def __init__(
        self, status: int, code: int, message: str, errors: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        body: dict[str, object] = {"message": message, "code": code}
        if errors:
            body["errors"] = errors
        self.body = body

    def answer(self) -> Answer:
        """The error as an answer."""
        return Answer(self.status, encode(self.body))


def unauthorized() -> Refused:
    return Refused(401, 0, "401: Unauthorized")


def no_such_route() -> Refused:
    return Refused(404, 0, "404: Not Found")


def wrong_method() -> Refused:
    return Refused(405, 0, "405: Method Not Allowed")


def unknown_channel() -> Refused:
    return Refused(404, 10003, "Unknown Channel")


def unknown_guild() -> Refused:
    return Refused(404, 10004, "Unknown Guild")


def unknown_member() -> Refused:
    return Refused(404, 10007, "Unknown Member")


def unknown_message() -> Refused:
    return Refused(404, 10008, "Unknown Message")


def missing_access() -> Refused:
    return Refused(403, 50001, "Missing Access")


def missing_permissions() -> Refused:
    return Refused(403, 50013, "Missing Permissions")


def not_a_text_channel() -> Refused:
    return Refused(400, 50008, "Cannot send messages in a non-text channel")


def wrong_channel_type() -> Refused:
    return Refused(400, 50024, "Cannot execute action on this channel type")


def invalid_form(field: str, code: str, message: str) -> Refused:
    """400/50035: a parameter that is not what it should be."""
    errors = {field: {"_errors": [{"code": code, "message": message}]}}
    return Refused(400, 50035, "Invalid Form Body", errors)


def bounded_int(query: Mapping[str, str], name: str, low: int, high: int, default: int) -> int:
    """A whole number within bounds; anything else is refused as Discord refuses it."""
    given = query.get(name)
    if given is None:
        return default
    try:
        value = int(given) if given.isascii() else None
    except ValueError:
        value = None
    if value is None:
        raise invalid_form(name, "NUMBER_TYPE_COERCE", f'Value "{given}" is not int.')
    if value < low:
        message = f"int value should be greater than or equal to {low}."
        raise invalid_form(name, "NUMBER_TYPE_MIN", message)
    if value > high:
        message = f"int value should be less than or equal to {high}."
        raise invalid_form(name, "NUMBER_TYPE_MAX", message)
    return value


def snowflake_parameter(query: Mapping[str, str], name: str) -> int | None:
    """An id: any number that fits Discord's 64 bits is legal, existing or not."""
    given = query.get(name)
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 20 and int(given) < 1 << 64):
        raise invalid_form(name, "NUMBER_TYPE_COERCE", f'Value "{given}" is not snowflake.')
    return int(given)
