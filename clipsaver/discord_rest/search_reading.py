"""What an answer to a search holds: decoded once, flattened, held to what was asked for. Pure.

Source: Discord's documentation, resource "Message", "Search Guild Messages".
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from clipsaver import snowflake
from clipsaver.discord_rest import models
from clipsaver.discord_rest.decoding import decode
from clipsaver.discord_rest.listings import read_thread_list
from clipsaver.discord_rest.mending import mend
from clipsaver.discord_rest.pages import in_order


class _Found(msgspec.Struct):
    """`messages` has a list for each hit, of that hit alone by now."""

    messages: list[list[msgspec.Raw]]
    total_results: int
    threads: msgspec.Raw = msgspec.Raw()
    doing_deep_historical_index: bool | None = None


_envelope_decoder = msgspec.json.Decoder(_Found)
_messages_decoder = msgspec.json.Decoder(list[models.FoundMessage])


@dataclass(frozen=True, slots=True)
class SearchReading:
    """What an answer to a search holds."""

    messages: list[models.FoundMessage]
    """Newest first, each once."""
    total: int
    threads: list[models.Channel]
    is_index_complete: bool
    spared: tuple[str, ...] = ()
    """Fields of messages that could not be read and were left out: `message 123: flags`."""
    spared_of_threads: tuple[str, ...] = ()


def read_search(
    guild_id: int, body: bytes, *, min_id: int | None, max_id: int | None
) -> SearchReading:
    """The hits of one answer.

    Raises ValueError where there is no list, not even an empty one (as while the index is built),
    for messages outside `min_id` to `max_id`, since such an answer ignored what was asked for, and
    for those that do not tell their channel. These two themselves are left out, should Discord ever
    count them in.
    """
    found = decode(_envelope_decoder, body)
    flat = b"[" + b",".join(bytes(one) for hit in found.messages for one in hit) + b"]"
    spared: tuple[str, ...] = ()
    try:
        messages = decode(_messages_decoder, flat)
    except msgspec.ValidationError as error:
        messages, spared = mend(_messages_decoder, flat, error)
    bounds = {str(min_id), str(max_id)}
    messages = [message for message in messages if message.id not in bounds]
    for message in messages:
        try:
            snowflake.read(message.channel_id)
        except ValueError as error:
            raise ValueError(f"the channel of message {message.id}: {error}") from None
    threads = read_thread_list(guild_id, bytes(found.threads))
    return SearchReading(
        in_order(messages, before=max_id, after=min_id),
        max(0, found.total_results),
        threads.channels,
        found.doing_deep_historical_index is not True,
        spared,
        threads.spared,
    )
