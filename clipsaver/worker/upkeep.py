"""Small chores of a worker that nobody waits for."""

from __future__ import annotations

import structlog
import trio

from clipsaver.database import Database, runs
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.errors import ClipsaverError, DiscordError, TokenRejected

_log = structlog.get_logger()

_LOOK_EVERY_S = 5.0
_PRUNE_EVERY_S = 3600.0


async def watch_token(
    discord: DiscordClient, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Says at start and at each change whether Discord takes the token, until cancelled.

    While it does not, the client sends nothing but a question every 5 minutes, which is asked here
    since no job does.
    """
    task_status.started()
    is_good: bool | None = None
    while True:
        if is_good is not True or discord.statistics().held_since is not None:
            was_good, is_good = is_good, await _ask(discord, was_good=is_good)
            if is_good and not was_good:
                _log.info("token_accepted")
        await trio.sleep(_LOOK_EVERY_S)


async def _ask(discord: DiscordClient, *, was_good: bool | None) -> bool | None:
    """Whether the token is good; None where Discord does not say."""
    try:
        await discord.me()
    except TokenRejected as error:
        if was_good is not False:
            _log.error("token_rejected", error=str(error))
        return False
    except DiscordError as error:
        _log.warning("token_not_checked", error=str(error))
        return None
    return True


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
