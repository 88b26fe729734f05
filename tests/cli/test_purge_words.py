"""What a purge says of itself: before, while and after it is carried out; all of it pure."""

from __future__ import annotations

import functools
import io
import itertools
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as replaced
from rich.console import Console

from clipsaver.cli.pace import Pace
from clipsaver.cli.purging import view, words
from clipsaver.cli.purging.asked import messages_named
from clipsaver.cli.purging.document import purge_json
from clipsaver.cli.purging.doing import Carried
from clipsaver.cli.purging.meant import Meant
from clipsaver.cli.purging.view import line_of, standing_of
from clipsaver.cli.standing_text import Person, Standing, person_lines, standing_lines
from clipsaver.config import Config, PrivacyConfig, ScanConfig
from clipsaver.database.opt_outs import KeyKind
from clipsaver.database.places import LeftGuild
from clipsaver.database.recorded_names import Recorded
from clipsaver.errors import UsageError
from clipsaver.records.purges import Purge, PurgeCounts, PurgeScope, PurgeStage, PurgeTarget
from tests.strangers import OBEYED, TEXTS

AT = datetime(2026, 11, 26, 16, 20, 30, tzinfo=UTC)
GUILD, CHANNEL, ADA = 7, 70, 397177100697600021
TARGETS = {
    PurgeScope.GUILD: PurgeTarget(PurgeScope.GUILD, guild_id=GUILD),
    PurgeScope.CHANNEL: PurgeTarget(PurgeScope.CHANNEL, guild_id=GUILD, channel_id=CHANNEL),
    PurgeScope.AUTHOR: PurgeTarget(PurgeScope.AUTHOR, author_id=ADA),
    PurgeScope.MESSAGES: PurgeTarget(
        PurgeScope.MESSAGES, guild_id=GUILD, channel_id=CHANNEL, message_ids=(5, 6)
    ),
}
PURGE = Purge(
    purge_id=3,
    target=TARGETS[PurgeScope.GUILD],
    asked_by="command",
    run_id=None,
    asked_at=AT,
    stage=PurgeStage.ROWS,
    found=PurgeCounts(clips=1000, messages=900, pictures=2000),
    deleted=PurgeCounts(clips=250, messages=225, pictures=500, authors=3),
)
FILES = replace(
    PURGE,
    stage=PurgeStage.FILES,
    deleted=PurgeCounts(clips=1000, messages=900, pictures=2000, authors=9, files=1500),
    files_left=500,
    error="/mnt/pictures: the folder is not there\x1b[2J",
)
DONE = replace(
    FILES,
    stage=PurgeStage.DONE,
    deleted=replace(FILES.deleted, files=2000),
    files_left=0,
    error=None,
    ended_at=AT,
)
NOTHING = PurgeCounts()
CONFIG = Config(data_dir=Path("nowhere"))


def meant(scope: PurgeScope, name: str = "Ada's place", **fields: Any) -> Meant:
    given = {
        "guild": Recorded(GUILD, name) if TARGETS[scope].guild_id else None,
        "channel": Recorded(CHANNEL, name, name) if TARGETS[scope].channel_id else None,
        "author": Recorded(ADA, name, name) if TARGETS[scope].author_id else None,
        **fields,
    }
    return Meant(target=TARGETS[scope], channels=1, threads=2, **given)


def test_it_says_what_would_go_and_what_else_changes() -> None:
    lines = words.would_go(meant(PurgeScope.GUILD), PurgeCounts(1234, 1, 2000))
    assert lines == [
        "guild Ada's place (7): this goes for good",
        "  clips     1,234, in 1 message",
        "  pictures  2,000 of them, with their files",
        "  channels  1 channel and 2 threads: their names, and what was read of them",
        "  jobs      those that wait or run there end",
        "  later     a watch passes it over until somebody has it scanned again: clipsaver scan 7",
    ]
    channel = words.would_go(meant(PurgeScope.CHANNEL), NOTHING)
    assert channel[0] == "channel #Ada's place (70) of Ada's place (7): this goes for good"
    assert channel[3] == "  channel   its name, and what was read of it, with 2 threads"
    person = words.would_go(meant(PurgeScope.AUTHOR), NOTHING)
    assert person[0] == f"author Ada's place ({ADA}) in all guilds: this goes for good"
    assert "put on the opt-out list" in person[-1]
    assert person[-1].endswith(f"clipsaver privacy optin {ADA}")
    again = words.would_go(meant(PurgeScope.AUTHOR), NOTHING, was_opted_out=True)
    assert "opted out before" in again[-1]
    some = words.would_go(meant(PurgeScope.MESSAGES, is_thread=True), NOTHING)
    assert some[0] == "2 messages of thread #Ada's place (70): this goes for good"
    assert "stored again when it is read again" in some[-1]


