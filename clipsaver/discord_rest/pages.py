"""Pages of a channel's history: decoded once, put in order, held to what was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from clipsaver import snowflake
from clipsaver.discord_rest import models
from clipsaver.discord_rest.decoding import decode
from clipsaver.discord_rest.mending import mend, where

MOST_PER_PAGE = 100

_M = TypeVar("_M", bound=models.Message)

_decoder = msgspec.json.Decoder(list[models.Message])
_numbers = msgspec.json.Decoder(list[int])


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer to the question for a page holds."""

    messages: list[models.Message]
    """Newest first, each once."""
    is_full: bool
    spared: tuple[str, ...] = ()
    """Fields that could not be read and were left out: `message 123: attachments[0].width`."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of history."""

    messages: list[models.Message]
    """Newest first, each once. May be more than were asked for: nothing is dropped."""
    is_full: bool
    """As many came as were asked for, so that more may follow. Where one came twice there are fewer
    `messages`, and the page is full all the same."""
    requests: int
    """Requests that it took, those that failed included."""
    route: str
    """Method, path and cursor, as errors name the page."""


def page_query(
    *, before: int | None, after: int | None, around: int | None = None, limit: int
) -> str:
    """The query of a page. Raises ValueError for what Discord would refuse or read otherwise."""
    if not 1 <= limit <= MOST_PER_PAGE:
        raise ValueError(f"a page has 1 to {MOST_PER_PAGE} messages, not {limit}")
    cursors = {"before": before, "after": after, "around": around}
    given = [f"&{name}={cursor}" for name, cursor in cursors.items() if cursor is not None]
    if len(given) > 1:
        raise ValueError("a page is before, after or around one id, not several of these")
    return f"limit={limit}{''.join(given)}"


def read_page(body: bytes, *, before: int | None, after: int | None, limit: int) -> Reading:
    """The messages of a page, newest first, each once, and whether it is full.

    Discord promises this order, and that a message is not on a page twice; a scan's cursor and
    coverage rest on it, so it is made true here. Messages on the wrong side of the cursor cannot
    be mended (the cursor was ignored, and a scan would go in circles), nor can ids that are none
    or a null in place of the list, which is no sign of an end. Raises ValueError for these and for
    what is not a list of messages, with the message and the field as far as they can be told.
    """
    messages, spared = _messages(body)
    is_full = 0 < limit <= len(messages)
    return Reading(in_order(messages, before=before, after=after), is_full, spared)


def in_order(messages: list[_M], *, before: int | None, after: int | None) -> list[_M]:
    """The same, newest first and each once.

    Raises ValueError for an id that is none, and for messages on the wrong side of an id.
    """
    if not messages:
        return messages
    ids = _ids(messages)
    ordered = sorted(set(ids), reverse=True)
    if ids != ordered:
        by_id = dict(zip(ids, messages, strict=True))
        messages = [by_id[one] for one in ordered]
    if before is not None and ordered[0] >= before:
        raise ValueError(f"message {ordered[0]} is not before {before}")
    if after is not None and ordered[-1] <= after:
        raise ValueError(f"message {ordered[-1]} is not after {after}")
    return messages


def read_message(message_id: int, body: bytes) -> Reading:
    """The one message that was asked for. Raises ValueError as `read_page`, and for another one."""
    reading = read_page(b"[" + body + b"]", before=None, after=None, limit=MOST_PER_PAGE)
    if [message.id for message in reading.messages] != [str(message_id)]:
        raise ValueError(f"it is not message {message_id}")
    return reading


def _messages(body: bytes) -> tuple[list[models.Message], tuple[str, ...]]:
    try:
        return decode(_decoder, body), ()
    except msgspec.ValidationError as error:
        return mend(_decoder, body, error)


def _ids(messages: list[_M]) -> list[int]:
    """What `snowflake.read` makes of each; all at once, since every page comes by here.

    Digits alone are JSON's numbers, but for those that begin with a zero, which it refuses as well.
    """
    texts = [message.id for message in messages]
    try:
        digits_only = "".join(texts).encode().isdigit()
        ids = _numbers.decode(f"[{','.join(texts)}]") if digits_only else []
    except (msgspec.DecodeError, UnicodeEncodeError):
        ids = []
    if len(ids) == len(texts) and min(ids) > 0 and max(ids) <= snowflake.MAX_ID:
        return ids
    return [_id(texts, at) for at in range(len(texts))]


def _id(texts: list[str], at: int) -> int:
    try:
        return snowflake.read(texts[at])
    except ValueError as error:
        place = where([{"id": text} for text in texts], (at,))
        raise ValueError(f"{place}{error} - at `$[{at}].id`") from None
