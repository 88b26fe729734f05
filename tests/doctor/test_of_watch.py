"""What is watched, as the doctor says it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clipsaver.config import WatchConfig
from clipsaver.doctor.facts import DiscordFacts
from clipsaver.doctor.findings import Mark
from clipsaver.doctor.of_watch import judge_watch
from tests.doctor.test_of_discord import WORKS


@pytest.mark.parametrize(
    ("guilds", "marks", "words"),
    [
        ((), [Mark.OK], "no guild is"),
        (("7",), [Mark.OK], "1, each 60 s, by one worker of all"),
        (("all",), [Mark.OK], "1, each 60 s"),
        (("7", "8"), [Mark.WARNING, Mark.OK], "not in 1 of the guilds"),
        (("8",), [Mark.WARNING], "not in 1 of the guilds"),
    ],
)
def test_what_is_watched(guilds: tuple[str, ...], marks: list[Mark], words: str) -> None:
    findings = judge_watch(WatchConfig(guilds=guilds), WORKS)
    assert [one.mark for one in findings] == marks
    assert words in findings[0].found
    assert (("8",) if Mark.WARNING in marks else findings[0].details) == findings[0].details


def test_hours_are_told_with_their_zone() -> None:
    config = WatchConfig(guilds=("7",), active_hours="08:00-23:30", timezone="Europe/Berlin")
    (found,) = judge_watch(config, WORKS)
    assert "08:00-23:30 Europe/Berlin" in found.found
    assert found.details == ("Home (7)",)


def test_nothing_is_said_of_guilds_that_nobody_told() -> None:
    config = WatchConfig(guilds=("8",))
    assert judge_watch(config, DiscordFacts("https://discord.example")) == []
    assert judge_watch(config, replace(WORKS, not_looked_at=3)) == []
