"""What Discord showed, judged. Pure.

Source of the advice: Discord's documentation, "Message Content Intent", "Bot Users", "OAuth2".
"""

from __future__ import annotations

from collections.abc import Iterator

from clipsaver.discord_rest.intent import Intent
from clipsaver.discord_rest.permissions import invite_link
from clipsaver.doctor.facts import Bot, ChannelLook, DiscordFacts, GuildLook, Search
from clipsaver.doctor.findings import Finding, ok, problem, warning
from clipsaver.errors import DiscordError, ExitCode, TokenRejected

PORTAL = "https://discord.com/developers/applications"
_REFUSED = ExitCode.REFUSED_BY_DISCORD

_INTENTS = {
    Intent.FULL: "Message Content Intent is granted",
    Intent.LIMITED: "Message Content Intent is on",
}


def without_token() -> Finding:
    """Nothing can be asked."""
    return problem(
        "token",
        "there is none",
        f"make a bot at {PORTAL} (New Application; then Bot, Reset Token), switch on Message "
        "Content Intent there, and put the token into DISCORD_BOT_TOKEN or ./.env",
        ExitCode.USAGE,
    )


def judged(facts: DiscordFacts, token_from: str) -> list[Finding]:
    """All that is to be said of Discord; `token_from` is where the token was found."""
    findings: list[Finding] = []
    if facts.bot is not None:
        findings += _bot(facts.bot, facts.api_url, token_from)
        if facts.error is None or facts.guilds:
            findings += _guilds(facts, facts.bot)
    if facts.error is not None:
        findings.append(_error(facts.error, token_from))
    elif facts.is_late and facts.bot is None:
        findings.append(
            problem(
                "Discord",
                f"{facts.api_url} gave no answer in time",
                "see to this host's network; workers wait meanwhile",
                ExitCode.UNREACHABLE,
            )
        )
    return findings


def _error(error: DiscordError, token_from: str) -> Finding:
    if isinstance(error, TokenRejected):
        return problem(
            "token",
            f"Discord rejects the one from {token_from}",
            f"set a valid one: {PORTAL}, Bot, Reset Token; the same one is tried again only each "
            "5 minutes (`clipsaver limits` tells when)",
            _REFUSED,
        )
    is_away = error.exit_code is ExitCode.UNREACHABLE or error.status in (None, 429)
    return problem(
        "Discord",
        str(error),
        "see to this host's network, and to discord.api_url; workers wait meanwhile"
        if is_away
        else "see what it says, and to discord.api_url",
        ExitCode.UNREACHABLE if is_away else _REFUSED,
    )


def _bot(bot: Bot, api_url: str, token_from: str) -> Iterator[Finding]:
    yield ok("token", f"it is that of {bot.name} ({bot.user_id}), from {token_from}", api_url)
    if bot.intent.is_there:
        yield ok("intent", _INTENTS[bot.intent])
    else:
        yield problem(
            "intent",
            "Message Content Intent is off, so files are invisible to the bot",
            f"switch it on: {PORTAL}/{bot.application_id}/bot",
            _REFUSED,
        )
    yield ok("invite", invite_link(bot.application_id))


def _guilds(facts: DiscordFacts, bot: Bot) -> Iterator[Finding]:
    invite = f"invite it: {invite_link(bot.application_id)}"
    if not facts.guilds and not facts.not_looked_at:
        yield problem("guilds", "the bot is in none", invite, _REFUSED)
        return
    names = tuple(_named(guild) for guild in facts.guilds)
    yield ok("guilds", f"{len(facts.guilds) + facts.not_looked_at:,}", *names)
    if facts.not_looked_at:
        yield warning(
            "guilds",
            f"there was no time for {facts.not_looked_at:,} of them",
            "ask again when Discord answers faster; `clipsaver scan GUILD` looks at one",
        )
    if failed := [f"{guild.name}: {guild.error}" for guild in facts.guilds if guild.error]:
        yield warning("guilds", f"{len(failed):,} could not be looked at", "see why", *failed)
    yield from _channels(facts)
    yield from _searches(facts)


def _channels(facts: DiscordFacts) -> Iterator[Finding]:
    shown = [(guild, channel) for guild in facts.guilds for channel in guild.channels]
    closed = [
        f"{place_of(guild, channel)}: no {' and no '.join(channel.missing)}"
        for guild, channel in shown
        if channel.missing
    ]
    readable = len(shown) - len(closed)
    total = f"{readable:,} of {len(shown):,} that it is shown may be read"
    grant = "give the bot's role these permissions there, or everywhere by its invite link"
    if not readable and not facts.not_looked_at:
        yield problem("channels", total, grant, _REFUSED, *closed)
    elif closed:
        yield warning("channels", total, grant, *closed)
    else:
        yield ok("channels", f"{total}; those without View Channel are not shown")
    hiding = [place_of(guild, one) for guild, one in shown if one.hides_private_threads]
    if hiding:
        yield warning(
            "threads",
            f"in {len(hiding):,} {'channel' if len(hiding) == 1 else 'channels'} archived private "
            "threads are found only where the bot is a member",
            "give its role Manage Threads there, if they are to be read",
            *hiding,
        )


_UNSEARCHED = {
    Search.DENIED: (
        "may not be searched, so their history is read page by page and first clips come slower",
        "see what it says; a scan works without",
    ),
    Search.NOT_INDEXED: (
        "are not indexed by Discord yet, so their history is read page by page",
        "ask again in some minutes: Discord indexes a server when it is first searched",
    ),
    Search.INCOMPLETE: (
        "have old messages that Discord still indexes: what is missing is found in their history",
        "nothing: it passes",
    ),
    Search.UNKNOWN: (
        "could not be searched now",
        "see why; a scan works without, by reading history page by page",
    ),
}


def _searches(facts: DiscordFacts) -> Iterator[Finding]:
    looks = [
        (f"{guild.name} ({guild.guild_id})", look)
        for guild in facts.guilds
        if (look := facts.searches.get(guild.guild_id)) is not None
    ]
    working = [name for name, look in looks if look.state is Search.WORKS]
    if working:
        yield ok("search", f"{len(working):,} of {len(looks):,} guilds may be searched", *working)
    for state, (found, advice) in _UNSEARCHED.items():
        of_state = [
            f"{name}: {look.words}" if look.words else name
            for name, look in looks
            if look.state is state
        ]
        if of_state:
            yield warning(
                "search", f"{len(of_state):,} of {len(looks):,} guilds {found}", advice, *of_state
            )


def place_of(guild: GuildLook, channel: ChannelLook) -> str:
    """The channel as a person knows it; strangers' text."""
    name = f"#{channel.name}" if channel.name else f"channel {channel.channel_id}"
    return f"{name} ({channel.channel_id}) in {guild.name}"


def _named(guild: GuildLook) -> str:
    return f"{guild.name} ({guild.guild_id}): {len(guild.channels):,} channels and active threads"
