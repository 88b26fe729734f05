"""What a survey of a guild found, in words and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

from clipsaver.cli.guild_report import Report, failures_in_words
from clipsaver.records import Channel
from clipsaver.scanning.guild import Finding
from clipsaver.scanning.guild_map import Found, Unreadable
from clipsaver.scanning.guild_plan import News


def finding(channel_id: int, news: News, run_id: str | None = None, name: str = "clips") -> Finding:
    channel = Channel(channel_id, 7, 60, 11, name, nsfw=False, last_message_id=9)
    return Finding(Found(channel, newest_is_told=False), news, run_id)


def report(*findings: Finding, unreadable: tuple[Unreadable, ...] = ()) -> Report:
    return Report(7, "My \x1b[2Jserver", findings, unreadable, requests=12)


def test_it_counts_what_there_is_and_what_is_done_about_it() -> None:
    found = [finding(n, News.NEW, f"s/{n}") for n in range(1_200)]
    found += [finding(n, News.READ) for n in range(2_000, 2_002)]
    found += [finding(3_000, News.UNDERWAY, "s/0"), finding(3_001, News.EMPTY)]
    found += [finding(n, News.QUEUED, f"s/{n}") for n in range(4_000, 4_003)]
    found += [finding(5_000, News.PURGED)]
    assert list(report(*found).lines()) == [
        "My server (7): 1,208 channels and threads",
        "  1,200 have something new: 1,200 jobs queued",
        "      1 is being read already",
        "      3 are already queued",
        "      2 have nothing new",
        "      1 is empty",
        "      1 was purged, and is left out",
    ]


def test_what_may_not_be_read_is_named_with_the_reason() -> None:
    hidden = [Unreadable(n, f"staff\x1b[31m{n}", "no View Channel") for n in range(10)]
    part = Unreadable(20, "general", "no Manage Threads", "its archived private threads")
    nameless = Unreadable(21, None, "no Connect")
    lines = list(report(finding(1, News.READ), unreadable=(*hidden, part, nameless)).lines())
    assert lines == [
        "My server (7): 12 channels and threads, 11 may not be read",
        "  1 has nothing new",
        "  no View Channel: #staff0, #staff1, #staff2, #staff3, #staff4, #staff5, #staff6, #staff7"
        " and 2 more",
        "  no Manage Threads: its archived private threads of #general",
        "  no Connect: channel 21",
    ]


def test_a_script_gets_all_of_it() -> None:
    part = Unreadable(20, "general", "no Manage Threads", "its archived private threads")
    whole = Unreadable(2**62, None, "no View Channel")
    told = report(finding(5, News.NEW, "s/1"), unreadable=(part, whole)).as_json()
    assert json.loads(json.dumps(told)) == {
        "guild": {"id": "7", "name": "My \x1b[2Jserver"},
        "channels": [
            {"id": "5", "name": "clips", "type": 11, "parent_id": "60", "state": "new",
             "run_id": "s/1"},
        ],
        "unreadable": [
            {"id": "20", "name": "general", "part": "its archived private threads",
             "why": "no Manage Threads"},
            {"id": str(2**62), "name": None, "part": None, "why": "no View Channel"},
        ],
        "search": None,
        "requests": 12,
    }  # fmt: skip


def test_of_many_failures_some_are_named() -> None:
    failures = {f"#a\x1b[2J{n}": "dead letter: wrong_guild: x" for n in range(25)}
    lines = list(failures_in_words(failures))
    assert lines[0] == "#a0: dead letter: wrong_guild: x"
    assert lines[20:] == ["and 5 more"]


def test_a_search_that_goes_first_is_named() -> None:
    found = replace(report(finding(1, News.NEW, "s/1")), search="s/0")
    assert list(found.lines()) == [
        "My server (7): 1 channel or thread",
        "  searched first: 1 job queued",
        "  1 has something new: 1 job queued",
    ]
    assert found.as_json()["search"] == {"run_id": "s/0"}


def test_a_guild_that_is_only_searched_has_no_list() -> None:
    found = replace(report(), search="s/0", is_listed=False)
    assert list(found.lines()) == ["My server (7): only searched: 1 job queued"]