def test_the_proof_has_counts_before_and_after() -> None:
    assert words.proof(DONE, "guild Ada's place (7)", NOTHING, 83.21) == [
        "purge 3 of guild Ada's place (7) is done, in 83.2 s",
        "            before  deleted  left",
        "  clips      1,000    1,000     0",
        "  messages     900      900     0",
        "  pictures   2,000    2,000     0",
        "  authors        -        9     -",
        "  files          -    2,000     0",
    ]
    more = replace(DONE, deleted=replace(DONE.deleted, pictures=2001))
    assert "workers were just storing it" in words.proof(more, "guild 7", NOTHING, 1)[-1]
    assert not [line for line in words.purge_table([more], None) if "2,001 of" in line]
    came_back = words.proof(DONE, "guild 7", PurgeCounts(clips=1, messages=1), 1)
    assert came_back[-1].startswith("  what is left was stored since by a job")
    waits = words.proof(FILES, "guild 7", NOTHING, 1)
    assert waits[0] == "purge 3 of guild 7 has deleted all rows, in 1.0 s"
    assert waits[-1] == "  500 files wait: /mnt/pictures: the folder is not there"
    assert words.proof(PURGE, "guild 7", NOTHING, 1)[0] == "purge 3 of guild 7 waits, in 1.0 s"


def test_only_a_purge_of_which_nothing_is_left_ends_well() -> None:
    def ended(purge: Purge, left: PurgeCounts = NOTHING) -> Carried:
        return Carried(purge, purge.target, "guild 7", left, seconds=1)

    arriving = ended(replace(FILES, error=None, files_left=1))
    codes = [ended(DONE), arriving, ended(DONE, PurgeCounts(clips=1)), ended(FILES)]
    assert [one.exit_code for one in codes] == [0, 1, 1, 3]
    *_, files, what_then = arriving.lines()
    assert files.startswith("  1 file waits: they were just being made, and may yet be stored")
    assert what_then.startswith("purge 3 is not over; workers go on with it")


def test_how_far_it_is() -> None:
    assert line_of(replace(PURGE, stage=PurgeStage.FENCE, found=None), Pace()) == (
        "fencing out what reads there"
    )
    pace = Pace()
    for second in range(5):
        pace.note(second, 195 * (second + 1))
    assert line_of(PURGE, pace) == "deleting rows: 975 of 3,900 (25%), 195/s, 15 s left"
    assert line_of(FILES, Pace()) == "deleting files: 1,500 of 2,000 (75%)"
    nothing = replace(FILES, deleted=NOTHING, files_left=0)
    assert line_of(nothing, Pace()) == "deleting files: 0 of 0"
    assert standing_of(replace(PURGE, deleted=FILES.deleted)).share == 1.0


