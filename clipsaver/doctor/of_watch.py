"""Which guilds are watched, and whether the bot is in them. Pure."""

from __future__ import annotations

from clipsaver.config import WatchConfig
from clipsaver.discord_rest.permissions import invite_link
from clipsaver.doctor.facts import DiscordFacts
from clipsaver.doctor.findings import Finding, ok, warning


def judge_watch(config: WatchConfig, facts: DiscordFacts) -> list[Finding]:
    """Nothing where Discord did not say which guilds there are."""
    if facts.bot is None or (facts.error is not None and not facts.guilds):
        return []
    if not config.guilds:
        return [ok("watch", "no guild is: workers do the jobs that are pushed (watch.guilds)")]
    names = {guild.guild_id: f"{guild.name} ({guild.guild_id})" for guild in facts.guilds}
    missing = [str(one) for one in config.guild_ids if one not in names]
    watched = (
        names if config.wants_all else {one: names[one] for one in config.guild_ids if one in names}
    )
    findings = []
    if missing and not facts.not_looked_at:
        findings.append(
            warning(
                "watch",
                f"the bot is not in {len(missing):,} of the guilds that are to be watched",
                f"invite it: {invite_link(facts.bot.application_id)}, or take them out of "
                "watch.guilds",
                *missing,
            )
        )
    if watched:
        when = f", {config.active_hours} {config.timezone}" if config.active_hours else ""
        findings.append(
            ok(
                "watch",
                f"{len(watched):,}, each {config.interval:g} s{when}, by one worker of all",
                *watched.values(),
            )
        )
    return findings
