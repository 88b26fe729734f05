"""Reads what is on record of coverage, out of the database alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from clipsaver import snowflake
from clipsaver.cli.coverage_choosing import choose
from clipsaver.cli.opening import open_tables
from clipsaver.config import Config
from clipsaver.config.scan import ScanConfig
from clipsaver.database import coverage_list
from clipsaver.database.migrations import check_usable
from clipsaver.job_settings import Settings
from clipsaver.jobs import GuildJob
from clipsaver.operating.coverage_looks import Look, Moment, looks_at
from clipsaver.scanning import plan
from clipsaver.scanning.retention import Retention
from clipsaver.scanning.scan import hash_for

_NO_GUILD = "0"


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to show."""

    looks: Sequence[Look]
    named: frozenset[int]
    """Channels that were named themselves."""
    settings_hash: str
    """Of the configuration."""
    names: dict[str, str]
    """Settings in words, by their hash, as far as jobs on record tell them."""


async def read_looks(config: Config, places: Sequence[str], now: float) -> Seen:
    """`now` in Unix seconds. Raises UsageError, DatabaseUnavailable and SchemaError."""
    async with open_tables(config) as database, database.connection() as connection:
        await check_usable(connection, database.schema)
        chosen = choose(places, await coverage_list.listed_channels(connection))
        ids = [one.channel_id for one in chosen.channels]
        coverages = await coverage_list.listed_coverages(connection, ids)
        messages = await coverage_list.messages_read(connection, ids)
        used = await coverage_list.settings_used(connection)
    kept = Retention.of(config.privacy).worth_reading(now)
    moment = Moment(snowflake.from_unix(now), plan.settled(now), kept)
    in_force = hash_of(Settings(), config.scan)
    return Seen(
        looks_at(chosen.channels, coverages, messages, in_force, moment),
        chosen.named,
        in_force,
        names_of(used, config.scan),
    )


def hash_of(settings: Settings, defaults: ScanConfig) -> str:
    """What a job with these settings is called in `scan_coverage`."""
    return hash_for(GuildJob(guild_id=_NO_GUILD, settings=settings), defaults)


def names_of(used: Iterable[str], defaults: ScanConfig) -> dict[str, str]:
    """Words for the settings of jobs on record, over this configuration; other ones have none."""
    found = [Settings()]
    for text in used:
        try:
            found.append(msgspec.json.decode(text, type=Settings))
        except msgspec.ValidationError:  # of a version that knew other ones
            continue
    return {hash_of(one, defaults): in_words(one, defaults) for one in reversed(found)}


def in_words(settings: Settings, defaults: ScanConfig) -> str:
    """`video/mp4, text like "gg"`: what was looked for."""
    types = settings.allowed_mime_types or defaults.allowed_mime_types
    words = ", ".join(types)
    return words if settings.match_regex is None else f'{words}, text like "{settings.match_regex}"'
