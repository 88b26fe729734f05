"""`clipsaver push`: put jobs on the stream, by options, from a file, or by being asked."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from clipsaver.cli.options import add_config_option, load_config, start_logging
from clipsaver.operating.push_options import PUSH_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipsaver.jobs import AnyJob

_EXAMPLES = """\
examples:
  clipsaver push                          asks what to scan, shows progress
  clipsaver push batch --guild 1 --channel 2 --limit all --wait
  clipsaver push batch --guild 1 --channel 2 --after 9000 --direction forward
  clipsaver push guild --guild 1 --strategy search --wait
  clipsaver push jobs.jsonl               one JSON object per line
  echo '{"type":"batch","guild_id":"1","channel_id":"2"}' | clipsaver push -
  clipsaver push --schema                 the JSON Schema of all jobs

For each job its run id is printed: the name under which logs and the table
runs know it.
"""

_TYPES = (
    "batch",
    "message",
    "rescan",
    "thumbnail_retry",
    "guild",
    "message_deletion",
    "purge_channel",
    "purge_guild",
    "purge_author",
)


_SETTINGS = ("match_regex", "allowed_mime_types")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A job type with its options, a file of jobs, `-`, or nothing to be asked."""
    parser.description = (
        "Put jobs on the stream. WHAT is a job type "
        f"({', '.join(_TYPES)}), a file with one JSON object per line, or - for standard input; "
        "without it you are asked."
    )
    parser.epilog = _EXAMPLES
    parser.add_argument("what", nargs="?", metavar="WHAT", help="a job type, a file, or -")
    _add_job_options(parser)
    parser.add_argument("--wait", action="store_true", help="show progress; exit 1 if a job failed")
    parser.add_argument(
        "--schema",
        action="store_true",
        help="push nothing: print the JSON Schema of all jobs, or of the job type WHAT",
    )
    add_config_option(parser)


def _add_job_options(parser: argparse.ArgumentParser) -> None:
    where = parser.add_argument_group("where (ids as Discord's 'Copy ID' gives them)")
    where.add_argument("--guild", metavar="ID", dest="guild_id", help="the server; always needed")
    where.add_argument("--channel", metavar="ID", dest="channel_id", help="a channel or thread")
    _add_batch_options(parser)
    what = parser.add_argument_group("what counts (default: as configured)")
    what.add_argument(
        "--match", metavar="REGEX", dest="match_regex", help="only messages whose text matches"
    )
    what.add_argument(
        "--mime-type",
        metavar="TYPE",
        dest="allowed_mime_types",
        action="append",
        help="such as video/mp4; may be given many times",
    )
    others = parser.add_argument_group("other types of job")
    others.add_argument(
        "--message",
        metavar="ID",
        dest="message_ids",
        action="append",
        help="message, message_deletion: may be given many times",
    )
    others.add_argument("--reason", help="rescan: why, for the record")
    others.add_argument(
        "--reset",
        dest="reset_scan_status",
        action="store_true",
        default=None,
        help="rescan: the whole channel, not only what was read before",
    )
    others.add_argument(
        "--clip",
        metavar="ID",
        dest="clip_ids",
        action="append",
        help="thumbnail_retry: may be given many times",
    )
    others.add_argument("--author", metavar="ID", dest="author_id", help="purge_author")
    parser.add_argument(
        "--job-id", metavar="NAME", help="a name of yours: the same one twice is one job"
    )


