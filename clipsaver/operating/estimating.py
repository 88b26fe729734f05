"""How long a channel is, as far as that can be told from what was read of it. Pure."""

from __future__ import annotations

from clipsaver.database.coverage import SoFar
from clipsaver.ranges import Range, RangeSet

_LEAST_SHARE = 0.02
"""Of a channel's time: of less one cannot tell how much is posted there."""


def messages_in(known: SoFar) -> int | None:
    """About how many messages the channel holds; None where too little of it was read.

    Ids are times: what was read of the time since the channel was made is set against all of it, as
    if messages were posted evenly.
    """
    if known.last_message_id is None or known.last_message_id <= known.channel_id:
        return None
    whole = Range(known.channel_id, known.last_message_id + 1)
    read = sum(_length(one) for one in known.covered & RangeSet([whole]))
    share = read / _length(whole)
    if share < _LEAST_SHARE or not known.messages:
        return None
    return max(known.messages, round(known.messages / share))


def messages_between(known: SoFar, gap: Range) -> int | None:
    """About how many messages lie in a part of the channel's life, which has an end; None where
    that cannot be told."""
    total = messages_in(known)
    if total is None or known.last_message_id is None:
        return None
    share = _length(gap) / (known.last_message_id + 1 - known.channel_id)
    return round(total * min(1.0, share))


def _length(one: Range) -> int:
    return (one.upper or one.lower) - one.lower
