"""What a search knows of a message, read from the message as it was written.

Source: Discord's documentation, "Search Guild Messages". It does not say what exactly makes a
message one that has a video. Taken here for one: an upload that Discord itself calls a video. A
name with a video's extension does not do, nor do videos in components and in forwards: whoever
relies on `has=video` alone must be seen to miss some. What is in a forward is found by
`has=snapshot`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from clipsaver.simulator.writing.draft import JSON

HAS = ("image", "sound", "video", "file", "sticker", "embed", "link", "poll", "snapshot")
"""The values of `has`."""
EMBED_TYPES = ("image", "video", "gif", "sound", "article")
"""The values of `embed_type`."""
IN_TEXT = frozenset({"link"})
"""Values of `has` that a message can have by its text alone."""

_LINK = re.compile(r"https?://")
_OF_TYPE = {"image": "image", "video": "video", "audio": "sound"}
_NAMED_OTHERWISE = {"gifv": "gif"}


class Traits(NamedTuple):
    """A message as the index of a search has it."""

    author_id: int
    has: frozenset[str]
    embed_types: frozenset[str]
    extensions: frozenset[str]
    """Of its uploads, in lower case."""


class Wanted(NamedTuple):
    """What a search asks for; an empty condition asks for nothing.

    How several values go together is not documented. Here one of them is enough, and none of
    `lacks` may be there.
    """

    has: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    extensions: frozenset[str] = frozenset()
    embed_types: frozenset[str] = frozenset()
    author_ids: frozenset[int] = frozenset()

    @property
    def is_met_by_text(self) -> bool:
        """Whether a message that is nothing but text can be found."""
        beyond_text = self.extensions or self.embed_types or (self.has and not self.has & IN_TEXT)
        return not beyond_text

    def fits(self, traits: Traits) -> bool:
        """Whether a message like this is found."""
        return not (
            (self.has and not self.has & traits.has)
            or self.lacks & traits.has
            or (self.extensions and not self.extensions & traits.extensions)
            or (self.embed_types and not self.embed_types & traits.embed_types)
            or (self.author_ids and traits.author_id not in self.author_ids)
        )


def traits_of(message: JSON) -> Traits:
    """What a search knows of this message."""
    uploads, embeds = message["attachments"], message["embeds"]
    has = {
        _OF_TYPE[major]
        for upload in uploads
        if (major := upload.get("content_type", "").partition("/")[0].lower()) in _OF_TYPE
    }
    signs = {
        "file": uploads,
        "embed": embeds,
        "sticker": message.get("sticker_items"),
        "poll": message.get("poll"),
        "snapshot": message.get("message_snapshots"),
        "link": _LINK.search(message["content"]),
    }
    has.update(name for name, sign in signs.items() if sign)
    kinds = (_NAMED_OTHERWISE.get(embed["type"], embed["type"]) for embed in embeds)
    return Traits(
        int(message["author"]["id"]),
        _same(has),
        _same(kind for kind in kinds if kind in EMBED_TYPES),
        _same(extension_of(upload["filename"]) for upload in uploads),
    )


def extension_of(filename: str) -> str:
    """What follows the last dot, in lower case; nothing where there is none."""
    return filename.rpartition(".")[2].lower() if "." in filename else ""


def _same(values: Iterable[str]) -> frozenset[str]:
    """The set, of which each is kept once: there are few, and an index holds many."""
    return _kept(frozenset(values))


@lru_cache(maxsize=4096)
def _kept(values: frozenset[str]) -> frozenset[str]:
    return values
