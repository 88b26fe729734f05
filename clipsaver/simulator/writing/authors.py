"""Who posts in a simulated guild: people, bots and webhooks, named as strangers name themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clipsaver.simulator.dice import Dice, seed_of
from clipsaver.simulator.timeline import snowflake

_FIRST = (
    "amber", "basil", "cedar", "dune", "ember", "fern", "gale", "hazel", "iris", "juno", "kelp",
    "lark", "moss", "nova", "onyx", "pine", "quill", "reed", "sage", "tide",
)  # fmt: skip
_LAST = ("fox", "owl", "hare", "lynx", "wren", "seal", "moth", "toad", "crow", "newt")
_DISPLAY_NAMES = (
    None,
    "Kaya ✨",
    "O'Brien <b>",
    "[bold red]not markup[/]",
    "ليلى",
    "名無しさん",
    "\U0001d54b\U0001d559\U0001d556 owl",
    "=HYPERLINK(1)",
    "a\u202eb\u202c",
    "Z\u0351a\u036cl\u0343g\u0352o",
)
_JOINED_MS = 1_500_000_000_000
PEOPLE, BOTS, WEBHOOKS = 40, 4, 3


@dataclass(frozen=True, slots=True)
class Author:
    """One of the cast."""

    author_id: int
    json: dict[str, Any]
    """A user object as it stands in messages."""
    is_webhook: bool = False


def user_json(
    user_id: int, username: str, display_name: str | None, *, avatar: str | None, bot: bool = False
) -> dict[str, Any]:
    """A user object with the fields, nulls included, that Discord sends today."""
    user: dict[str, Any] = {
        "id": str(user_id),
        "username": username,
        "avatar": avatar,
        "discriminator": "0000" if bot else "0",
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "global_name": display_name,
        "avatar_decoration_data": None,
        "collectibles": None,
        "banner_color": None,
        "clan": None,
        "primary_guild": None,
    }
    if bot:
        user["bot"] = True
    return user


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who posts."""

    people: tuple[Author, ...]
    bots: tuple[Author, ...]
    webhooks: tuple[Author, ...]


def cast(seed: int) -> Cast:
    """The cast of a world."""
    dice = Dice(seed_of(seed, 0xCA57))

    def make(number: int, username: str, *, bot: bool = False, webhook: bool = False) -> Author:
        author_id = snowflake(_JOINED_MS + number * 86_400_000, dice.bits())
        avatar = f"{dice.bits():016x}{dice.bits():016x}" if dice.chance(0.8) else None
        name = None if bot else _DISPLAY_NAMES[number % len(_DISPLAY_NAMES)]
        json = user_json(author_id, username, name, avatar=avatar, bot=bot)
        return Author(author_id, json, is_webhook=webhook)

    def username(number: int) -> str:
        return f"{dice.pick(_FIRST)}.{dice.pick(_LAST)}{number}"

    first_bot, first_webhook = PEOPLE, PEOPLE + BOTS
    return Cast(
        people=tuple(make(n, username(n)) for n in range(PEOPLE)),
        bots=tuple(make(first_bot + n, f"Clip Bot {n}", bot=True) for n in range(BOTS)),
        webhooks=tuple(
            make(first_webhook + n, f"Highlights feed {n}", bot=True, webhook=True)
            for n in range(WEBHOOKS)
        ),
    )
