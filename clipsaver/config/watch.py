"""The section on guilds that are watched."""

from typing import Annotated

from msgspec import Meta, Struct

from clipsaver.config.active_hours import ActiveHours, parse_hours

ALL_GUILDS = "all"
"""In place of ids: every guild that the bot is in."""


class WatchConfig(Struct, frozen=True, kw_only=True):
    """`[watch]`"""

    guilds: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^(all|[0-9]{1,19})\Z")], ...],
        Meta(
            description='Ids, in quotes, of guilds to keep current, or ["all"]; [] is none.',
            extra={"expected": 'a list of ids in quotes, or ["all"]'},
        ),
    ] = ()
    interval: Annotated[
        float,
        Meta(
            ge=10,
            le=86_400,
            description="Seconds from one look to the next; reading what it finds comes on top.",
        ),
    ] = 60.0
    active_hours: Annotated[
        str,
        Meta(
            pattern=r"^(\d{2}:\d{2}-\d{2}:\d{2})?\Z",
            description=(
                'When to look, such as "08:00-23:30"; the rest is made up then. "" is always.'
            ),
            extra={"expected": 'two times of the day, such as "08:00-23:30"'},
        ),
    ] = ""
    timezone: Annotated[
        str, Meta(description='Whose hours those are, such as "Europe/Berlin".')
    ] = "UTC"
    survey_every: Annotated[
        float,
        Meta(
            ge=3600,
            le=30 * 86_400,
            description="Seconds from one survey, which has what was missed read, to the next.",
        ),
    ] = 86_400.0

    @property
    def wants_all(self) -> bool:
        """Whether the bot's guilds are asked for, whichever they are."""
        return ALL_GUILDS in self.guilds

    @property
    def guild_ids(self) -> tuple[int, ...]:
        """Those that are named, each once."""
        named = (int(guild) for guild in self.guilds if guild != ALL_GUILDS)
        return tuple(dict.fromkeys(named))

    @property
    def hours(self) -> ActiveHours | None:
        """When to look; None = always."""
        return parse_hours(self.active_hours, self.timezone)
