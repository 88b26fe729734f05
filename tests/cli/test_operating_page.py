"""docs/operating.md: what it says to type about dead letters works, and it knows each reason."""

from __future__ import annotations

import argparse
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from clipsaver import errors
from clipsaver.cli import dead
from clipsaver.cli.dead_asked import asked_for
from clipsaver.cli.options import CommandParser
from clipsaver.errors import Handling, JobError
from clipsaver.queue import policy
from clipsaver.queue.operating.dead_letters.advice import Prospect, advice, known_reasons
from clipsaver.queue.operating.dead_letters.letter import BURIED, UNREADABLE, parse_letter

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"


def parser_of(command: str) -> argparse.ArgumentParser:
    parser = CommandParser(prog=f"clipsaver {command}")
    import_module(f"clipsaver.cli.{command}").add_arguments(parser)
    return parser


def commands() -> list[str]:
    """All that the page, the help and the advice say to type."""
    texts = [PAGE.read_text(), dead._EPILOG, dead._LIST, dead._SHOW, dead._UNDO]
    texts += [
        dead._ACT.format(action=action, more="", reason="bad_job", why="x", codes="")
        for action in ("retry", "drop")
    ]
    found = {
        match.strip()
        for text in texts
        for match in re.findall(
            r"^ *(?:\$ )?clipsaver ((?:dead|audit) [a-z].*?)(?:  .*)?$", text, re.MULTILINE
        )
    }
    return sorted(found)


def test_there_are_commands_to_check() -> None:
    assert {line.split()[1] for line in commands()} == {
        *("list", "show", "retry", "drop", "undo"),
    }


@pytest.mark.parametrize("line", commands())
def test_what_the_page_and_the_help_show_can_be_typed(line: str) -> None:
    words = shlex.split(re.split(r" [>|] ", line)[0])
    arguments = parser_of(words[0]).parse_args(words[1:])
    if words[:2] == ["dead", "undo"]:
        assert arguments.ids
    elif words[0] == "dead":
        assert asked_for(arguments).action == words[1]


def reasons_of_the_dead() -> set[str]:
    """Of every error that can end a job, and those that scripts and policy give."""
    kinds = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type)
        and issubclass(kind, errors.ClipsaverError)
        and kind.handling is Handling.DEAD
        and kind not in (JobError, errors.ConfigError, errors.NameTaken)
        and kind is not errors.SearchDenied  # history reads what may not be searched
    }
    # What is tried again dies of the same in the end.
    last = {errors.DiscordUnavailable.reason, errors.ClipsaverError.reason}
    return {kind.reason for kind in kinds} | last | {"bad_delayed_entry", BURIED}


def test_there_is_advice_for_each_reason_and_the_page_has_it() -> None:
    reasons = reasons_of_the_dead()
    assert known_reasons() == reasons | {UNREADABLE}
    table = PAGE.read_text().partition("## What the errors mean")[2]
    firsts = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    on_page = set(re.findall(r"`(\w+)`", "".join(firsts)))
    assert reasons - {"usage"} <= on_page
    assert policy.ATTEMPTS_USED_UP in on_page


@pytest.mark.parametrize(
    ("dead_field", "prospect"),
    [
        (b'{"reason":"bad_job"}', Prospect.DROP),
        (b'{"reason":"access_denied"}', Prospect.MEND),
        (b'{"reason":"attempts_used_up","cause":"discord_unavailable"}', Prospect.TRY),
        (b'{"reason":"attempts_used_up","cause":"internal_error"}', Prospect.UPGRADE),
        (b'{"reason":"attempts_used_up"}', Prospect.TRY),
        (b'{"reason":"of_a_later_version"}', Prospect.TRY),
        (b'{"reason":"access_denied","job_bytes":3}', Prospect.DROP),
        (b"", Prospect.DROP),
    ],
)
def test_advice_is_by_the_reason_that_binds(dead_field: bytes, prospect: Prospect) -> None:
    letter = parse_letter("1-0", {b"dead": dead_field, b"job": b"{}"})
    assert advice(letter).prospect is prospect
