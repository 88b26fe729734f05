"""Small chores of a worker that nobody waits for."""

from __future__ import annotations

import logging

import structlog
import trio

from clipsaver.database import Database, runs
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.errors import ClipsaverError, DiscordError, TokenRejected

_log = structlog.get_logger()

_LOOK_EVERY_S = 5.0
_PRUNE_EVERY_S = 3600.0

_ACCEPTED, _REJECTED, _NOT_CHECKED = "token_accepted", "token_rejected", "token_not_checked"
_LEVELS = {_ACCEPTED: logging.INFO, _REJECTED: logging.ERROR, _NOT_CHECKED: logging.WARNING}


async def watch_token(
    discord: DiscordClient, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Says at start and at each change whether Discord takes the token, until cancelled.

    While it does not, the client sends nothing but a question every 5 minutes, which is asked here
    since no job does.
    """
    task_status.started()
    told = ""
    while True:
        if told != _ACCEPTED or discord.statistics().held_since is not None:
            event, facts = await _ask(discord)
            if event != told:
                told = event
                _log.log(_LEVELS[event], event, **facts)
        await trio.sleep(_LOOK_EVERY_S)


async def _ask(discord: DiscordClient) -> tuple[str, dict[str, str]]:
    """What Discord says to the token, as an event of the log and its facts."""
    try:
        await discord.me()
    except TokenRejected as error:
        return _REJECTED, {"error": str(error)}
    except DiscordError as error:
        return _NOT_CHECKED, {"error": str(error)}
    return _ACCEPTED, {}


async def prune_old_runs(
    database: Database,
    keep_days: float,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Deletes runs that ended more than `keep_days` ago, once an hour, until cancelled."""
    task_status.started()
    while True:
        await trio.sleep(_PRUNE_EVERY_S)
        try:
            async with database.connection() as connection:
                if pruned := await runs.prune_runs(connection, keep_days):
                    _log.info("runs_pruned", runs=pruned, older_than_days=keep_days)
        except ClipsaverError as error:
            _log.warning("runs_not_pruned", error=str(error))
