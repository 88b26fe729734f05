"""Rendered pages: odd text, the missing intent, and the shelf that keeps them."""

from __future__ import annotations

import gzip
import json

from hypothesis import given
from hypothesis import strategies as st

from clipsaver.simulator import World
from clipsaver.simulator.api.answers import encode
from clipsaver.simulator.api.pages import Page, PageShelf, render, without_content

NOW = 1_790_000_000.0


def test_text_that_utf8_cannot_say_is_written_with_escapes() -> None:
    assert encode({"content": "a\ud800b"}) == b'{"content":"a\\ud800b"}'
    assert encode({"content": "a\x00é"}) == '{"content":"a\\u0000é"}'.encode()


@given(st.text(st.characters(codec=None), max_size=20))
def test_every_text_survives(content: str) -> None:
    assert json.loads(render([{"content": content}])) == [{"content": content}]


def test_without_the_intent_nothing_of_the_content_is_left() -> None:
    world = World.generate(1, now=NOW, channels=1, messages=1)
    channel_id = world.readable_channels()[0].channel_id
    for kind in ("plain_clip", "forwarded_clip", "gallery", "linked_file", "poll", "reply"):
        message = world.message(channel_id, world.post(channel_id, kind, now=NOW))
        assert message is not None
        hidden = json.dumps(without_content(message))
        assert "http" not in hidden
        assert '"poll"' not in hidden
        assert json.loads(hidden)["id"] == message["id"]


def test_pages_with_old_links_are_not_handed_out() -> None:
    shelf = PageShelf(1000)
    page = Page(b"[]", stale_at=10.0)
    shelf.put("a", page)
    assert shelf.get("a", 9.9) is page
    assert shelf.get("a", 10.0) is None


def test_what_was_not_used_for_longest_makes_room() -> None:
    shelf = PageShelf(100)
    for name in "ab":
        shelf.put(name, Page(b"x" * 40, stale_at=1.0))
    assert shelf.get("a", 0.0)
    shelf.put("c", Page(b"x" * 40, stale_at=1.0))
    assert shelf.get("b", 0.0) is None
    assert shelf.get("a", 0.0)
    assert shelf.held_bytes == 80
    shelf.put("huge", Page(b"x" * 101, stale_at=1.0))
    assert shelf.held_bytes == 0


def test_the_compressed_form_counts_too() -> None:
    shelf = PageShelf(10_000)
    page = Page(b"x" * 1000, stale_at=1.0)
    shelf.put("a", page)
    assert gzip.decompress(page.compressed) == page.body
    shelf.put("a", page)
    assert shelf.held_bytes == 1000 + len(page.compressed)
    assert shelf.rendered == 1
