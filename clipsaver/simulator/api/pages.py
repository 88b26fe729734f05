"""Message pages as bytes: rendered once, kept while there is room."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from clipsaver.simulator.api.answers import encode
from clipsaver.simulator.writing.draft import JSON

_CONTENT_FIELDS = {"content": "", "attachments": [], "embeds": [], "components": []}


def without_content(message: JSON) -> JSON:
    """What a bot without the message-content intent sees of a message.

    Source: Discord's documentation, "Message Content Intent": empty fields and no poll, with
    status 200 and no word about it; forwarded and quoted messages too.
    """
    hidden = message | _CONTENT_FIELDS
    hidden.pop("poll", None)
    if "message_snapshots" in message:
        hidden["message_snapshots"] = [
            {"message": snapshot["message"] | _CONTENT_FIELDS}
            for snapshot in message["message_snapshots"]
        ]
    if message.get("referenced_message"):
        hidden["referenced_message"] = without_content(message["referenced_message"])
    return hidden


def render(messages: Sequence[JSON]) -> bytes:
    """A page. Each message is encoded alone, so that one odd text does not slow the others."""
    return b"[" + b",".join([encode(message) for message in messages]) + b"]"


@dataclass(slots=True)
class Page:
    """A rendered page."""

    body: bytes
    stale_at: float
    """Unix seconds: from then on its links are too old to be handed out."""
    _compressed: bytes | None = None

    @property
    def compressed(self) -> bytes:
        """The body under gzip, made when first asked for."""
        if self._compressed is None:
            self._compressed = gzip.compress(self.body, compresslevel=6, mtime=0)
        return self._compressed

    @property
    def size_bytes(self) -> int:
        return len(self.body) + len(self._compressed or b"")


class PageShelf:
    """Keeps the pages that were used last, up to a number of bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._pages: OrderedDict[Hashable, Page] = OrderedDict()
        self._sizes: dict[Hashable, int] = {}
        self.held_bytes = 0
        self.rendered = 0
        self.reused = 0

    def get(self, key: Hashable, now: float) -> Page | None:
        """The page, if it is there and its links are fresh."""
        page = self._pages.get(key)
        if page is None or page.stale_at <= now:
            return None
        self._pages.move_to_end(key)
        self.reused += 1
        return page

    def put(self, key: Hashable, page: Page) -> None:
        """Keeps a page, or renews its size; the longest unused ones make room."""
        if key not in self._pages or self._pages[key] is not page:
            self.rendered += 1
        self._drop(key)
        self._pages[key] = page
        self._sizes[key] = page.size_bytes
        self.held_bytes += page.size_bytes
        while self.held_bytes > self._limit_bytes:
            self._drop(next(iter(self._pages)))

    def _drop(self, key: Hashable) -> None:
        if self._pages.pop(key, None) is not None:
            self.held_bytes -= self._sizes.pop(key)