async def test_a_terminal_has_one_line_and_a_file_some(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with view.watching() as watched:
        for purge in (PURGE, PURGE, FILES, DONE):
            assert await watched.step(purge) is False
    assert capsys.readouterr().err.splitlines() == [
        "deleting rows: 975 of 3,900 (25%)",
        "deleting files: 1,500 of 2,000 (75%)",
    ]
    screen = io.StringIO()
    terminal = functools.partial(Console, file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(view, "Console", terminal)
    with view.watching() as watched:
        await watched.step(PURGE)
    assert "deleting rows: 975 of 3,900 (25%)" in screen.getvalue()
    assert capsys.readouterr() == ("", "")


def test_a_list_of_them() -> None:
    author = replace(DONE, target=PurgeTarget(PurgeScope.AUTHOR, guild_id=GUILD, is_forgotten=True))
    lines = words.purge_table([FILES, author], None)
    assert lines[1].split("  ")[1:] != []
    assert "1,500 of 2,000  deleting files" in lines[1]
    assert lines[2].endswith("done 2026-11-26 16:20  an author in guild 7")
    assert lines[3:] == ["  purge 3: /mnt/pictures: the folder is not there"]
    told = purge_json(author)
    assert (told["author_id"], told["guild_id"], told["ended_at"]) == (
        None, "7", "2026-11-26T16:20:30.000Z",
    )  # fmt: skip


def test_nobody_is_named_where_it_is_not_to_be_read_later() -> None:
    told = {
        scope: words.target_named(target, with_person=False) for scope, target in TARGETS.items()
    }
    assert told == {
        "guild": "guild 7",
        "channel": "channel 70",
        "author": "an author in all guilds",
        "messages": "messages of channel 70",
    }


def test_messages_go_by_links_and_ids() -> None:
    link = "https://discord.com/channels/7/70/1442917402463608841"
    named = messages_named(("1442917402463608842", link, "1442917402463608841"))
    assert named.ids == (1442917402463608841, 1442917402463608842)
    assert named.channels == {70}
    with pytest.raises(UsageError, match="#memes: neither the id of a message nor a link"):
        messages_named((link, "#memes"))
    with pytest.raises(UsageError, match="at most 1,000 at once"):
        messages_named(tuple(map(str, range(1, 1002))))


def standing(**fields: Any) -> Standing:
    given = {"config": CONFIG, "opt_outs": 0, "key": KeyKind.NONE, "left": (), "open_purges": ()}
    return Standing(**{**given, **fields})


def test_what_holds_for_everybody() -> None:
    assert standing_lines(standing(), None) == [
        "  opted out  0 (people, or people in one guild)",
        "  key        none was needed yet",
        "  texts      kept as long as their clips",
        "  clips      kept for good",
        "  deleted    clips stay for 30 days after they were seen to be deleted at Discord",
        "  leaving    a guild that the bot left is purged after 30 days",
        "  checks     1.00% of requests look whether old clips are still there",
        "  left       no guild of which something is stored",
        "  purges     none is open",
    ]
    privacy = PrivacyConfig(
        content_days=1, clip_days=365, deleted_days=0, purge_left_guilds_after=90, check_share=0
    )
    left = LeftGuild(GUILD, "Ada's place", AT)
    kept = standing_lines(
        standing(config=replaced(CONFIG, privacy=privacy), left=[left], open_purges=[FILES]), None
    )
    assert "  texts      kept for 1 day after posting" in kept
    assert "  clips      kept for 365 days after posting" in kept
    assert (
        "  left       guild Ada's place (7), on 2026-11-26 16:20 UTC: purged from 2026-11-26 16:22 "
        "UTC" in kept
    )
    assert "500" not in kept[-1]
    assert kept[-1] == "  purge 3: /mnt/pictures: the folder is not there"
    without = replaced(CONFIG, scan=ScanConfig(store_content=False))
    assert "  texts      not stored (scan.store_content is off)" in standing_lines(
        standing(config=without), None
    )


def test_none_of_a_thousand_names_takes_effect() -> None:
    for text, scope in zip(TEXTS, itertools.cycle(PurgeScope), strict=False):
        what = words.named(meant(scope, text))
        lines = words.would_go(meant(scope, text), NOTHING)
        lines += words.proof(FILES, what, NOTHING, 1)
        lines += [words.goes_on(PURGE, what), words.written_down(PURGE, what)]
        lines += words.purge_table([replace(FILES, error=text)], 100)
        lines += standing_lines(standing(left=[LeftGuild(GUILD, text, AT)]), 100)
        lines += person_lines(
            Person(person=Recorded(ADA, text), places={}, stored=NOTHING, open_purges=())
        )
        assert not [line for line in lines if OBEYED.search(line)], text
