"""The bot, its guilds, and their channels and threads over the API.

Source: Discord's documentation, "Get Guild Channels", "List Active Guild Threads", "List Public
Archived Threads" and its siblings, "Get Current User Guilds", "Get Current Application".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from clipsaver.simulator.api import answers
from clipsaver.simulator.api.answers import Answer
from clipsaver.simulator.api.caller import Call
from clipsaver.simulator.api.messages import shown
from clipsaver.simulator.world.channels import (
    Access,
    Channel,
    ChannelType,
    archive_timestamp_ms,
    guild_json,
    member_json,
    partial_guild_json,
)
from clipsaver.simulator.world.permissions import base_permissions, roles_json
from clipsaver.simulator.world.permissions import member_json as guild_member_json

_CONTENT_INTENT_FLAGS = 1 << 19
"""GATEWAY_MESSAGE_CONTENT_LIMITED: what bots in few guilds have."""
_OTHER_FLAGS = 1 << 23


def current_user(call: Call) -> Answer:
    """GET /users/@me."""
    extra = {"mfa_enabled": True, "locale": "en-US", "premium_type": 0, "email": None,
             "verified": True}  # fmt: skip
    return answers.ok(call.world.bot | extra)


def current_application(call: Call) -> Answer:
    """GET /applications/@me: its flags tell whether the content intent was granted."""
    bot = call.world.bot
    flags = _OTHER_FLAGS | (_CONTENT_INTENT_FLAGS if call.token.content_intent else 0)
    return answers.ok(
        {
            "id": bot["id"],
            "name": bot["username"],
            "icon": None,
            "description": "",
            "type": None,
            "bot": bot,
            "summary": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": flags,
            "flags_new": str(flags),
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": bot,
            "approximate_guild_count": len(call.world.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": [],
        }
    )


def current_guilds(call: Call) -> Answer:
    """GET /users/@me/guilds: by id, upwards, up to 200."""
    query = call.request.query()
    limit = answers.bounded_int(query, "limit", 1, 200, default=200)
    before = answers.snowflake_parameter(query, "before")
    after = answers.snowflake_parameter(query, "after")
    ids = [
        guild_id
        for guild_id in sorted(call.world.guilds)
        if (before is None or guild_id < before) and (after is None or guild_id > after)
    ]
    page = ids[-limit:] if before is not None and after is None else ids[:limit]
    permissions = base_permissions(manage_threads=call.world.manage_threads)
    guilds = [partial_guild_json(call.world.guilds[one], permissions) for one in page]
    return answers.ok(guilds)


def get_guild(call: Call) -> Answer:
    """GET /guilds/{guild}."""
    guild = call.guild()
    return answers.ok(
        guild_json(guild, roles_json(guild, manage_threads=call.world.manage_threads))
    )


def get_member(call: Call) -> Answer:
    """GET /guilds/{guild}/members/{user}: the bot, who is the only member that is played."""
    guild = call.guild()
    if call.second_id("user_id") != int(call.world.bot["id"]):
        raise answers.unknown_member()
    return answers.ok(guild_member_json(guild, call.world.bot))


def guild_channels(call: Call) -> Answer:
    """GET /guilds/{guild}/channels: no threads, and nothing that the bot cannot see."""
    guild_id = call.guild().guild_id
    visible = _visible(call, lambda c: c.guild_id == guild_id and not c.type.is_thread)
    return answers.ok([shown(call.world, channel) for channel in visible])


def active_threads(call: Call) -> Answer:
    """GET /guilds/{guild}/threads/active: all at once, newest first."""
    guild_id = call.guild().guild_id
    threads = _visible(
        call, lambda c: c.guild_id == guild_id and c.type.is_thread and c.archived_ms is None
    )
    threads.sort(key=lambda thread: thread.channel_id, reverse=True)
    return _threads(call, threads, has_more=False)


def archived_public(call: Call) -> Answer:
    """GET /channels/{channel}/threads/archived/public: last archived first."""
    kinds = (ChannelType.PUBLIC_THREAD, ChannelType.ANNOUNCEMENT_THREAD)
    return _archived_by_time(call, _archived(call, kinds))


def archived_private(call: Call) -> Answer:
    """GET /channels/{channel}/threads/archived/private: needs MANAGE_THREADS."""
    threads = _archived(call, (ChannelType.PRIVATE_THREAD,))
    if not call.world.manage_threads:
        raise answers.missing_permissions()
    return _archived_by_time(call, threads)


def archived_joined(call: Call) -> Answer:
    """GET /channels/{channel}/users/@me/threads/archived/private: newest thread first."""
    limit = answers.bounded_int(call.request.query(), "limit", 2, 100, default=50)
    before = answers.snowflake_parameter(call.request.query(), "before")
    threads = [
        thread
        for thread in _archived(call, (ChannelType.PRIVATE_THREAD,))
        if thread.joined and (before is None or thread.channel_id < before)
    ]
    threads.sort(key=lambda thread: thread.channel_id, reverse=True)
    return _threads(call, threads[:limit], has_more=len(threads) > limit)


def _archived(call: Call, kinds: tuple[ChannelType, ...]) -> list[Channel]:
    parent = call.channel()
    if call.world.access(parent) is Access.NO_HISTORY:
        raise answers.missing_permissions()
    return _visible(
        call,
        lambda c: (
            c.parent_id == parent.channel_id and c.type in kinds and c.archived_ms is not None
        ),
    )


def _archived_by_time(call: Call, threads: list[Channel]) -> Answer:
    query = call.request.query()
    limit = answers.bounded_int(query, "limit", 2, 100, default=50)
    before_ms = _timestamp_ms(query.get("before"))
    older = [t for t in threads if before_ms is None or archive_timestamp_ms(t) < before_ms]
    older.sort(key=lambda thread: (archive_timestamp_ms(thread), thread.channel_id), reverse=True)
    return _threads(call, older[:limit], has_more=len(older) > limit)


def _timestamp_ms(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a `+` that nobody escaped
    except ValueError:
        message = f'Could not parse "{text}". Should be ISO8601.'
        raise answers.invalid_form("before", "DATE_TIME_TYPE_PARSE", message) from None
    return round(moment.timestamp() * 1000)


def _threads(call: Call, threads: Iterable[Channel], *, has_more: bool) -> Answer:
    shown_threads, members = [], []
    bot_id = int(call.world.bot["id"])
    for thread in threads:
        shown_threads.append(shown(call.world, thread))
        if thread.joined:
            members.append(member_json(thread, bot_id))
    return answers.ok({"threads": shown_threads, "members": members, "has_more": has_more})


def _visible(call: Call, wanted: Callable[[Channel], bool]) -> list[Channel]:
    """Channels that the bot can see; private threads only with MANAGE_THREADS or as a member."""
    return [
        channel
        for channel in call.world.channels.values()
        if wanted(channel)
        and call.world.access(channel) not in (Access.NO_VIEW, Access.DELETED)
        and (
            channel.type is not ChannelType.PRIVATE_THREAD
            or channel.joined
            or call.world.manage_threads
        )
    ]
