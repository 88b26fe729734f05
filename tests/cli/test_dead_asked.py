"""A filter as options is the same filter again."""

from __future__ import annotations

import shlex

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipsaver.cli import dead
from clipsaver.cli.dead_asked import asked_for
from clipsaver.cli.options import CommandParser
from clipsaver.queue.operating.dead_letters.wanted import Wanted

texts = st.frozensets(st.text(max_size=8), max_size=3)
times = st.none() | st.integers(0, 4_000_000_000_000)
wanted = st.builds(
    Wanted,
    type=texts,
    reason=texts,
    fingerprint=texts,
    guild=texts,
    channel=texts,
    job_id=texts,
    run=texts,
    host=texts,
    text=texts,
    newer_than_ms=times,
    older_than_ms=times,
)


def asked(*words: str):
    parser = CommandParser(prog="clipsaver dead")
    dead.add_arguments(parser)
    return asked_for(parser.parse_args(words))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(wanted)
def test_the_audits_words_can_be_typed_again(wanted: Wanted) -> None:
    assert asked("list", *shlex.split(wanted.words())).since(0).wanted == wanted


def test_the_words_say_which_letters() -> None:
    assert asked("drop", "--all").since(0).words() == "--all"
    assert asked("drop", "--all", "--limit", "5").since(0).words() == "--all --limit=5"
    assert asked("drop", "1-0", "2-0", "1-0").words() == "1-0 2-0"
    assert asked("drop", *(f"{n}-0" for n in range(9))).words() == "0-0 1-0 2-0 and 6 more"
    an_age = asked("drop", "--older-than", "2h", "--type", "batch").since(10_000_000)
    assert an_age.words() == "--type=batch --older-than=1970-01-01T00:46:40.000Z"
