"""What Discord shows, judged: each finding, its mark, and what it makes of a scan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clipsaver.discord_rest.intent import Intent, intent_of
from clipsaver.doctor.facts import Bot, ChannelLook, DiscordFacts, GuildLook
from clipsaver.doctor.findings import Finding, Mark, exit_code
from clipsaver.doctor.of_discord import judged, without_token
from clipsaver.errors import (
    AccessDenied,
    DiscordError,
    DiscordUnavailable,
    ExitCode,
    RateLimited,
    TokenRejected,
)

BOT = Bot("1", "Clips", "9", Intent.LIMITED)
OPEN = ChannelLook(10, "clips", 0, None, ())
CLOSED = ChannelLook(11, "staff", 0, None, ("Read Message History",))
WORKS = DiscordFacts("https://discord.example", BOT, (GuildLook(7, "Home", (OPEN,)),))


def marks(facts: DiscordFacts) -> dict[str, Mark]:
    return {one.check: one.mark for one in judged(facts, ".env")}


def the(facts: DiscordFacts, check: str) -> Finding:
    (found,) = (one for one in judged(facts, ".env") if one.check == check)
    return found


def in_guild(*channels: ChannelLook) -> DiscordFacts:
    return replace(WORKS, guilds=(GuildLook(7, "Home", channels),))


def test_all_is_well() -> None:
    assert set(marks(WORKS).values()) == {Mark.OK}
    assert "Clips (1), from .env" in the(WORKS, "token").found
    assert the(WORKS, "invite").found.endswith("client_id=9&scope=bot&permissions=17180984320")


def test_without_a_token_it_says_how_to_get_one() -> None:
    found = without_token()
    assert (found.mark, found.code) == (Mark.PROBLEM, ExitCode.USAGE)
    for word in ("developers/applications", "Reset Token", "DISCORD_BOT_TOKEN"):
        assert word in found.advice


def test_a_bot_without_the_intent_can_scan_nothing() -> None:
    found = the(replace(WORKS, bot=replace(BOT, intent=Intent.MISSING)), "intent")
    assert (found.mark, found.code) == (Mark.PROBLEM, ExitCode.REFUSED_BY_DISCORD)
    assert found.advice.endswith("/applications/9/bot")
    for intent in (Intent.FULL, Intent.LIMITED):
        assert the(replace(WORKS, bot=replace(BOT, intent=intent)), "intent").mark is Mark.OK


@pytest.mark.parametrize(
    ("flags", "intent"),
    [
        (0, Intent.MISSING),
        (1 << 17 | 1 << 20, Intent.MISSING),
        (1 << 18, Intent.FULL),
        (1 << 19, Intent.LIMITED),
        (3 << 18, Intent.FULL),
    ],
)
def test_the_flags_tell_the_intent(flags: int, intent: Intent) -> None:
    assert intent_of(flags) is intent


def test_a_bot_in_no_guild_is_told_its_invite() -> None:
    found = the(replace(WORKS, guilds=()), "guilds")
    assert (found.mark, found.code) == (Mark.PROBLEM, ExitCode.REFUSED_BY_DISCORD)
    assert "client_id=9" in found.advice


def test_channels_that_may_not_be_read_are_listed_with_the_reason() -> None:
    found = the(in_guild(OPEN, CLOSED), "channels")
    assert (found.mark, found.code) == (Mark.WARNING, ExitCode.DONE)
    assert found.found.startswith("1 of 2 ")
    assert found.details == ("#staff (11) in Home: no Read Message History",)


def test_a_bot_that_may_read_nothing_can_scan_nothing() -> None:
    found = the(in_guild(CLOSED), "channels")
    assert (found.mark, found.code) == (Mark.PROBLEM, ExitCode.REFUSED_BY_DISCORD)
    # Of guilds that were not looked at nothing is known.
    assert the(replace(in_guild(CLOSED), not_looked_at=1), "channels").mark is Mark.WARNING


def test_hidden_private_threads_are_worth_a_warning() -> None:
    found = the(in_guild(replace(OPEN, hides_private_threads=True)), "threads")
    assert found.mark is Mark.WARNING
    assert "Manage Threads" in found.advice


def test_what_there_was_no_time_for_is_told() -> None:
    late = replace(WORKS, not_looked_at=3, is_late=True)
    told = [one for one in judged(late, ".env") if one.mark is Mark.WARNING]
    assert [one.found for one in told] == ["there was no time for 3 of them"]
    nothing = judged(DiscordFacts("https://discord.example", is_late=True), ".env")
    assert exit_code(nothing) is ExitCode.UNREACHABLE


def test_a_guild_that_could_not_be_looked_at_costs_only_itself() -> None:
    broken = replace(WORKS, guilds=(*WORKS.guilds, GuildLook(8, "Away", error="no")))
    found = [one for one in judged(broken, ".env") if one.mark is not Mark.OK]
    assert [(one.mark, one.details) for one in found] == [(Mark.WARNING, ("Away: no",))]


@pytest.mark.parametrize(
    ("error", "check", "code"),
    [
        (TokenRejected("no", route="r", status=401), "token", ExitCode.REFUSED_BY_DISCORD),
        (DiscordUnavailable("gone", route="r"), "Discord", ExitCode.UNREACHABLE),
        (DiscordUnavailable("oops", route="r", status=502), "Discord", ExitCode.UNREACHABLE),
        (RateLimited("wait", route="r", retry_after_s=90), "Discord", ExitCode.UNREACHABLE),
        (AccessDenied("no", route="r", status=403), "Discord", ExitCode.REFUSED_BY_DISCORD),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, DiscordError) else "",
)
def test_what_discord_refuses_is_told_apart(
    error: DiscordError, check: str, code: ExitCode
) -> None:
    findings = judged(DiscordFacts("https://discord.example", error=error), ".env")
    assert [(one.check, one.code) for one in findings] == [(check, code)]
    assert findings[0].advice
