"""The audit: who did what to the stream, when and why. Kept for 30 days.

Each script that acts for an operator writes its event in the same step; what is done in the
database alone is noted before it is. The key has no expiry: its entries go when the next action is
put on record, so the last one can still be seen.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from clipsaver.queue.link import Link
from clipsaver.queue.operating.lua import run
from clipsaver.redis_calls.scripts import Value

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody's request to change something, as the audit is told of it."""

    who: str
    """`user@host`."""
    what: str = ""
    """What was asked for, in words, such as `--reason not_found`."""
    why: str = ""
    """The person's own words."""
    request: str = field(default_factory=lambda: secrets.token_hex(4))
    """The same for all events of this request: many things are changed a chunk at a time."""

    def words(self, action: str) -> list[Value]:
        """The first arguments of a script that acts; `action` is such as `dead retry`."""
        return [action, self.who, self.why, self.what, self.request]


@dataclass(frozen=True, slots=True)
class Copy:
    """An entry that a person dropped."""

    run_id: str
    fields: Mapping[str, str]
    """As it stood on the stream; of the job its first 64 KB. What is no text is escaped, as by
    `surrogateescape`."""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One chunk of one action."""

    event_id: str
    action: str
    who: str
    why: str
    what: str
    request: str
    count: int
    ids: tuple[str, ...]
    """Of what was changed."""
    raw_copies: bytes = b""

    @property
    def copies(self) -> tuple[Copy, ...]:
        """Of what was taken away for good, where they are kept."""
        return _copies(self.raw_copies)

    @property
    def at_ms(self) -> int:
        """Unix time in ms, by the clock of Redis."""
        return int(self.event_id.partition("-")[0])


@dataclass(frozen=True, slots=True)
class Request:
    """All events of one request together."""

    request: str
    action: str
    who: str
    why: str
    what: str
    count: int
    at_ms: int
    """Unix time in ms of its last event."""


def who() -> str:
    """The person at this process, as `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in containers
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


async def note(link: Link, act: Act, action: str, *, count: int, ids: Sequence[str] = ()) -> None:
    """Puts on record what is about to be done elsewhere, such as in the database.

    `count` things are meant; `ids` names them where they are few. Raises RedisUnavailable.
    """
    await run(link, "note", [link.names.audit], [*act.words(action), count, *ids])


async def read(link: Link, *, count: int, before: str | None = None) -> tuple[AuditEvent, ...]:
    """Up to `count` events, the newest first; `before` is the id of the last one that was read."""
    end = f"({before}" if before else "+"
    rows = await link.command("XREVRANGE", link.names.audit, end, "-", "COUNT", count)
    return tuple(_event(entry_id.decode(), fields) for entry_id, fields in rows or ())


async def read_new(link: Link, after: str, *, count: int) -> tuple[AuditEvent, ...]:
    """Up to `count` events since the one with the id `after`, the oldest first."""
    rows = await link.command("XRANGE", link.names.audit, f"({after}", "+", "COUNT", count)
    return tuple(_event(entry_id.decode(), fields) for entry_id, fields in rows or ())


async def about(link: Link, one: str) -> AuditEvent | None:
    """The last event that changed this letter, entry or run; None where none is on record."""
    before = None
    while events := await read(link, count=_PAGE, before=before):
        for event in events:
            if one in event.ids:
                return event
        before = events[-1].event_id
    return None


def requests_of(events: Iterable[AuditEvent]) -> list[Request]:
    """The events by request, in the order in which they come; give them the newest first."""
    found: dict[str, Request] = {}
    for event in events:
        known = found.get(event.request)
        found[event.request] = Request(
            event.request,
            event.action,
            event.who,
            event.why,
            event.what,
            event.count + (known.count if known else 0),
            known.at_ms if known else event.at_ms,
        )
    return list(found.values())


def _event(event_id: str, fields: Mapping[bytes, bytes]) -> AuditEvent:
    text = {name.decode("utf-8", "replace"): value for name, value in fields.items()}

    def said(name: str) -> str:
        return text.get(name, b"").decode("utf-8", "replace")

    count = said("count")
    return AuditEvent(
        event_id,
        said("action"),
        said("who"),
        said("why"),
        said("what"),
        said("request") or event_id,
        int(count) if count.isdecimal() else 0,
        _ids(text.get("ids", b"[]")),
        text.get("copies", b""),
    )


def _copies(raw: bytes) -> tuple[Copy, ...]:
    try:
        found = json.loads(raw.decode("utf-8", "surrogateescape") or "[]")
        return tuple(
            Copy(run_id, dict(zip(flat[::2], flat[1::2], strict=True))) for run_id, *flat in found
        )
    except (ValueError, TypeError):  # a person's own entry
        return ()


def _ids(raw: bytes) -> tuple[str, ...]:
    try:
        return msgspec.json.decode(raw, type=tuple[str, ...])
    except msgspec.DecodeError:  # a person's own entry
        return ()
