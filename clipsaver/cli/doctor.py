"""`clipsaver doctor`: would a scan work here, and what is to be done if not."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clipsaver.cli.options import add_config_option, load_config, start_logging
from clipsaver.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from clipsaver.config import Loaded
    from clipsaver.doctor.examination import Examination
    from clipsaver.doctor.findings import Finding

_EPILOG = """\
Looks at the configuration, the bot and what it may read, Redis, PostgreSQL,
the clock, the disk, what is installed, and where thumbnails are made also at
their storage and what isolates their decoders. It scans nothing. Servers of
clipsaver's own are started for it if they do not run. What a worker remembers
of channels that were denied and may be read again, it forgets.

exit codes: 0 a scan would work; 2 the configuration or this machine is to be
changed; 3 a server cannot be reached or used; 4 Discord refuses the token, or
the bot may read nothing
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much to say, and how."""
    parser.description = "Say whether a scan would work here, and what to do if not."
    parser.epilog = _EPILOG
    parser.add_argument(
        "--verbose", action="store_true", help="every guild, channel and library by its name"
    )
    parser.add_argument("--json", action="store_true", help="all of it, as one JSON object")
    add_config_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Look, and say what was found."""
    import trio

    from clipsaver.doctor.examination import Examination
    from clipsaver.doctor.findings import exit_code, ok, problem

    try:
        loaded = load_config(arguments)
    except ConfigError as error:
        findings = [
            problem("configuration", str(one), "correct it", ExitCode.USAGE)
            for one in error.problems
        ]
        _show(arguments, None, findings)
        return exit_code(findings)
    examination = Examination(loaded.config, _token_from(loaded))
    with Path(os.devnull).open("w") as nowhere:
        # The findings say what the log would, but for those who ask for more than that.
        start_logging(loaded.config, into=None if loaded.config.log.level == "debug" else nowhere)
        trio.run(examination.run)
    source = "no file, only defaults and the environment" if loaded.file is None else loaded.file
    findings = [ok("configuration", str(source)), *examination.findings]
    _show(arguments, examination, findings)
    return exit_code(findings)


def _token_from(loaded: Loaded) -> str:
    from clipsaver.terminal_text import printable

    return printable(loaded.origins["discord.token"])


def _show(
    arguments: argparse.Namespace, examination: Examination | None, findings: list[Finding]
) -> None:
    from clipsaver.doctor import report

    if arguments.json:
        from clipsaver.cli.json_text import json_text

        told = (
            report.findings_as_json(findings)
            if examination is None
            else report.as_json(examination, findings)
        )
        sys.stdout.write(f"{json_text(told)}\n")
        return
    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else 100
    colour = is_terminal and not os.environ.get("NO_COLOR")
    lines = report.lines(findings, verbose=arguments.verbose, colour=colour, width=width)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
