"""The findings, for a person and for a script. Pure.

Names of guilds and channels are strangers' text: nothing of them is obeyed by a terminal, and
secrets of the configuration are masked wherever a server's words hold them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from clipsaver.doctor.examination import Examination
from clipsaver.doctor.facts import GuildLook, SearchLook, ThumbnailFacts
from clipsaver.doctor.findings import Finding, Mark, exit_code
from clipsaver.masking import mask
from clipsaver.terminal_text import printable

FEW = 5
"""Details of a warning or a problem that are shown unless all are asked for."""

_COLOURS = {Mark.OK: "32", Mark.WARNING: "33", Mark.PROBLEM: "1;31"}


def lines(
    findings: Sequence[Finding], *, verbose: bool, colour: bool, width: int = 100
) -> Iterator[str]:
    """A line for each check, with what to do and details below it, and one for all of them."""
    of_marks = max(map(len, Mark))
    of_checks = max((len(one.check) for one in findings), default=0)
    margin = " " * (of_marks + of_checks + 4)
    for one in findings:
        mark = _coloured(one.mark, colour=colour) + " " * (of_marks - len(one.mark))
        yield f"{mark}  {one.check:<{of_checks}}  {_safe(one.found)}"
        shown = FEW if one.mark is not Mark.OK else 0
        details = one.details if verbose else one.details[:shown]
        yield from (f"{margin}- {_safe(detail)}" for detail in details)
        if (more := len(one.details) - len(details)) and shown:
            yield f"{margin}- and {more:,} more (--verbose)"
        if one.advice:
            advice = f"to do: {_safe(one.advice)}"
            yield from textwrap.wrap(
                advice,
                max(width, len(margin) + 40),
                initial_indent=margin,
                subsequent_indent=f"{margin}       ",
                break_long_words=False,
                break_on_hyphens=False,
            )
    yield ""
    yield _in_all(findings)


def as_json(examination: Examination, findings: Sequence[Finding]) -> dict[str, Any]:
    """Everything, ids as strings; what was not seen is null."""
    discord, redis, postgres = examination.discord, examination.redis, examination.postgres
    machine = examination.machine
    return {
        **findings_as_json(findings),
        "bot": discord.bot and asdict(discord.bot),
        "guilds": [
            _guild_json(guild, discord.searches.get(guild.guild_id)) for guild in discord.guilds
        ],
        "guilds_not_looked_at": discord.not_looked_at,
        "redis": redis
        and {
            "kind": redis.kind,
            "version": redis.version,
            "append_only": redis.is_append_only,
            "maxmemory": redis.memory.limit,
            "maxmemory_policy": redis.memory.policy,
            "used_bytes": redis.used_bytes,
            "is_replica": redis.is_replica,
            "sentinels": redis.sentinels and asdict(redis.sentinels),
        },
        "postgresql": postgres
        and {
            "version": postgres.status.server_version,
            "schema": postgres.status.schema,
            "schema_version": postgres.status.version,
            "schema_known": postgres.status.code_version,
            "read_only": postgres.is_read_only,
            "lacking_rights": list(postgres.lacking),
            "size_bytes": postgres.size_bytes,
            "free_bytes": postgres.free_bytes,
        },
        "versions": machine
        and {
            "clipsaver": machine.clipsaver,
            "python": machine.python,
            **{one.name: one.installed for one in machine.libraries},
        },
        "data_dir": machine
        and {
            "path": str(machine.storage.folder),
            "in_use": machine.storage.is_needed,
            "obstacle": machine.storage.obstacle or None,
            "free_bytes": machine.storage.free_bytes,
        },
        "thumbnails": examination.thumbnails and _thumbnails_json(examination.thumbnails),
        "clock_offset_seconds": {
            name: None if one is None else one.clock and round(one.clock.seconds, 3)
            for name, one in (("discord", discord), ("redis", redis), ("postgresql", postgres))
        },
    }


def findings_as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """What there is to say where nothing could be looked at."""
    code = exit_code(findings)
    return {
        "scan_would_work": code == 0,
        "exit_code": int(code),
        "findings": [
            {
                "check": one.check,
                "mark": one.mark.value,
                "found": mask(one.found),
                "advice": mask(one.advice) or None,
                "details": [mask(detail) for detail in one.details],
            }
            for one in findings
        ],
    }


def _thumbnails_json(facts: ThumbnailFacts) -> dict[str, Any]:
    isolation = facts.isolation
    return {
        "storage": facts.place or None,
        "storage_obstacle": mask(facts.storage_obstacle) or None,
        "decoders_obstacle": mask(facts.decoders_obstacle) or None,
        "layers": isolation
        and [
            {"name": layer.name, "is_on": layer.is_on, "words": layer.words}
            for layer in isolation.layers
        ],
        "reaches": isolation and list(isolation.reaches),
    }


def _guild_json(guild: GuildLook, search: SearchLook | None) -> dict[str, Any]:
    return {
        "id": str(guild.guild_id),
        "name": guild.name,
        "error": guild.error or None,
        "search": None if search is None else search.state.value,
        "channels": [
            {
                "id": str(channel.channel_id),
                "name": channel.name,
                "type": channel.type,
                "parent_id": None if channel.parent_id is None else str(channel.parent_id),
                "readable": not channel.missing,
                "missing": list(channel.missing),
                "hides_archived_private_threads": channel.hides_private_threads,
            }
            for channel in guild.channels
        ],
    }


def _in_all(findings: Sequence[Finding]) -> str:
    problems = sum(one.mark is Mark.PROBLEM for one in findings)
    warnings = sum(one.mark is Mark.WARNING for one in findings)
    told = [
        f"{count} {name}{'s' if count > 1 else ''}"
        for count, name in ((problems, "problem"), (warnings, "warning"))
        if count
    ]
    would = "a scan would not work" if problems else "a scan would work"
    return f"{would}: {', '.join(told)}" if told else f"{would}, and there is nothing to do"


def _coloured(mark: Mark, *, colour: bool) -> str:
    return f"\x1b[{_COLOURS[mark]}m{mark}\x1b[0m" if colour else str(mark)


def _safe(text: str) -> str:
    return printable(mask(text))
