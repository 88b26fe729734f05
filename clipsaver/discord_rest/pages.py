"""Pages of a channel's history: decoded once, put in order, held to what was asked for."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from clipsaver.discord_rest import models
from clipsaver.discord_rest.decoding import decode

MOST_PER_PAGE = 100

_decoder: msgspec.json.Decoder[list[models.Message] | None] = msgspec.json.Decoder(
    list[models.Message] | None
)


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


def read_page(
    body: bytes, *, before: int | None, after: int | None, limit: int
) -> tuple[list[models.Message], bool]:
    """The messages of a page, newest first, each once, and whether it is full; null is empty.

    Discord promises this order, and that a message is not on a page twice; a scan's cursor and
    coverage rest on it, so it is made true here. Messages on the wrong side of the cursor cannot
    be mended (the cursor was ignored, and a scan would go in circles): they raise ValueError.
    Raises msgspec's errors for what is not a list of messages.
    """
    messages = decode(_decoder, body)
    if not messages:
        return [], False
    ids = [int(message.id) for message in messages]
    ordered = sorted(set(ids), reverse=True)
    if ids != ordered:
        by_id = dict(zip(ids, messages, strict=True))
        messages = [by_id[one] for one in ordered]
    if before is not None and ordered[0] >= before:
        raise ValueError(f"message {ordered[0]} is not before {before} - at `$`")
    if after is not None and ordered[-1] <= after:
        raise ValueError(f"message {ordered[-1]} is not after {after} - at `$`")
    return messages, len(ids) >= limit