def _add_batch_options(parser: argparse.ArgumentParser) -> None:
    batch = parser.add_argument_group("batch: read a stretch of a channel")
    batch.add_argument("--limit", metavar="N", help="messages to read, or all (default 100)")
    batch.add_argument("--before", metavar="ID", dest="before_message_id", help="default: newest")
    batch.add_argument("--after", metavar="ID", dest="after_message_id", help="default: the first")
    batch.add_argument("--direction", choices=("backward", "forward"), help="default: backward")
    batch.add_argument(
        "--known",
        choices=("skip", "stop", "reread"),
        help="what was read before: pass over it (default), end there, or read it again",
    )
    batch.add_argument(
        "--priority",
        choices=("backfill", "live"),
        help="live: before all history, for what is new (default: backfill; of a message job live)",
    )
    batch.add_argument(
        "--strategy",
        choices=("auto", "history", "search"),
        help="page by page (history), by Discord's search alone, or both (auto); for a guild job, "
        "too (default: history; of a guild job scan.strategy of the configuration)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Push, and with --wait follow the jobs to their end; with --schema only print."""
    if arguments.schema:
        sys.stdout.write(_schema(arguments))
        return 0
    import trio

    from clipsaver.cli.pushing import push_and_follow

    jobs = list(_jobs(arguments))
    loaded = load_config(arguments)
    start_logging(loaded.config, quiet=True)
    # Who was asked is there to look.
    is_followed = arguments.wait or arguments.what is None
    return trio.run(push_and_follow, loaded.config, jobs, is_followed)


def _schema(arguments: argparse.Namespace) -> str:
    from clipsaver.errors import UsageError

    what = arguments.what
    # A configuration changes nothing of it, and may come from an alias.
    if given := _given(arguments) + ["--wait"] * arguments.wait:
        raise UsageError(f"--schema: {', '.join(given)} cannot be given with it: nothing is pushed")
    if what is not None and what not in _TYPES:
        raise UsageError(f"--schema {what}: there are the job types {', '.join(_TYPES)}")
    from clipsaver.job_schema import job_schema_text

    return job_schema_text(what)


def _given(arguments: argparse.Namespace) -> list[str]:
    """The options about a job that were given."""
    return [PUSH_OPTIONS[name] for name in PUSH_OPTIONS if getattr(arguments, name) is not None]


def _jobs(arguments: argparse.Namespace) -> Iterable[AnyJob]:
    from clipsaver.errors import UsageError

    what = arguments.what
    if what is None:
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError("say what to push: a job type, a file of jobs, or - (see --help)")
        from clipsaver.cli.asking import ask_for_job

        return [ask_for_job()]
    if what in _TYPES:
        return [_job_from_options(what, arguments)]
    jobs = _jobs_from_file(what)
    if given := _given(arguments):
        raise UsageError(f"{', '.join(given)} cannot be given with a file: its lines say it all")
    return jobs


def _job_from_options(what: str, arguments: argparse.Namespace) -> AnyJob:
    import msgspec

    from clipsaver.errors import UsageError
    from clipsaver.jobs import JOB_TYPES

    fields: dict[str, Any] = {"type": what}
    settings: dict[str, Any] = {}
    for name in PUSH_OPTIONS:
        if (value := getattr(arguments, name)) is not None:
            (settings if name in _SETTINGS else fields)[name] = value
    if arguments.limit is not None:
        fields["limit"] = _limit(arguments.limit)
    if settings:
        fields["settings"] = settings
    known = {field.name for field in msgspec.structs.fields(JOB_TYPES[what])}
    if strange := [PUSH_OPTIONS[name] for name in fields if name not in known and name != "type"]:
        raise UsageError(f"push {what}: it has no {', '.join(strange)}")
    return _decoded(what, fields)


def _limit(text: str) -> int | None:
    from clipsaver.errors import UsageError

    if text == "all":
        return None
    if not text.isdecimal():
        raise UsageError(f"--limit {text}: a number of messages, or all")
    return int(text)


def _decoded(what: str, fields: dict[str, Any]) -> AnyJob:
    import msgspec

    from clipsaver import jobs
    from clipsaver.errors import BadJob, UsageError

    try:
        return jobs.decode(msgspec.json.encode(fields))
    except BadJob as error:
        raise UsageError(f"push {what}: {_in_options(str(error))}") from None


def _in_options(problem: str) -> str:
    """The job's fields by the names of the options that set them."""
    import re

    missing = re.search(r"missing required field `(\w+)`", problem)
    if missing is not None:
        return f"{PUSH_OPTIONS.get(missing[1], missing[1])} is missing"
    path, _, text = problem.partition(": ")
    name = path.removeprefix("$.").removeprefix("settings.").partition("[")[0]
    return f"{PUSH_OPTIONS.get(name, path)}: {text}"


def _jobs_from_file(name: str) -> list[AnyJob]:
    """Every line, checked before any is pushed. Raises UsageError with all bad ones."""
    from clipsaver import jobs
    from clipsaver.errors import BadJob, UsageError

    good: list[AnyJob] = []
    bad: list[str] = []
    for number, line in enumerate(_lines(name), start=1):
        if not line.strip():
            continue
        try:
            good.append(jobs.decode(line.strip()))
        except BadJob as error:
            bad.append(f"line {number}: {error}")
    if bad:
        shown = "\n  ".join(bad[:20])
        more = f"\n  and {len(bad) - 20} more" if len(bad) > 20 else ""
        raise UsageError(f"{name}: nothing was pushed, since these are no jobs:\n  {shown}{more}")
    if not good:
        raise UsageError(f"{name}: no job in it")
    return good


def _lines(name: str) -> Iterable[bytes]:
    from pathlib import Path

    from clipsaver.errors import UsageError

    if name == "-":
        return sys.stdin.buffer if sys.stdin is not None else ()
    try:
        return Path(name).read_bytes().splitlines()
    except OSError as error:
        from difflib import get_close_matches

        close = get_close_matches(name, _TYPES, n=1)
        hint = f"; did you mean the job type {close[0]}?" if close else ""
        raise UsageError(
            f"{name}: neither a job type nor a file that can be read ({error.strerror}){hint}"
        ) from None
