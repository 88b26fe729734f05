"""A long list of clips, of which each look fetches the page that a person is at. Pure.

The database goes on behind the key of a clip, never by counting rows. What was fetched before stays
in the list, as it was then; the page that the cursor is in is fetched anew with each look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from clipsaver.database.clip_filter import ClipKey
from clipsaver.database.clips import StoredClip
from clipsaver.tui.sources.seen import ClipsBody, Seen
from clipsaver.tui.sources.wanted import View, Wanted

PAGE: Final = 200
"""Clips that a look fetches."""
MOST: Final = 5_000
"""Clips that are held; what lies behind them is found by a filter."""
_STEP: Final = 100
"""Pages begin at each so manieth row."""
_AHEAD: Final = 50
"""So many rows before the end of a page the next one is fetched."""


def page_at(clips: Sequence[StoredClip], index: int) -> ClipKey | None:
    """Behind which clip the page begins that holds this row and those around it; None = at the
    newest."""
    start = min(max(0, index - _AHEAD) // _STEP * _STEP, MOST - PAGE)
    return clips[start - 1].key if start else None


def same_list(one: Wanted | None, other: Wanted) -> bool:
    """Whether both are of one list of clips, be it of different pages."""
    return one is not None and _list_of(one) == _list_of(other)


def joined(known: Seen | None, wanted: Wanted, seen: Seen) -> Seen:
    """The look with its page in the list that is `known` so far, of the same bounds.

    Where the newest page does not reach down to what is known, that is forgotten: a list with a
    hole in it would lie.
    """
    old, new = known.body if known else None, seen.body
    if not isinstance(old, ClipsBody) or not isinstance(new, ClipsBody) or not old.clips:
        return seen
    start = wanted.before
    above = () if start is None else tuple(one for one in old.clips if one.key >= start)
    if start is None and new.is_more and new.clips[-1].key > old.clips[0].key:
        return seen
    below: tuple[StoredClip, ...] = ()
    if new.is_more:
        below = tuple(one for one in old.clips if one.key < new.clips[-1].key)
    clips = (*above, *new.clips, *below)
    is_more = new.is_more and (old.is_more if below else True)
    body = replace(new, clips=clips[:MOST], is_more=is_more or len(clips) > MOST)
    return replace(seen, body=body)


def _list_of(wanted: Wanted) -> tuple[Any, ...]:
    return (wanted.view is View.CLIPS, wanted.guild_id, wanted.channel_id, wanted.author_id)
