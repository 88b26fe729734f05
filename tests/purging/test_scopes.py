"""What each scope takes with it, and what it leaves: the guild, channel or person next to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from clipsaver.database.purging.counting import count_target
from clipsaver.records import PurgeCounts, PurgeScope, PurgeStage, PurgeTarget
from tests.database.making import a_clip, a_page, commit_pages
from tests.purging.world import (
    ABROAD,
    ANN,
    BOB,
    CAT,
    CHANNEL,
    GUILD,
    GUILD_OF,
    OTHER_GUILD,
    SIBLING,
    THREAD,
    World,
    clips_of,
    without,
)

OF_GUILD = {CHANNEL, THREAD, SIBLING}


@dataclass(frozen=True)
class Case:
    target: PurgeTarget
    clips: set[str]
    bare: set[int] = field(default_factory=set)
    """Guilds and channels of which only a bare row stays."""
    fenced: set[int] = field(default_factory=set)


CASES = {
    "guild": Case(
        PurgeTarget(PurgeScope.GUILD, GUILD),
        clips_of(*OF_GUILD),
        bare={GUILD, *OF_GUILD},
        fenced=OF_GUILD,
    ),
    "channel with its thread": Case(
        PurgeTarget(PurgeScope.CHANNEL, GUILD, CHANNEL),
        clips_of(CHANNEL, THREAD),
        bare={CHANNEL, THREAD},
        fenced={CHANNEL, THREAD},
    ),
    "thread": Case(
        PurgeTarget(PurgeScope.CHANNEL, GUILD, THREAD),
        clips_of(THREAD),
        bare={THREAD},
        fenced={THREAD},
    ),
    "author in a guild": Case(
        PurgeTarget(PurgeScope.AUTHOR, GUILD, author_id=ANN),
        clips_of(*OF_GUILD, authors=(ANN,)),
        fenced=OF_GUILD,
    ),
    "author everywhere": Case(
        PurgeTarget(PurgeScope.AUTHOR, author_id=ANN),
        clips_of(*OF_GUILD, ABROAD, authors=(ANN,)),
        fenced={*OF_GUILD, ABROAD},
    ),
    "author of one channel": Case(
        PurgeTarget(PurgeScope.AUTHOR, author_id=CAT),
        clips_of(CHANNEL, authors=(CAT,)),
        fenced={*OF_GUILD, ABROAD},
    ),
    "messages of a channel": Case(
        # The last two are of another channel, and of none.
        PurgeTarget(
            PurgeScope.MESSAGES,
            channel_id=CHANNEL,
            message_ids=(CHANNEL * 1000, CHANNEL * 1000 + 1, SIBLING * 1000, 5),
        ),
        {f"{CHANNEL * 1000}-1", f"{CHANNEL * 1000}-2", f"{CHANNEL * 1000 + 1}-1"},
        fenced={CHANNEL},
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_all_of_it_goes_and_nothing_else(world: World, name: str) -> None:
    case = CASES[name]
    before = await world.stored()
    messages = {clip_id.partition("-")[0] for clip_id in case.clips}
    found = PurgeCounts(len(case.clips), len(messages), 2 * len(case.clips))
    assert await count_target(world.database, case.target) == found

    purge = await world.purge(case.target)

    expected = without(
        before,
        case.clips,
        covered=before.covered - case.bare,
        denied=before.denied - case.bare,
        named=before.named - case.bare,
    )
    assert await world.stored() == expected
    authors = len(before.authors - expected.authors)
    assert purge.stage is PurgeStage.DONE
    assert purge.ended_at is not None
    assert (purge.found, purge.left, purge.files_left) == (found, PurgeCounts(), 0)
    assert purge.deleted == PurgeCounts(
        found.clips, found.messages, found.pictures, authors, files=found.pictures
    )
    assert await count_target(world.database, case.target) == PurgeCounts()
    epochs = dict(await world.rows("select channel_id, epoch from channels"))
    assert epochs == {channel: int(channel in case.fenced) for channel in GUILD_OF}


async def test_a_bare_row_keeps_where_it_belongs(world: World) -> None:
    await world.purge(PurgeTarget(PurgeScope.GUILD, GUILD))
    found = await world.rows(
        "select guild_id, parent_id, type, name, last_message_id, access, "
        "checked_at < '1971-01-01' from channels "
        "where channel_id = %s",
        THREAD,
    )
    assert found == [(GUILD, CHANNEL, 11, None, None, "unknown", True)]


async def test_who_or_which_messages_it_was_is_not_kept(world: World) -> None:
    for name in ("author in a guild", "messages of a channel"):
        purge = await world.purge(CASES[name].target)
        assert purge.target.is_forgotten
        assert (purge.target.author_id, purge.target.message_ids) == (None, ())
    kept = await world.rows(
        "select author_id, message_ids, guild_id, channel_id from purges order by purge_id"
    )
    assert kept == [(None, None, GUILD, None), (None, None, GUILD, CHANNEL)]


async def test_what_was_deleted_at_discord_goes_too(world: World) -> None:
    async with world.conn() as conn:
        await conn.execute("update clips set deleted_at = now(), deleted_reason = 'message'")
    await world.purge(PurgeTarget(PurgeScope.GUILD, GUILD))
    assert (await world.stored()).clips == clips_of(ABROAD)


async def test_the_channels_of_a_category_are_not_part_of_it(world: World) -> None:
    """It is refused where it is known to be one; where its type is not, it takes nothing along."""
    async with world.conn() as conn:
        await conn.execute(
            "update channels set parent_id = %s where channel_id = %s", [60, SIBLING]
        )
    purge = await world.purge(PurgeTarget(PurgeScope.CHANNEL, GUILD, 60))
    assert (purge.stage, purge.deleted) == (PurgeStage.DONE, PurgeCounts())
    assert clips_of(SIBLING) <= (await world.stored()).clips


async def test_a_purge_of_what_is_not_there_ends_without_a_storage(world: World) -> None:
    def closed() -> Any:
        raise AssertionError("nothing is to be deleted there")

    targets = [
        PurgeTarget(PurgeScope.GUILD, 12345),
        PurgeTarget(PurgeScope.CHANNEL, 12345, 123456),
        PurgeTarget(PurgeScope.CHANNEL, channel_id=123457),
        PurgeTarget(PurgeScope.AUTHOR, author_id=12345),
        PurgeTarget(PurgeScope.MESSAGES, channel_id=CHANNEL, message_ids=(12345,)),
    ]
    before = await world.stored()
    for target in targets:
        purge = await world.carry_out(await world.ask(target), storage=closed)
        assert (purge.stage, purge.found, purge.deleted) == (
            *(PurgeStage.DONE, PurgeCounts(), PurgeCounts()),
        )
    assert await world.stored() == before


async def test_who_posted_elsewhere_stays_until_the_last_message_goes(world: World) -> None:
    await world.purge(PurgeTarget(PurgeScope.GUILD, GUILD))
    assert (await world.stored()).authors == {ANN, BOB}
    purge = await world.purge(PurgeTarget(PurgeScope.GUILD, OTHER_GUILD))
    assert purge.deleted.authors == 2
    left = await world.stored()
    assert (left.clips, left.messages, left.authors, left.files) == (set(), set(), set(), set())


async def test_what_is_read_again_afterwards_is_stored(world: World) -> None:
    await world.purge(PurgeTarget(PurgeScope.GUILD, GUILD))
    async with world.conn() as conn:
        await world.add_run(conn, "s/new", SIBLING)
        clip = a_clip(SIBLING * 1000, channel_id=SIBLING, author_id=ANN)
        await commit_pages(conn, [a_page("s/new", 1, clip, channel_id=SIBLING, epoch=1)])
    assert clip.clip_id in (await world.stored()).clips
