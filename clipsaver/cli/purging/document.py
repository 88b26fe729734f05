"""A purge as JSON: ids are texts, since JavaScript rounds long numbers. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clipsaver.cli.purging.meant import Meant
from clipsaver.records.purges import Purge, PurgeCounts, PurgeTarget


def target_json(target: PurgeTarget) -> dict[str, Any]:
    """What it is about; of a purge that is over without the author and the messages."""
    return {
        "scope": target.scope,
        "guild_id": _id(target.guild_id),
        "channel_id": _id(target.channel_id),
        "author_id": _id(target.author_id),
        "message_ids": [str(one) for one in target.message_ids],
    }


def would_json(
    meant: Meant, counts: PurgeCounts, going_on: Purge | None, *, was_opted_out: bool | None
) -> dict[str, Any]:
    """Of a dry run. `was_opted_out` is of an author alone."""
    more = {} if was_opted_out is None else {"is_opted_out": was_opted_out}
    return {
        "would_purge": target_json(meant.target) | {"names": _names(meant)},
        "counts": rows_json(counts),
        **more,
        "open_purge": None if going_on is None else going_on.purge_id,
    }


def purge_json(
    purge: Purge, *, target: PurgeTarget | None = None, left: PurgeCounts | None = None
) -> dict[str, Any]:
    """A purge as it stands; `target` is what it was about, `left` what was counted since."""
    deleted = rows_json(purge.deleted) | {
        "authors": purge.deleted.authors,
        "files": purge.deleted.files,
    }
    told = {
        "purge_id": purge.purge_id,
        **target_json(target or purge.target),
        "asked_by": purge.asked_by,
        "run_id": purge.run_id,
        "asked_at": _time(purge.asked_at),
        "ended_at": purge.ended_at and _time(purge.ended_at),
        "stage": purge.stage,
        "found": purge.found and rows_json(purge.found),
        "deleted": deleted,
        "files_left": purge.files_left,
        "error": purge.error,
    }
    return told if left is None else told | {"left": rows_json(left)}


def rows_json(counts: PurgeCounts) -> dict[str, int]:
    """What is counted before as well as after."""
    return {"clips": counts.clips, "messages": counts.messages, "pictures": counts.pictures}


def _names(meant: Meant) -> dict[str, str | None]:
    named = {"guild": meant.guild, "channel": meant.channel, "author": meant.author}
    return {kind: one.name for kind, one in named.items() if one is not None}


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
