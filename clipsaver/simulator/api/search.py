"""The search of a guild over the API.

Source: Discord's documentation, "Search Guild Messages".
"""

from __future__ import annotations

from typing import Any

from clipsaver.simulator.api import answers, search_form
from clipsaver.simulator.api.answers import Answer, Refused, encode
from clipsaver.simulator.api.caller import Call
from clipsaver.simulator.api.messages import shown
from clipsaver.simulator.api.pages import without_content
from clipsaver.simulator.api.search_form import Asked
from clipsaver.simulator.dice import Dice, seed_of
from clipsaver.simulator.timeline import snowflake
from clipsaver.simulator.world.channels import Channel, ChannelType, member_json
from clipsaver.simulator.world.index import Hits

_REFUSALS = {
    20001: "Bots cannot use this endpoint",
    50001: "Missing Access",
}


def search_messages(call: Call) -> Answer:
    """GET /guilds/{guild}/messages/search: a page of what is found, and how much there is."""
    guild_id = call.guild().guild_id
    settings = call.world.search
    if settings.refusal is not None:
        raise Refused(403, settings.refusal, _REFUSALS.get(settings.refusal, "Forbidden"))
    if settings.without_intent == "refused" and not call.token.content_intent:
        raise answers.missing_access()
    asked = search_form.read(call.request.query_lists())
    search = call.world.searched(guild_id)
    if not search.is_ready(call.now, settings):
        return _not_ready(call)
    searched = _searched(call, guild_id, asked)
    hits = search.find(asked.wanted, searched, now=call.now, settings=settings)
    found = hits.between(*_window(call, asked))
    ordered = found[::-1] if asked.newest_first else found
    shown_hits = [
        place
        for place in ordered[asked.offset : asked.offset + asked.limit]
        if not Dice(seed_of(hits.message_ids[place])).chance(settings.left_out)
    ]
    messages = [_message(call, hits, place) for place in shown_hits]
    channels = {hits.channel_ids[place] for place in shown_hits}
    threads = [call.world.channels[one] for one in sorted(channels, reverse=True)]
    threads = [thread for thread in threads if thread.type.is_thread]
    bot_id = int(call.world.bot["id"])
    body: dict[str, Any] = {
        "doing_deep_historical_index": settings.indexed_from is not None,
        "documents_indexed": search.message_count,
        "total_results": _total(call, len(found), asked),
        "messages": [[message] for message in messages],
        "threads": [shown(call.world, thread) for thread in threads],
        "members": [member_json(thread, bot_id) for thread in threads if thread.joined],
    }
    return answers.ok(body)


def _not_ready(call: Call) -> Answer:
    body: dict[str, Any] = {
        "message": "Index not yet available. Try again later",
        "code": 110000,
        "documents_indexed": 0,
    }
    if call.world.search.retry_after_s is not None:
        body["retry_after"] = call.world.search.retry_after_s
    return Answer(202, encode(body))


def _searched(call: Call, guild_id: int, asked: Asked) -> frozenset[int]:
    """Where messages are found: what may be read, as far as it is asked for."""
    return frozenset(
        channel.channel_id
        for channel in call.world.readable_channels(guild_id)
        if _is_shown(call, channel)
        and (asked.include_nsfw or not _is_age_restricted(call, channel))
        and (not asked.channel_ids or _is_asked_for(call, channel, asked))
    )


def _is_shown(call: Call, channel: Channel) -> bool:
    is_private = channel.type is ChannelType.PRIVATE_THREAD
    return not is_private or channel.joined or call.world.manage_threads


def _is_age_restricted(call: Call, channel: Channel) -> bool:
    parent = call.world.channels.get(channel.parent_id or 0) if channel.type.is_thread else None
    return channel.nsfw or (parent is not None and parent.nsfw)


def _is_asked_for(call: Call, channel: Channel, asked: Asked) -> bool:
    if channel.channel_id in asked.channel_ids:
        return True
    through_parent = call.world.search.parents_include_threads and channel.type.is_thread
    return through_parent and channel.parent_id in asked.channel_ids


def _window(call: Call, asked: Asked) -> tuple[int | None, int | None]:
    """Above and below which ids there are hits: as asked, and as the index goes."""
    settings, above, below = call.world.search, asked.above, asked.below
    if settings.indexed_from is not None:
        oldest = snowflake(int(settings.indexed_from * 1000)) - 1
        above = oldest if above is None else max(above, oldest)
    if settings.lag_s:
        newest = snowflake(int((call.now - settings.lag_s) * 1000))
        below = newest if below is None else min(below, newest)
    return above, below


def _message(call: Call, hits: Hits, place: int) -> dict[str, Any]:
    message_id = hits.message_ids[place]
    history = call.world.histories[hits.channel_ids[place]]
    # One that was deleted is found for a while: see `SearchSettings.linger_s`.
    posted_at = history.place_once_of(message_id)
    assert posted_at is not None
    message = history.read(posted_at, call.world.links(call.now)).json
    if not call.token.content_intent:
        message = without_content(message)
    message.pop("reactions", None)
    return message | {"hit": True}


def _total(call: Call, exact: int, asked: Asked) -> int:
    error = call.world.search.total_error
    if not error:
        return exact
    share = Dice(seed_of(asked.offset, asked.below or 0, exact)).between(-1000, 1000) / 1000
    return max(0, round(exact * (1 + share * error)))
