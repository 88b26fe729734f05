"""Where a job is, in the cells that there are."""

from __future__ import annotations

import pytest

from clipsaver.tui.sources.seen import Place
from clipsaver.tui.viewmodel.places import cells_in, where, where_in
from clipsaver.tui.viewmodel.rows import Column
from clipsaver.tui.viewmodel.signs import Signs
from tests.tui.viewmodel.made import CLIPS, GUILD, NARROW, PLACES, WIDE, seen

SIGNS = Signs()
TIDE = {"1": Place("Tidewater Divers", "any-percent"), "2": Place("Other", "x")}


@pytest.mark.parametrize(
    ("guild", "channel", "text"),
    [
        (GUILD, CLIPS, "guild-a #clips"),
        (GUILD, "1424914917202460000", "channel …2460000"),
        (GUILD, None, "guild …4734396"),
        (None, None, "-"),
        ("", "", "-"),
    ],
)
def test_places(guild, channel, text):
    assert where(PLACES, guild, channel, SIGNS) == text


def test_a_name_cannot_be_an_order_to_the_terminal():
    places = {"1": Place("g\x1b]0;x\x07uild\u202e", "[red]c\nd")}
    assert where(places, "2", "1", SIGNS) == "guild #[red]c d"


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (40, "Tidewater Divers #any-percent"),
        (20, "Tidewa… #any-percent"),
        (17, "Tid… #any-percent"),
        (16, "#any-percent"),
        (8, "#any-pe…"),
    ],
)
def test_the_guild_is_shortened_before_the_channel(cells, text):
    assert where_in(seen(places=TIDE), "9", "1", WIDE, cells) == text


def test_on_80_columns_one_guild_need_not_be_named():
    one = {name: place for name, place in TIDE.items() if name == "1"}
    assert where_in(seen(places=one), "9", "1", NARROW, 40) == "#any-percent"
    assert where_in(seen(places=one), "9", "1", WIDE, 40).startswith("Tidewater")
    assert where_in(seen(places=TIDE), "9", "1", NARROW, 40).startswith("Tidewater")


def test_what_has_no_name_is_cut_as_it_is():
    assert where_in(seen(), GUILD, None, WIDE, 10) == "guild …47…"
    assert where_in(seen(), None, None, WIDE, 10) == "-"


def test_the_width_of_a_column():
    columns = (Column("A", 3), Column("B", 4, grows=1, is_narrow=False))
    assert cells_in(columns, "B", 20, is_wide=True) == 16
    assert cells_in(columns, "B", 20, is_wide=False) == 0
