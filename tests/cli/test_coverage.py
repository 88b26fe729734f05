"""`clipsaver coverage`: the picture, what it says to do, and the command on a real database."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from clipsaver import snowflake
from clipsaver.cli.coverage_bars import GAP, MOSTLY, PARTLY, READ, UNSETTLED, Pen, scale, sign_of
from clipsaver.cli.coverage_choosing import choose
from clipsaver.cli.coverage_reading import hash_of, names_of
from clipsaver.cli.coverage_text import Shown, ending, picture
from clipsaver.config.scan import ScanConfig
from clipsaver.database.channels import Access
from clipsaver.database.coverage_list import ListedChannel, ListedCoverage
from clipsaver.errors import UsageError
from clipsaver.job_settings import Settings
from clipsaver.operating.coverage_looks import Moment, looks_at
from clipsaver.operating.coverage_picture import Cell
from clipsaver.ranges import Range, RangeSet
from clipsaver.terminal_text import printable
from tests import warm

PLAIN = Pen(blocks=False, colour=False)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MINE, OTHER = "aaaa", "bbbb"


def day(number: float) -> int:
    """The id of a moment so many days after 2025 began."""
    return snowflake.from_unix(datetime(2025, 1, 1, tzinfo=UTC).timestamp() + number * 86_400)


def a_channel(channel_id: int, name: str | None = "clips", **fields: object) -> ListedChannel:
    usual = {
        "guild_id": 7, "guild_name": "My server", "parent_id": None, "type": 0,
        "last_message_id": day(100), "access": Access.READABLE, "access_error": None,
    }  # fmt: skip
    return ListedChannel(channel_id, name=name, **(usual | fields))


def covered(channel_id: int, *days: tuple[float, float], by: str = MINE) -> ListedCoverage:
    ids = RangeSet(Range(day(lower), day(upper) + 1) for lower, upper in days)
    return ListedCoverage(channel_id, by, ids, NOW)


def looks(channels, coverages, messages=()):
    now = NOW.timestamp()
    moment = Moment(snowflake.from_unix(now), RangeSet.of(0, snowflake.from_unix(now - 10)))
    return looks_at(channels, coverages, dict(messages), MINE, moment)


def shown(**fields) -> Shown:
    usual = {
        "pen": PLAIN, "width": 80, "most": None, "gaps": False, "others": False,
        "names": {OTHER: "video/mp4"},
    }  # fmt: skip
    return Shown(**(usual | fields))


SOME = [
    a_channel(day(0), "clips"),
    a_channel(day(50), "late", last_message_id=day(99)),
    a_channel(day(1), "all"),
    a_channel(day(2), "secret", access=Access.DENIED, access_error="missing_access"),
    a_channel(day(3), "old", access=Access.GONE),
    a_channel(day(4), "quiet", last_message_id=None),
]
READ_SO_FAR = [
    covered(day(0), (0, 20), (40, 60), (80, 90)),
    covered(day(1), (0, 100)),
    covered(day(1), (0, 50), by=OTHER),
]


def test_the_picture():
    lines = list(picture(looks(SOME, READ_SO_FAR), shown()))
    assert lines == [
        "My server (7)",
        "  1 is read, 1 has gaps, 1 was never read, 1 is empty, 1 may not be read, 1 is",
        "  gone at Discord",
        "",
        "           2025-01-01        2025-02-18         2025-04-11",
        "           |                      |                      |",
        "  #clips   #########-........-#########-........-####-....   50.0 %  3 gaps",
        "  #late                           ........................  never read",
        "  #all     ###############################################  100.0 %  whole",
        "  #quiet                                                    empty",
        "  #old      ..............................................  gone at Discord",
        "  #secret  ...............................................  denied: missing acce",
        "",
        "# read  + mostly read  - partly read  . not read  ~ not settled yet",
    ]


@pytest.mark.parametrize(
    ("cell", "sign"),
    [
        (Cell(1.0, 0.0, 0.0), READ),
        (Cell(0.999999, 0.000001, 0.0), MOSTLY),
        (Cell(0.000001, 0.9, 0.0), PARTLY),
        (Cell(0.0, 0.1, 0.9), GAP),
        (Cell(0.0, 0.0, 0.2), UNSETTLED),
        (Cell(0.9, 0.0, 0.1), READ),
    ],
)
def test_a_gap_is_never_rounded_away(cell, sign):
    assert sign_of(cell) is sign


def test_blocks_and_colours_where_a_terminal_has_them():
    cells = [Cell(1.0, 0.0, 0.0)] * 2 + [Cell(0.0, 1.0, 0.0)]
    assert PLAIN.bar(cells) == "##."
    assert Pen(blocks=True, colour=False).bar(cells) == "██░"
    assert Pen(blocks=True, colour=True).bar(cells) == "\x1b[32m██\x1b[0m\x1b[31m░\x1b[0m"


names = st.text(max_size=40)


@given(st.lists(st.tuples(names, names), min_size=1, max_size=4), st.integers(40, 200))
def test_it_fits_the_width_whatever_channels_are_called(named, width):
    channels = [
        a_channel(day(number), name, access=Access.DENIED, access_error=why)
        for number, (name, why) in enumerate(named)
    ]
    lines = picture(looks(channels, [covered(day(0), (0, 20))]), shown(width=width))
    for line in lines:
        assert cell_len(line) <= width
        assert printable(line) == line


@given(st.integers(0, 4000), st.integers(0, 4000), st.integers(8, 200))
def test_each_mark_of_the_scale_stands_below_its_date(begin, days, width):
    whole = Range(day(begin), day(begin + days) + 1)
    dates, marks = scale(whole, width)
    assert len(marks) <= width
    assert len(dates) <= max(width, 11)
    assert dates.startswith(
        snowflake.to_datetime(whole.lower).strftime("%Y-")[: 5 if days > 3 else 0]
    )
    assert marks.count("|") == len(re.split(r"  +", dates))


def test_gaps_with_their_dates_and_what_they_may_hold():
    (look,) = looks([SOME[0]], READ_SO_FAR, {day(0): 5000})
    lines = list(picture([look], shown(gaps=True)))
    assert [re.split(r"  +", line.strip()) for line in lines[6:10]] == [
        ["not read from (UTC)", "to", "lasts", "messages"],
        ["2025-01-21 00:00", "2025-02-10 00:00", "20 days", "about 2,000"],
        ["2025-03-02 00:00", "2025-03-22 00:00", "20 days", "about 2,000"],
        ["2025-04-01 00:00", "2025-04-11 00:00", "10 days", "about 1,000"],
    ]


def test_what_is_too_young_is_told_apart_from_a_gap():
    newest = snowflake.from_unix(NOW.timestamp() - 3)
    channel = a_channel(day(0), last_message_id=newest)
    whole = RangeSet.of(0, snowflake.from_unix(NOW.timestamp() - 10))
    (look,) = looks([channel], [ListedCoverage(day(0), MINE, whole, NOW)])
    text = "\n".join(picture([look], shown(gaps=True)))
    assert "100.0 %  settling" in text
    assert "not settled yet: from 2025-12-31 23:59 on" in text
    assert not [line for line in ending([look], frozenset()) if "to read what" in line]


def test_other_ways_of_reading_are_named():
    lines = list(picture(looks([SOME[2]], READ_SO_FAR), shown(others=True)))
    assert lines[5].split()[:1] == ["#all"]
    assert lines[6].split()[0] == "video/mp4"
    assert lines[6].endswith("49.5 %  1 gap")
    unread = looks([SOME[2]], [covered(day(1), (0, 50), by=OTHER)])
    assert "1 channel was read by other settings only" in "".join(ending(unread, frozenset()))
    defaults = ScanConfig()
    used = ['{"allowed_mime_types":["video/mp4"],"match_regex":"gg"}', '{"match_regex":5}']
    assert names_of(used, defaults) == {
        hash_of(Settings(), defaults): "video/*",
        hash_of(Settings(allowed_mime_types=("video/mp4",), match_regex="gg"), defaults): (
            'video/mp4, text like "gg"'
        ),
    }


def test_it_ends_with_the_commands_that_fill_the_gaps():
    thread = a_channel(day(60), "talk", parent_id=day(0), type=11)
    elsewhere = a_channel(day(5), guild_id=8)
    seen = looks([*SOME, thread, elsewhere], READ_SO_FAR)
    assert list(ending(seen, frozenset())) == [
        "to read what is not read: clipsaver scan 7",
        "to read what is not read: clipsaver scan 8",
        "what the bot may not read, and what to do about it: clipsaver doctor",
    ]
    seen = looks([SOME[0], thread], READ_SO_FAR)
    assert list(ending(seen, frozenset([day(0)]))) == [
        f"to read what is not read: clipsaver scan 7 --channel {day(0)}"
    ]
    assert list(ending(looks([SOME[2]], READ_SO_FAR), frozenset())) == [
        "nothing is left to read of what is on record; what was posted since: clipsaver scan"
    ]


CATALOGUE = [
    a_channel(70, "clips", guild_id=7),
    a_channel(71, "talk", parent_id=70, type=11),
    a_channel(72, "forum", type=15),
    a_channel(73, "post", parent_id=72, type=11),
    a_channel(8, "clips", guild_id=8, guild_name="Other"),
]


@pytest.mark.parametrize(
    ("asked", "ids", "named"),
    [
        ([], {70, 71, 73, 8}, set()),
        (["my SERVER"], {70, 71, 73}, set()),
        (["8"], {8}, set()),
        (["70"], {70, 71}, {70}),
        (["#Clips"], {70, 71, 8}, {70, 8}),
        (["forum"], {73}, {72}),
        (["https://discord.com/channels/7/71"], {71}, {71}),
        (["https://discord.com/channels/7"], {70, 71, 73}, set()),
        (["Other", "talk"], {71, 8}, {71}),
    ],
)
def test_what_a_person_means(asked, ids, named):
    chosen = choose(asked, CATALOGUE)
    assert {one.channel_id for one in chosen.channels} == ids
    assert chosen.named == named


@pytest.mark.parametrize("asked", ["klips", "9", "https://discord.com/channels/7/99", "\x1b[31m"])
def test_what_is_not_on_record_is_said(asked):
    with pytest.raises(UsageError, match="no such guild or channel") as caught:
        choose([asked], CATALOGUE)
    assert "\x1b" not in str(caught.value)
    assert ("did you mean clips?" in str(caught.value)) is (asked == "klips")


def test_the_command_on_a_real_database(database_url):
    env = {"DATABASE_URL": database_url, "PATH": ""}
    empty = warm.run("coverage", env=env)
    assert (empty.returncode, empty.stdout) == (2, "")
    assert warm.run("db", "migrate", env=env).returncode == 0
    assert "no channel is on record" in warm.run("coverage", env=env).stdout
    mine = hash_of(Settings(), ScanConfig())
    only_mp4 = Settings(allowed_mime_types=("video/mp4",))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set search_path to clipsaver")
        connection.execute(
            "insert into guilds (guild_id, name) values (7, 'My \x1b[31mserver\x9b')"
        )
        connection.execute(
            "insert into channels (channel_id, guild_id, type, name, last_message_id, access) "
            "values (%s, 7, 0, 'clips', %s, 'readable'), (%s, 7, 0, 'new', %s, 'unknown')",
            [day(0), day(100), day(1), day(100)],
        )
        for name, upper in ((mine, day(25)), (hash_of(only_mp4, ScanConfig()), day(50))):
            connection.execute(
                "insert into scan_coverage values (%s, %s, int8multirange(int8range(0, %s)))",
                [day(0), name, upper],
            )
        connection.execute(
            "insert into runs (run_id, job, type, guild_id, channel_id, state, fence, messages) "
            "values ('r', %s, 'batch', 7, %s, 'RUNNING', 1, 1000)",
            ['{"type":"batch","settings":{"allowed_mime_types":["video/mp4"]}}', day(0)],
        )
    out = warm.run("coverage", "--all-settings", env=env).stdout.splitlines()
    assert out[0] == "My server (7)"
    assert [line.split()[0] for line in out[5:8]] == ["#new", "#clips", "video/mp4"]
    assert out[-1] == "to read what is not read: clipsaver scan 7"
    text = warm.run("coverage", "#clips", "--json", env=env).stdout
    assert text[:-1].isprintable()
    told = json.loads(text)
    assert told["channels"][0]["guild_name"] == "My \x1b[31mserver\x9b"
    assert told["settings"] == {"hash": mine, "words": "video/*"}
    assert told["fill"] == [f"clipsaver scan 7 --channel {day(0)}"]
    (channel,) = told["channels"]
    assert (channel["state"], round(channel["share"], 3)) == ("gaps", 0.25)
    (gap,) = channel["gaps"]
    assert (gap["first_id"], gap["next_id"]) == (str(day(25)), str(day(100) + 1))
    assert (gap["from"], gap["messages"]) == ("2025-01-26T00:00:00Z", 1500)
    assert [one["words"] for one in channel["other_settings"]] == ["video/mp4"]
    wrong = warm.run("coverage", "#klips", env=env)
    assert (wrong.returncode, wrong.stdout) == (2, "")
