"""Small chores of a worker that nobody waits for."""

from __future__ import annotations

import logging

import structlog
import trio

from clipsaver.database import Database, denials, runs
from clipsaver.database.purging import purges
from clipsaver.discord_rest import models
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.discord_rest.intent import Intent, intent_of
from clipsaver.errors import (
    ClipsaverError,
    DiscordError,
    DiscordUnavailable,
    RedisUnavailable,
    TokenRejected,
)
from clipsaver.queue.link import Link
from clipsaver.queue.server import Hazard, Memory, read_memory
from clipsaver.scanning.evidence import NO_INTENT
from clipsaver.worker.reach import DiscordReach

_log = structlog.get_logger()

_LOOK_EVERY_S = 5.0
_ASK_AGAIN_S = 120.0
_PRUNE_EVERY_S = 3600.0
_LOOK_AT_MEMORY_EVERY_S = 60.0
_SET_NOEVICTION = "{}; set maxmemory-policy noeviction"

_ACCEPTED, _REJECTED, _NOT_CHECKED = "token_accepted", "token_rejected", "token_not_checked"
_LEVELS = {_ACCEPTED: logging.INFO, _REJECTED: logging.ERROR, _NOT_CHECKED: logging.WARNING}


async def watch_token(
    discord: DiscordClient,
    reach: DiscordReach,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Says at start and at each change whether Discord takes the token, until cancelled.

    Where it does, also whose it is, and whether that bot has the message-content intent.
    While it does not, the client sends nothing but a question every 5 minutes, which is asked here
    since no job does.
    """
    task_status.started()
    told = ""
    while True:
        if told != _ACCEPTED or discord.statistics().held_since is not None:
            event, facts = await _ask(discord, reach)
            if event != told:
                told = event
                _log.log(_LEVELS[event], event, **facts)
                if facts.get("content_intent") == Intent.MISSING:
                    _log.warning("content_intent_missing", hint=NO_INTENT)
        # Whatever keeps Discord from saying so is not asked for each few seconds.
        await trio.sleep(_ASK_AGAIN_S if told == _NOT_CHECKED else _LOOK_EVERY_S)


async def _ask(discord: DiscordClient, reach: DiscordReach) -> tuple[str, dict[str, str]]:
    """What Discord says to the token, as an event of the log and its facts.

    While Discord is away there is nothing to say of the token.
    """
    while True:
        try:
            user = await discord.me(once=True)
        except DiscordUnavailable as error:
            if not await reach.was_away():
                return _NOT_CHECKED, {"error": str(error)}
        except TokenRejected as error:
            return _REJECTED, {"error": str(error)}
        except DiscordError as error:
            return _NOT_CHECKED, {"error": str(error)}
        else:
            return _ACCEPTED, await _introduced(discord, user)


async def _introduced(discord: DiscordClient, user: models.User) -> dict[str, str]:
    """Who the bot is; the intent only where Discord tells it now, since jobs ask for it anyway."""
    facts = {"bot": user.global_name or user.username, "bot_id": user.id}
    try:
        application = await discord.application()
    except DiscordError:
        return facts
    return {**facts, "content_intent": intent_of(application.flags).value}


async def watch_memory(
    link: Link, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Says at start and at each change what Redis may throw away, until cancelled."""
    task_status.started()
    told = Hazard.NOTHING
    while True:
        try:
            memory = await read_memory(link)
        except RedisUnavailable:
            pass  # whoever needs an answer says that Redis is away
        else:
            if memory.hazard is not told:
                told = memory.hazard
                _tell_hazard(memory, link.server)
        await trio.sleep(_LOOK_AT_MEMORY_EVERY_S)


def _tell_hazard(memory: Memory, server: str) -> None:
    facts = {"server": server, "policy": memory.policy, "maxmemory": memory.limit}
    match memory.hazard:
        case Hazard.STREAM:
            _log.warning(
                "redis_may_evict_jobs",
                **facts,
                hint=_SET_NOEVICTION.format("jobs that wait are lost when its memory is full"),
            )
        case Hazard.BOOKKEEPING:
            _log.warning(
                "redis_may_evict_bookkeeping",
                **facts,
                hint=_SET_NOEVICTION.format(
                    "no job is lost when its memory is full, but some work is done again"
                ),
            )
        case Hazard.NOTHING:
            _log.info("redis_evicts_nothing", **facts)


async def prune_old_runs(
    database: Database,
    keep_days: float,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Deletes runs that ended more than `keep_days` ago, once an hour, until cancelled.

    Forgets purges that ended then too, and denials that nobody has asked about for as long.
    """
    task_status.started()
    while True:
        await trio.sleep(_PRUNE_EVERY_S)
        try:
            async with database.connection() as connection:
                if pruned := await runs.prune_runs(connection, keep_days):
                    _log.info("runs_pruned", runs=pruned, older_than_days=keep_days)
                await purges.prune_purges(connection, keep_days)
                await denials.prune_denials(connection, keep_days)
        except ClipsaverError as error:
            _log.warning("runs_not_pruned", error=str(error))
