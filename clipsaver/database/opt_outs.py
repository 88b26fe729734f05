"""People who are not to be stored: keyed hashes of their ids, and the key.

An id is a number of which there are not many: without a key, who reads the table could try them
all. A page's statement asks for the marks of its authors and leaves out what is theirs, so that no
worker can store them, whatever it knew when it read the page. Marks of another key than the list
has by then keep it from storing anything.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from psycopg import AsyncConnection

from clipsaver.errors import UsageError

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Marks:
    """Makes marks. Pure."""

    key: bytes

    @property
    def fingerprint(self) -> str:
        """As `opt_out_key` has it."""
        return _fingerprint(self.key)

    def of(self, author_id: int, guild_id: int | None = None) -> str:
        """The person's mark, in that guild or everywhere: HMAC-SHA-256 in hex (RFC 2104)."""
        return _mark(self.key, author_id, guild_id)

    def all_of(self, author_id: int, guild_id: int) -> tuple[str, str]:
        """Both that keep the person from being stored in a guild."""
        return self.of(author_id), self.of(author_id, guild_id)


@lru_cache(maxsize=10_000)
def _mark(key: bytes, author_id: int, guild_id: int | None) -> str:
    """Kept: the same people post page after page, and nothing else about them takes as long."""
    words = f"author:{author_id}" if guild_id is None else f"{guild_id}:author:{author_id}"
    return hmac.digest(key, words.encode(), "sha256").hex()


class KeyChanged(Exception):
    """The list has another key by now: marks that were made with this one say nothing."""


class KeyKind(enum.StrEnum):
    """Which key the list has."""

    NONE = "none"
    """None was needed yet."""
    OWN = "own"
    """One that is kept in the database."""
    CONFIGURED = "configured"
    """That of the configuration."""
    ANOTHER = "another"
    """Neither: with this configuration nobody on the list would be known."""


async def read_marks(conn: AsyncConnection[Any], configured: str = "") -> Marks:
    """With the configured key, or else the database's own, which is made where it is missing.

    Raises UsageError where people opted out under another key: they would be stored again.
    """
    key = configured.encode() if configured else secrets.token_bytes(_KEY_BYTES)
    own, fingerprint = (None if configured else key), _fingerprint(key)
    await conn.execute(
        """
        insert into opt_out_key as k (key, fingerprint) values (%(own)s, %(fingerprint)s)
        on conflict (only_one) do update set key = excluded.key, fingerprint = excluded.fingerprint,
                                             created_at = now()
        where k.fingerprint <> excluded.fingerprint and not exists (select from opt_outs)
          and (%(is_configured)s or k.key is null)
        """,
        {"own": own, "fingerprint": fingerprint, "is_configured": bool(configured)},
    )
    row = await _key_row(conn)
    marks = None if row is None else _marks_of(row, configured)
    if marks is None:
        raise _another_key()
    return marks


async def known_marks(conn: AsyncConnection[Any], configured: str = "") -> Marks | None:
    """The same for who only looks: None where no key was needed yet, so that nobody opted out.

    Raises UsageError as `read_marks` does.
    """
    row = await _key_row(conn)
    marks = None if row is None else _marks_of(row, configured)
    if marks is None and await count_opt_outs(conn):
        raise _another_key()
    return marks


async def check_key(conn: AsyncConnection[Any], marks: Marks) -> None:
    """Raises KeyChanged where the list's key is another one than that of the marks."""
    row = await _key_row(conn)
    if row is not None and row[1] != marks.fingerprint:
        raise KeyChanged


async def key_kind(conn: AsyncConnection[Any], configured: str = "") -> KeyKind:
    """Which key is in use, as this configuration sees it."""
    row = await _key_row(conn)
    if row is None:
        return KeyKind.NONE
    if _marks_of(row, configured) is None:
        return KeyKind.ANOTHER
    return KeyKind.CONFIGURED if configured else KeyKind.OWN


async def _key_row(conn: AsyncConnection[Any]) -> tuple[bytes | None, str] | None:
    found = await conn.execute("select key, fingerprint from opt_out_key")
    return await found.fetchone()


def _marks_of(row: tuple[bytes | None, str], configured: str) -> Marks | None:
    """None where another key than this one is in use."""
    kept, known = row
    if not configured and kept is not None:
        return Marks(bytes(kept))
    key = configured.encode()
    return Marks(key) if configured and known == _fingerprint(key) else None


def _another_key() -> UsageError:
    return UsageError(
        "people opted out under another privacy.key than this one: they would be stored again; "
        "put that key back (with none, the key is the database's own)"
    )


def _fingerprint(key: bytes) -> str:
    return hashlib.sha256(b"clipsaver opt-out key:" + key).hexdigest()[:16]


async def opt_out(conn: AsyncConnection[Any], mark: str) -> bool:
    """From now on nothing of this person is stored; False where that was so before."""
    found = await conn.execute(
        "insert into opt_outs (mark) values (%s) on conflict do nothing", [mark]
    )
    return bool(found.rowcount)


async def opt_in(conn: AsyncConnection[Any], marks: Sequence[str]) -> int:
    """What is read of this person from now on is stored again; returns how many marks went."""
    found = await conn.execute("delete from opt_outs where mark = any(%s)", [list(marks)])
    return found.rowcount


async def opted_out(conn: AsyncConnection[Any], marks: Sequence[str]) -> dict[str, datetime]:
    """Those of the marks that are on the list, and since when."""
    found = await conn.execute(
        "select mark, since from opt_outs where mark = any(%s)", [list(marks)]
    )
    return dict(await found.fetchall())


async def places_opted_out(
    conn: AsyncConnection[Any], marks: Marks, author_id: int
) -> dict[int | None, datetime]:
    """Where the person is not stored, and since when: guilds on record, and None = in all."""
    found = await conn.execute("select guild_id from guilds order by guild_id")
    guilds = [None, *(guild_id for (guild_id,) in await found.fetchall())]
    by_mark = {marks.of(author_id, guild_id): guild_id for guild_id in guilds}
    since = await opted_out(conn, list(by_mark))
    return {place: since[mark] for mark, place in by_mark.items() if mark in since}


async def count_opt_outs(conn: AsyncConnection[Any]) -> int:
    """How many marks are on the list."""
    found = await conn.execute("select count(*) from opt_outs")
    row = await found.fetchone()
    assert row is not None
    return int(row[0])
