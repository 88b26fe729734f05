"""Channels and their messages over the API.

Source: Discord's documentation, "Get Channel Messages", "Get Channel Message", "Get Channel".
"""

from __future__ import annotations

from typing import Any

import msgspec

from clipsaver.simulator.api import answers
from clipsaver.simulator.api.answers import Answer, encode
from clipsaver.simulator.api.caller import Call
from clipsaver.simulator.api.pages import Page, render, without_content
from clipsaver.simulator.api.spoiled import misplaced, wanted
from clipsaver.simulator.files.links import resigned
from clipsaver.simulator.files.media import media_of
from clipsaver.simulator.traffic.faults import Fault
from clipsaver.simulator.world.channels import Access, Channel, ChannelType, channel_json
from clipsaver.simulator.world.history import History
from clipsaver.simulator.world.permissions import overwrites_json
from clipsaver.simulator.world.world import World

_CURSORS = ("around", "before", "after")
_REFRESH_LIMIT = 50
Window = tuple[str, int | None, int]
"""Which way, from which id (None: the newest), how many."""


def shown(world: World, channel: Channel) -> dict[str, Any]:
    """A channel as the API shows it."""
    history = world.history(channel.channel_id)
    bot_id = int(world.bot["id"])
    overwrites = overwrites_json(channel, world.access(channel), bot_id)
    if history is not None:
        return channel_json(channel, history.last_message_id, len(history), bot_id, overwrites)
    newest_thread = max(
        (other.channel_id for other in world.channels.values()
         if other.parent_id == channel.channel_id and other.type.is_thread),
        default=None,
    )  # fmt: skip
    return channel_json(channel, newest_thread, 0, bot_id, overwrites)


def get_channel(call: Call) -> Answer:
    """GET /channels/{channel}."""
    return answers.ok(shown(call.world, call.channel()))


def list_messages(call: Call) -> Answer:
    """GET /channels/{channel}/messages: newest first, whichever way one reads."""
    channel = call.channel()
    history = _history(call, channel)
    query = call.request.query()
    limit = answers.bounded_int(query, "limit", 1, 100, default=50)
    cursors = {name: answers.snowflake_parameter(query, name) for name in _CURSORS}
    given = [(name, cursor) for name, cursor in cursors.items() if cursor is not None]
    if len(given) > 1:
        message = "around, before and after are mutually exclusive."
        raise answers.invalid_form(given[1][0], "BASE_TYPE_CONFLICT", message)
    if call.world.access(channel) is Access.NO_HISTORY:
        return answers.ok([])
    name, cursor = given[0] if given else ("before", None)
    window = (name, cursor, limit)
    if call.fault is not None:
        return Answer(200, render(_messages(call, history, window, call.fault)))
    return _page(call, history, window)


def _page(call: Call, history: History, window: Window) -> Answer:
    world, shelf = call.world, call.shelf
    channel_id = history.scribe.channel_id
    key = (channel_id, history.revision, window, call.token.content_intent, world.base_url)
    page = shelf.get(key, call.now)
    if page is None:
        body = render(_messages(call, history, window))
        page = Page(body, call.now + world.signer.lifetime_s / 4)
        shelf.put(key, page)
    if not call.gzip:
        return Answer(200, page.body)
    size_before = page.size_bytes
    answer = Answer(200, page.compressed, headers=(("Content-Encoding", "gzip"),))
    if page.size_bytes != size_before:
        shelf.put(key, page)
    return answer


def _messages(
    call: Call, history: History, window: Window, fault: Fault | None = None
) -> list[dict[str, Any]]:
    name, cursor, limit = window
    taken = limit if fault is None else wanted(limit, fault)
    if cursor is None or name == "before":
        places = history.before(cursor, taken)
    else:
        places = history.after(cursor, taken) if name == "after" else history.around(cursor, taken)
    if fault is not None:
        places = misplaced(places, fault, is_full=len(places) >= limit, forward=name == "after")
    links = call.world.links(call.now)
    messages = [history.read(place, links).json for place in places]
    return messages if call.token.content_intent else [without_content(m) for m in messages]


def get_message(call: Call) -> Answer:
    """GET /channels/{channel}/messages/{message}."""
    channel = call.channel()
    history = _history(call, channel)
    if call.world.access(channel) is Access.NO_HISTORY:
        raise answers.missing_permissions()
    place = history.place_of(call.message_id())
    if place is None:
        raise answers.unknown_message()
    written = history.read(place, call.world.links(call.now))
    message = written.json if call.token.content_intent else without_content(written.json)
    return Answer(200, encode(message))


def _history(call: Call, channel: Channel) -> History:
    if call.world.access(channel) is Access.NO_CONNECT:
        raise answers.missing_access()
    history = call.world.history(channel.channel_id)
    if history is None:
        if channel.type is ChannelType.CATEGORY:
            raise answers.wrong_channel_type()
        raise answers.not_a_text_channel()
    return history


class _RefreshRequest(msgspec.Struct):
    attachment_urls: list[str]


def refresh_urls(call: Call) -> Answer:
    """POST /attachments/refresh-urls: signs up to 50 links again.

    Not in Discord's documentation, but in use by bots; links to deleted files come back without
    a new one.
    """
    if not call.request.headers.get("content-type", "").startswith("application/json"):
        message = "Expected \"Content-Type\" header to be one of {'application/json'}."
        raise answers.invalid_form("_misc", "CONTENT_TYPE_INVALID", message)
    try:
        urls = msgspec.json.decode(call.request.body, type=_RefreshRequest).attachment_urls
    except msgspec.MsgspecError:
        raise answers.invalid_form(
            "attachment_urls", "BASE_TYPE_REQUIRED", "This field is required"
        ) from None
    if not 1 <= len(urls) <= _REFRESH_LIMIT:
        message = f"Must be between 1 and {_REFRESH_LIMIT} in length."
        raise answers.invalid_form("attachment_urls", "BASE_TYPE_BAD_LENGTH", message)
    return answers.ok({"refreshed_urls": [_refreshed(call, url) for url in urls]})


def _refreshed(call: Call, url: str) -> dict[str, str | None]:
    prefix = f"{call.world.base_url}/attachments/"
    parts = url.removeprefix(prefix).split("/") if url.startswith(prefix) else []
    if len(parts) != 3 or not parts[1].isdigit():
        return {"original": url, "refreshed": None}
    attachment = int(parts[1])
    if media_of(attachment) is None or not call.world.has_file(attachment):
        return {"original": url, "refreshed": None}
    return {"original": url, "refreshed": resigned(url, call.world.signer, int(call.now))}
