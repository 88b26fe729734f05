"""The stream's part in a purge, its time and the audit: that it is away is no obstacle."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import trio

from clipsaver.cli.opening import open_stream
from clipsaver.cli.purging.words import target_named
from clipsaver.config import Config
from clipsaver.errors import ClipsaverError
from clipsaver.queue.operating.audit import Act, note, who
from clipsaver.records.purges import PurgeTarget
from clipsaver.terminal_text import printable

_PATIENCE_S = 10.0
"""The stream may take so long; a server of its own has to start."""


async def put_on_record(
    config: Config, command: str, target: PurgeTarget, *, count: int, why: str, without: str
) -> datetime | None:
    """Notes it in the audit, without whom or which messages: these are not kept.

    Returns the time by the clock of Redis, by which jobs are pushed; None where it does not answer,
    which is said; `without` is what is done without.
    """
    act = Act(who(), what=target_named(target, with_person=False), why=why)
    problem = f"no answer in {_PATIENCE_S:.0f} s"
    try:
        with trio.move_on_after(_PATIENCE_S):
            async with open_stream(config) as link:
                seconds, micros = await link.command("TIME")
                await note(link, act, command, count=count)
                return datetime.fromtimestamp(int(seconds) + int(micros) / 1e6, UTC)
    except ClipsaverError as error:
        problem = str(error)
    sys.stderr.write(f"without {without}: {printable(problem)}\n")
    return None
