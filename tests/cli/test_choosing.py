"""Which guild and which channels a person means."""

from __future__ import annotations

import pytest

from clipsaver.cli.choosing import channel_of_link, channels_meant, guild_meant
from clipsaver.discord_rest.models import Channel, Guild
from clipsaver.errors import UsageError

GUILDS = [Guild(id="10", name="Speedruns"), Guild(id="20", name="Café"), Guild(id="30", name="20")]
CHANNELS = [
    Channel(id="1", name="clips"),
    Channel(id="2", name="Highlights"),
    Channel(id="3", name="clips"),
    Channel(id="4", name="5"),
    Channel(id="6", name=None),
]


@pytest.mark.parametrize(
    ("asked", "guild_id"),
    [
        ("10", "10"),
        ("speedruns", "10"),
        ("CAFÉ", "20"),
        ("20", "20"),  # an id comes before a name
        ("https://discord.com/channels/30", "30"),
        ("https://ptb.discord.com/channels/20/1/2", "20"),
    ],
)
def test_a_guild_is_found(asked: str, guild_id: str) -> None:
    assert guild_meant(asked, GUILDS).id == guild_id


def test_the_only_guild_need_not_be_named() -> None:
    assert guild_meant(None, GUILDS[:1]).id == "10"
    with pytest.raises(UsageError, match=r"say which guild; the bot is in:\n  10  Speedruns\n"):
        guild_meant(None, GUILDS)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Speedrun", r"no guild Speedrun; did you mean Speedruns\? It is in:\n  10  Speedruns\n"),
        ("404", r"no guild 404; it is in:\n  10"),
        ("\x1b[31mred", r"no guild red; it is in:"),
    ],
)
def test_what_fits_none_is_told_with_those_that_there_are(asked: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        guild_meant(asked, GUILDS)


def test_a_name_of_two_guilds_is_no_answer() -> None:
    twins = [Guild(id="10", name="twin"), Guild(id="20", name="Twin")]
    with pytest.raises(UsageError, match=r"2 guilds are called twin: .*10, 20"):
        guild_meant("twin", twins)


def test_a_bot_without_guilds_is_told_how_to_invite_it() -> None:
    with pytest.raises(UsageError, match="in no guild; invite it"):
        guild_meant(None, [])


def test_of_many_guilds_some_are_listed() -> None:
    many = [Guild(id=str(n), name=f"a\x1b[2J{n}") for n in range(1, 51)]
    with pytest.raises(UsageError) as error:
        guild_meant("zzzzz", many)
    lines = str(error.value).splitlines()
    assert lines[1] == "  1  a1"
    assert lines[-1] == "  and 20 more"


@pytest.mark.parametrize(
    ("asked", "meant", "others"),
    [
        (["2"], {2}, []),
        (["#clips"], {1, 3}, []),
        (["CLIPS", "highlights"], {1, 2, 3}, []),
        (["5"], {4}, []),
        (["77", "1"], {1}, [77]),
        (["https://discord.com/channels/10/2/99"], {2}, []),
    ],
)
def test_channels_are_found(asked: list[str], meant: set[int], others: list[int]) -> None:
    assert channels_meant(asked, CHANNELS) == (meant, others)


def test_every_name_that_fits_none_is_told() -> None:
    with pytest.raises(UsageError) as error:
        channels_meant(["#clip", "zzz", "2"], CHANNELS)
    first, second = str(error.value).splitlines()
    assert first.startswith("--channel #clip: there is no channel of that name")
    assert first.endswith("; did you mean clips?")
    assert second.startswith("--channel zzz: ")
    assert "did you mean" not in second


def test_a_link_can_name_a_channel() -> None:
    assert channel_of_link("https://discord.com/channels/1/2") == "2"
    assert channel_of_link("https://discord.com/channels/1") is None
    assert channel_of_link("my server") is None
    assert channel_of_link(None) is None
