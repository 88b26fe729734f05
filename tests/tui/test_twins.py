"""The command beside a deed is one that the command line takes, and it means the same."""

from __future__ import annotations

import argparse
import shlex
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsaver import jobs
from clipsaver.cli import push
from clipsaver.cli.options import CommandParser
from clipsaver.errors import BadJob
from clipsaver.tui.sources.new_job import job_of
from clipsaver.tui.sources.twins import twin
from clipsaver.tui.sources.wishes import Deed, Wish

NAMES = st.lists(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1),
    min_size=1,
    max_size=4,
)


def parsed(command: str) -> tuple[str, argparse.Namespace]:
    """The command's name, and its arguments as its own parser takes them."""
    program, name, *words = shlex.split(command)
    assert program == "clipsaver"
    parser = CommandParser(prog=name, exit_on_error=False)
    import_module(f"clipsaver.cli.{name}").add_arguments(parser)
    return name, parser.parse_args(words)


@pytest.mark.parametrize(
    ("deed", "command", "action", "field"),
    [
        (Deed.CANCEL, "cancel", None, "jobs"),
        (Deed.RELEASE, "pending", "release", "ids"),
        (Deed.RELEASE_WORKER, "pending", "release", "worker"),
        (Deed.BURY, "pending", "bury", "ids"),
        (Deed.DROP_ENTRY, "pending", "drop", "ids"),
        (Deed.PAUSE, "workers", "pause", "names"),
        (Deed.RESUME, "workers", "resume", "names"),
        (Deed.DRAIN, "workers", "drain", "names"),
        (Deed.REMAKE, "thumbnails", "remake", "clips"),
    ],
)
@settings(max_examples=25)
@given(names=NAMES, why=st.sampled_from(["", "wrong channel", "-5 'x'"]))
def test_the_command_line_takes_every_name(
    deed: Deed, command: str, action: str | None, field: str, names: list[str], why: str
) -> None:
    name, arguments = parsed(twin(Wish(deed, tuple(names), why=why)))
    assert name == command
    assert getattr(arguments, "action", None) == action
    assert getattr(arguments, field) == names
    assert arguments.yes
    assert arguments.why == why


@pytest.mark.parametrize(("deed", "action"), [(Deed.RETRY, "retry"), (Deed.DROP_LETTER, "drop")])
def test_letters_and_their_groups_are_two_commands(deed: Deed, action: str) -> None:
    keys = ("1769428198123-0", "3f1c22ab90de", "jobs/1769428198123-1", "bad_job")
    named, grouped = twin(Wish(deed, keys, why="well again")).split(" && ")
    _, arguments = parsed(named)
    assert (arguments.action, arguments.ids) == (action, [keys[0], keys[2]])
    _, arguments = parsed(grouped)
    assert (arguments.action, arguments.fingerprint) == (action, [keys[1], keys[3]])
    assert arguments.why == "well again"


def test_a_clip_without_a_picture_is_tried_again_instead() -> None:
    remake, retry = twin(Wish(Deed.REMAKE, ("1-1", "2-2")), without_picture={"2-2"}).split(" && ")
    assert parsed(remake)[1].clips == ["1-1"]
    assert (parsed(retry)[1].action, parsed(retry)[1].clips) == ("retry", ["2-2"])


@pytest.mark.parametrize(
    "form",
    [
        {"type": "batch", "guild_id": "1", "channel_id": "2", "limit": "", "job_id": "-a b"},
        {"type": "batch", "guild_id": "1", "channel_id": "2", "limit": "all", "known": "stop"},
        {
            "type": "batch",
            "guild_id": "1",
            "channel_id": "2",
            "limit": "500",
            "match_regex": "-x|y",
        },
        {"type": "message", "guild_id": "1", "channel_id": "2", "message_ids": "5, 6 7"},
        {"type": "rescan", "guild_id": "1", "channel_id": "2", "reset_scan_status": "Yes"},
        {"type": "rescan", "guild_id": "1", "channel_id": "2", "reset_scan_status": "no"},
        {"type": "guild", "guild_id": "1", "allowed_mime_types": "video/mp4 video/webm"},
        {"type": "purge_author", "guild_id": "1", "author_id": "9"},
    ],
)
def test_a_new_job_is_pushed_as_it_was_filled_in(form: dict[str, str]) -> None:
    name, arguments = parsed(twin(Wish(Deed.NEW_JOB, options=form)))
    assert name == "push"
    assert list(push._jobs(arguments)) == [job_of(form)]


def test_what_has_no_option_goes_as_json() -> None:
    form = {"type": "rescan", "guild_id": "1", "channel_id": "2", "scan_mode": "forward"}
    echo, job, *rest = shlex.split(twin(Wish(Deed.NEW_JOB, options=form)))
    assert (echo, rest) == ("echo", ["|", "clipsaver", "push", "-"])
    assert jobs.decode(job) == job_of(form)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"type": "bach"}, "$.type"),
        ({"limit": "many"}, "$.limit"),
        ({"limit": "0"}, "$.limit"),
        ({"author_id": "5"}, "$.author_id"),
        ({"settings": "{}"}, "$.settings"),
        ({"channel_id": "general"}, "$.channel_id"),
        ({"enable_message_content_storage": "perhaps"}, "$.enable_message_content_storage"),
        ({"match_regex": "(a"}, "$.settings.match_regex"),
    ],
)
def test_what_is_wrong_says_where(change: dict[str, str], path: str) -> None:
    form = {"type": "batch", "guild_id": "1", "channel_id": "2"} | change
    with pytest.raises(BadJob) as wrong:
        job_of(form)
    assert wrong.value.path == path
    assert twin(Wish(Deed.NEW_JOB, options=form)).startswith("clipsaver push")


def test_a_retry_is_taken_back_by_the_ids_that_the_letters_had() -> None:
    wish = Wish(Deed.BURY, ("1769428198123-0",), {"undo": "dead.retry"}, "undo")
    _, arguments = parsed(twin(wish))
    assert (arguments.action, arguments.ids) == ("undo", ["1769428198123-0"])
