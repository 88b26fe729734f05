"""What people write, and what breaks programs that read it."""

from __future__ import annotations

from clipsaver.simulator.dice import Dice, seed_of

_SENTENCES = (
    "gg that was close",
    "did anyone record the last round?",
    "brb, dinner",
    "new patch notes are out and half of my build is gone",
    "who is on tonight? we still need two for the raid at nine",
    "this is the third time the lobby has crashed for me today, same error as before",
    "you have to see the end, I did not expect that at all",
    "lol",
    "thanks!",
    "I uploaded it again because the first one had no sound",
    "can somebody pin this? people keep asking for the settings",
    "the trick is to wait for the second wave and only then open the gate, works every time",
    "my connection was terrible yesterday, sorry for leaving in the middle of the game",
    "ok",
    "https://example.com/guides/settings?tab=video#recording",
)
_ODD = (
    "nul \x00 in the middle",
    "lone surrogate \ud800 and another \udfff",
    "مرحبا بالعالم \u200f— ثم English",
    "\u202eright to left override\u202c",
    "𝄞 😀 🏳️‍🌈 四字熟語 — every plane",
    "**bold** __under__ ||spoiler|| `code` <@123456789012345678> <#42> <:name:99> @everyone",
    "[bold red]console markup[/bold red] <script>alert(1)</script> =1+1",
    "line one\nline two\r\nline three\ttabbed",
    "\x1b[31mred\x1b[0m \x07bell",
    "\ufeffbyte order mark, zero\u200bwidth, non\u00a0breaking",
    "back\\slash \"quotes\" 'single' / slash",
)


def _passages(number: int) -> tuple[str, ...]:
    dice = Dice(seed_of(0x7E87))
    return tuple(
        " ".join(dice.pick(_SENTENCES) for _ in range(dice.between(1, 3))) for _ in range(number)
    )


_PASSAGES = _passages(1000)
"""Put together once, and not for every message: that would cost as much as all the rest of it."""


def passage(dice: Dice) -> str:
    """One to three ordinary sentences."""
    return dice.pick(_PASSAGES)


def essay(dice: Dice) -> str:
    """A text near Discord's 2,000 characters."""
    return " ".join(dice.pick(_SENTENCES) for _ in range(40))[:2000]


def odd_text(dice: Dice) -> str:
    """Text that is legal in Discord's JSON and breaks what expects plain UTF-8."""
    return dice.pick(_ODD)
