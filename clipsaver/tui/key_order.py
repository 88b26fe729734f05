"""What a terminal hands on: one key after the other, each to its end before the next is begun.

Textual carries out most bindings only when the key has come up to the application, through the
queue of each widget on the way. Over a slow line many keys arrive at once: the letters after `/`
would still go to the list, where some of them are actions, and not into the filter.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any, Final

from textual import events
from textual.message import Message
from textual.widget import Widget

from clipsaver.terminal_text import printable
from clipsaver.tui.inside_textual import ContainedApp

_PATIENCE_S: Final = 0.3
"""For so long a key is waited for whose end is not heard of: its widget may be gone."""
_ROUNDS: Final = 3
"""That many times the way of a key is gone behind it: esc tells the filter line, and that the list,
and each of them tells along the same way."""


class KeyDone(Message):
    """Follows a key through the same queues; where it arrives, the key has been dealt with."""

    def __init__(self, key: events.Key, rounds_left: int) -> None:
        super().__init__()
        self.key = key
        self.rounds_left = rounds_left


class KeysInOrder(ContainedApp, inherit_bindings=False):
    """An application that hands on a key when the one before it has done what it does."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._key: events.Key | None = None
        """What is under way."""
        self._keys_after: deque[events.Key] = deque()

    @property
    def keys_wait(self) -> bool:
        """Whether one is under way."""
        return self._key is not None

    async def on_event(self, event: events.Event) -> None:
        """Keys in their order, and what is pasted without what a terminal would obey."""
        if isinstance(event, events.Paste) and not event.is_forwarded:
            event.text = printable(event.text)
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif self._key is None:
            await self._begin_key(event)
        else:
            self._keys_after.append(event)
            self.set_timer(_PATIENCE_S, partial(self._end_key, self._key))

    async def _begin_key(self, key: events.Key) -> None:
        self._key = key
        hears_of_it = self.focused or self.screen
        await super().on_event(key)
        self._follow_key(hears_of_it, KeyDone(key, _ROUNDS - 1))

    def _follow_key(self, hears_of_it: Widget, done: KeyDone) -> None:
        if not hears_of_it.post_message(done):
            self.call_later(self._end_key, done.key)

    def on_key_done(self, done: KeyDone) -> None:
        """What the key has put off comes before the next."""
        if done.rounds_left:
            following = KeyDone(done.key, done.rounds_left - 1)
            self.call_later(self._follow_key, self.focused or self.screen, following)
        else:
            self.call_later(self._end_key, done.key)

    async def _end_key(self, key: events.Key) -> None:
        if self._key is not key:
            return
        self._key = None
        if self._keys_after:
            await self._begin_key(self._keys_after.popleft())
