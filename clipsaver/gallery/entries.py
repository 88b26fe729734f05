"""What the page is told of the clips: short rows, with channels and authors named once. Pure."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Collection, Hashable, Iterable
from typing import Any

from clipsaver.database.clip_list import ListedClip
from clipsaver.records.channels import THREADS
from clipsaver.terminal_text import printable

SPOILER, DELETED = 1, 2
"""Bits of a clip's marks; the page's script has them too."""


class Entries:
    """Turns clips into blocks, in the order in which the page shows them.

    A block has the guilds, channels and authors that none before it had, and rows that name those
    of all blocks by their number. Text has no control characters and no line breaks.
    """

    def __init__(self) -> None:
        self.guild_names: list[str] = []
        self._guilds: dict[Hashable, int] = {}
        self._channels: dict[Hashable, int] = {}
        self._authors: dict[Hashable, int] = {}

    def block(self, clips: Iterable[ListedClip], pictures: Collection[str]) -> dict[str, Any]:
        """The next block; of the clips' pictures only those of `pictures`, which are keys."""
        block: dict[str, Any] = {"guilds": [], "channels": [], "authors": [], "clips": []}
        for clip in clips:
            block["clips"].append(self._row(clip, pictures, block))
        return block

    def _row(self, clip: ListedClip, pictures: Collection[str], block: dict[str, Any]) -> list[Any]:
        key = picture_key(clip)
        return [
            str(clip.message_id),  # a number of JavaScript has too few digits for it
            self._channel(clip, block),
            self._author(clip, block),
            round(clip.posted_at.timestamp()),
            _text(clip.filename) or "without a name",
            _text(clip.title),
            clip.size_bytes,
            _seconds(clip.duration_seconds),
            SPOILER * clip.spoiler | DELETED * (clip.deleted_at is not None),
            key if key in pictures else None,
            average_colour(clip.placeholder),
            _text(clip.content),
        ]

    def _channel(self, clip: ListedClip, block: dict[str, Any]) -> int:
        if (known := self._channels.get(clip.channel_id)) is not None:
            return known
        row = [str(clip.channel_id), self._guild(clip, block), _place(clip), int(clip.nsfw)]
        return _add(self._channels, clip.channel_id, block["channels"], row)

    def _guild(self, clip: ListedClip, block: dict[str, Any]) -> int:
        if (known := self._guilds.get(clip.guild_id)) is not None:
            return known
        name = _text(clip.guild_name) or f"server {clip.guild_id}"
        self.guild_names.append(name)
        return _add(self._guilds, clip.guild_id, block["guilds"], [str(clip.guild_id), name])

    def _author(self, clip: ListedClip, block: dict[str, Any]) -> int:
        if (known := self._authors.get(clip.author_id)) is not None:
            return known
        username = printable(clip.author_username)
        row = [printable(clip.author_name).strip() or username, username]
        return _add(self._authors, clip.author_id, block["authors"], row)


def picture_key(clip: ListedClip) -> str | None:
    """The key of the picture that the page shows; None = the clip has none."""
    return None if clip.small is None else clip.small.storage_key


def average_colour(placeholder: str | None) -> str | None:
    """What a thumbhash says of a clip as a whole, as `rrggbb`; None where it is none.

    Its first three bytes hold lightness and two differences of colours, 6 bits each
    (https://evanw.github.io/thumbhash/).
    """
    try:
        header = int.from_bytes(base64.b64decode(placeholder or "", validate=True)[:3], "little")
    except (binascii.Error, ValueError):
        return None
    if not placeholder or len(placeholder) < 8:
        return None
    lightness = (header & 63) / 63
    yellow_blue = (header >> 6 & 63) / 31.5 - 1
    red_green = (header >> 12 & 63) / 31.5 - 1
    blue = lightness - 2 / 3 * yellow_blue
    red = (3 * lightness - blue + red_green) / 2
    return bytes(_byte(part) for part in (red, red - red_green, blue)).hex()


def _byte(share: float) -> int:
    return round(255 * min(1.0, max(0.0, share)))


def _add(known: dict[Hashable, int], key: Hashable, rows: list[Any], row: list[Any]) -> int:
    number = known[key] = len(known)
    rows.append(row)
    return number


def _place(clip: ListedClip) -> str:
    name = _text(clip.channel_name) or str(clip.channel_id)
    if clip.channel_type not in THREADS:
        return f"#{name}"
    parent = _text(clip.parent_name) or str(clip.parent_id or "")
    return f"#{parent} › {name}"  # noqa: RUF001 -- as Discord shows a thread


def _text(text: str | None) -> str | None:
    return printable(text).strip() or None if text else None


def _seconds(duration: float | None) -> float | None:
    """To a tenth. JSON has no infinity, and PostgreSQL has."""
    return None if duration is None or not math.isfinite(duration) else round(duration, 1)
