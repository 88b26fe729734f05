"""`clipsaver dead`: jobs that failed for good: list, retry or drop them, see why, undo that."""

from __future__ import annotations

import argparse

from clipsaver.cli.options import add_config_option, load_config, positive, start_logging

_ABOUT = """\
A job that can never succeed, or has used up its attempts, is kept as a dead
letter with all that is known of it, until a person retries or drops it.
Nothing else waits for it.
"""

_EPILOG = """\
examples:
  clipsaver dead list --groups           what went wrong, by its cause
  clipsaver dead list --reason not_found --newer-than 2h
  clipsaver dead show 1769428198123-0    all of one, and what to do about it
  clipsaver dead retry --fingerprint 3f1c22ab90de --dry-run
  clipsaver dead drop --reason bad_job --older-than 7d

Each action tells what it takes: clipsaver dead ACTION --help. Who retried and
dropped what, when and why: clipsaver audit list
"""

_LIST = """\
The newest first. Options that filter may be given many times: one of the
values has to fit, of each option that is given.

examples:
  clipsaver dead list                        the newest 50
  clipsaver dead list --groups               causes, the most frequent first
  clipsaver dead list --guild 1 --type batch --text "timed out"
  clipsaver dead list --json > letters.jsonl all of them, one to a line
  clipsaver dead list --json | jq -r '.job | tojson' | clipsaver push -
"""

_SHOW = """\
ID is a letter's id, or the run id that logs and the table runs know.

examples:
  clipsaver dead show 1769428198123-0
  clipsaver dead show discord_clip_jobs/1769428190000-0 --json
"""

_ACT = """\
Which letters: their ids (or run ids), options that filter, or --all. What is
acted on is what was there when they were looked for: letters that come
meanwhile are left alone, and those that somebody else was quicker with are
passed over. More than one has to be confirmed by typing their number, or with
--yes. Each action is put on record: clipsaver audit list
{more}
examples:
  clipsaver dead {action} 1769428198123-0
  clipsaver dead {action} --reason {reason} --dry-run
  clipsaver dead {action} --reason {reason} --limit 1     the oldest of them
  clipsaver dead {action} --all --yes --why "{why}"

exit codes: 0 done;{codes} 2 nothing was changed;
3 Redis cannot be reached
"""

_RETRY = """
A retried job goes to the end of the stream and begins a run of its own, with
no attempt used; of a batch job, what is read already is not read again. Where
a job was too large and only its beginning was kept, it cannot be retried.
"""

_DROP = """
A dropped letter is gone for good: dead list --json keeps a copy.
"""

_UNDO = """\
For ten minutes after a retry, and only until a worker begins with the job:
the letter is then as it was, under a new id, since an id is the time at which
it came there. ID is the id that the letter had when it was retried.

examples:
  clipsaver dead undo 1769428198123-0
  clipsaver dead undo 1769428198123-0 1769428198123-1 --yes --json

exit codes: 0 done; 1 some could not be undone any more; 2 nothing was changed;
3 Redis cannot be reached
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Five actions; those that change something say first what they would do."""
    parser.description = _ABOUT
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="which there are, or their causes", epilog=_LIST)
    listing.add_argument("--groups", action="store_true", help="by cause, with a count of each")
    _add_filters(listing)
    showing = actions.add_parser("show", help="all of one, and what to do", epilog=_SHOW)
    showing.add_argument("id", metavar="ID", help="a letter's id, or a run id")
    retry = actions.add_parser(
        "retry",
        help="put them on the stream again",
        epilog=_ACT.format(
            action="retry",
            more=_RETRY,
            reason="access_denied",
            why="bot invited again",
            codes=" 1 some cannot be retried;",
        ),
    )
    drop = actions.add_parser(
        "drop",
        help="delete them for good",
        epilog=_ACT.format(
            action="drop", more=_DROP, reason="bad_job", why="producer was mended", codes=""
        ),
    )
    for action in (retry, drop):
        _add_choice(action)
        _add_filters(action)
    undo = actions.add_parser("undo", help="take a retry back that none began with", epilog=_UNDO)
    undo.add_argument("ids", nargs="+", metavar="ID", help="ids of letters that were retried")
    _add_confirming(undo)
    for action in (listing, showing, retry, drop, undo):
        words = "a JSON object to a line" if action is listing else "one JSON object"
        action.add_argument("--json", action="store_true", help=f"for programs: {words}")
        add_config_option(action)


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", metavar="ID", help="letters' ids, or run ids")
    parser.add_argument("--all", action="store_true", help="every letter that there is")
    _add_confirming(parser)


def _add_confirming(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and end")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--why", metavar="TEXT", default="", help="your reason, for the audit")


def _add_filters(parser: argparse.ArgumentParser) -> None:
    filters = parser.add_argument_group("which (each but the times may be given many times)")

    def add(option: str, metavar: str, words: str) -> None:
        filters.add_argument(option, metavar=metavar, action="append", default=[], help=words)

    add("--type", "TYPE", "type of the job, such as batch")
    add("--reason", "REASON", "why it died, or why its last attempt failed")
    add("--fingerprint", "HEX", "a cause, as dead list --groups shows it")
    add("--guild", "ID", "the server that the job names")
    add("--channel", "ID", "the channel that the job names")
    add("--job-id", "NAME", "the producer's name for the job")
    add("--run", "RUN", "the run that died")
    add("--host", "HOST", "where an attempt failed")
    add("--text", "TEXT", "found anywhere in it, the job included")
    time = "30m, 2h, 7d, or a time in UTC such as 2026-11-25T20:48"
    filters.add_argument("--older-than", metavar="AGE", help=f"died before that: {time}")
    filters.add_argument("--newer-than", metavar="AGE", help="died after that")
    parser.add_argument("--limit", metavar="N", type=positive, help="this many at most")


def run(arguments: argparse.Namespace) -> int:
    """Do the action; raises UsageError, and RedisUnavailable where they cannot be reached."""
    import trio

    from clipsaver.cli.dead_asked import asked_for
    from clipsaver.cli.dead_commands import do

    if arguments.action == "undo":
        from clipsaver.cli.undoing import undo_some

        config = load_config(arguments).config
        start_logging(config, quiet=True)
        return trio.run(undo_some, config, arguments)
    asked = asked_for(arguments)
    config = load_config(arguments).config
    start_logging(config, quiet=True)
    return trio.run(do, config, asked)
